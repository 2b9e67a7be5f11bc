"""An invoice comes by e-mail, once, as it was printed."""

from email.message import EmailMessage

from tests.billing.cloud_harness import Authorities, running_cloud
from tests.billing.conftest import NewDatabase
from tests.billing.invoices.stories import NEW_YEAR, after, close, closer, set_profile
from tests.billing.invoices.test_preview import metered, preview
from tests.billing.notifications.receivers import mailbox, until


async def test_an_invoice_is_sent_to_who_pays_it_with_its_pdf(
    new_database: NewDatabase, authorities: Authorities
) -> None:
    dsns, superuser = await new_database()
    async with (
        mailbox() as mail,
        running_cloud(
            authorities,
            dsns,
            superuser,
            smtp_url=f"smtp://127.0.0.1:{mail.port}",
            smtp_from="billing@mesh.example.test",
            public_url="https://mesh.example.test",
        ) as cloud,
    ):
        cloud.clock.turn_to(NEW_YEAR)
        tenant, _ = await cloud.tenant(), await cloud.tenant("Owes Nothing Ltd")
        await metered(cloud, tenant)
        await set_profile(tenant, invoice_email="accounts@acme.example.test")
        shown = await preview(tenant.read)
        assert await close(cloud, after(shown)) == ["INV-2026-000001"]
        assert (await closer(cloud).run_once()).invoices == ()
        await until(lambda: mail.mails)
        (sent,) = mail.mails
        assert sent.recipients == ["accounts@acme.example.test"]
        assert sent.message["subject"] == "Acme Corp: invoice INV-2026-000001 over 99.00 USD"
        text = sent.message.get_body(("plain",))
        assert text is not None
        assert "It is due on 18 February 2026, 10:00 UTC." in text.get_content()
        assert "/settings/billing?tab=invoices" in text.get_content()
        (paper,) = sent.message.iter_attachments()
        assert isinstance(paper, EmailMessage)
        assert (paper.get_filename(), paper.get_content_type()) == (
            "INV-2026-000001.pdf",
            "application/pdf",
        )
        assert paper.get_content().startswith(b"%PDF-")
