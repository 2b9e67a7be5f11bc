"""Another catalogue becomes live while the cloud runs, at every replica, or not at all."""

import asyncio
from datetime import UTC, datetime
from itertools import count
from typing import Any

import grpc
from brinkbyte.audit.v1 import audit_service_pb2, audit_service_pb2_grpc
from brinkbyte.catalog.v1 import catalog_service_pb2 as pb
from brinkbyte.catalog.v1 import catalog_service_pb2_grpc
from brinkbyte.entitlement.v1 import entitlement_service_pb2, entitlement_service_pb2_grpc
from brinkbyte.license.v1 import license_service_pb2 as license_pb
from brinkbyte.license.v1 import license_service_pb2_grpc
from brinkbyte.usage.v1 import usage_service_pb2, usage_service_pb2_grpc

from tests.billing.cloud_harness import Authorities, Cloud, Tenant, refused, running_cloud
from tests.billing.conftest import NewDatabase, Replicas
from tests.billing.locks import somebody_waits

_NAMES = count(1)


def catalogs(channel: grpc.aio.Channel) -> Any:
    return catalog_service_pb2_grpc.CatalogServiceStub(channel)


def licenses(channel: grpc.aio.Channel) -> Any:
    return license_service_pb2_grpc.LicenseServiceStub(channel)


async def live(cloud: Cloud) -> tuple[int, str]:
    """Number and document of the newest version."""
    listed = await catalogs(cloud.vendor).ListCatalogVersions(pb.ListCatalogVersionsRequest())
    number = listed.versions[-1].number
    found = await catalogs(cloud.vendor).GetCatalogDocument(
        pb.GetCatalogDocumentRequest(number=number)
    )
    return number, found.document


def with_pack(document: str, name: str) -> str:
    """The document with a pack per camera of one feature, and a metric, both of that name."""
    pack = f"  {name}:\n    title: New\n    features:\n      {name}_seen: analytic\n"
    item = f'      {name}: {{title: New, per: camera, pack: {name}, prices: {{USD: "7"}}}}\n'
    metric = f'  {name}_use: {{title: New, unit: uses, prices: {{USD: "0"}}}}\n'
    assert document.count("    items:\n") == 1
    return (
        document.replace("packs:\n", "packs:\n" + pack, 1)
        .replace("metrics:\n", "metrics:\n" + metric, 1)
        .replace("    items:\n", "    items:\n" + item, 1)
    )


async def apply(cloud: Cloud, document: str, expected: int) -> pb.ApplyCatalogResponse:
    request = pb.ApplyCatalogRequest(document=document, expected_number=expected)
    answer: pb.ApplyCatalogResponse = await catalogs(cloud.vendor).ApplyCatalog(request)
    return answer


async def add_pack(cloud: Cloud) -> tuple[str, str, int]:
    """Applies a new pack; its name, the document before it, and the version's number."""
    name = f"pack_{next(_NAMES)}"
    number, document = await live(cloud)
    done = await apply(cloud, with_pack(document, name), number)
    return name, document, done.live.number


async def assign(cloud: Cloud, tenant: Tenant, camera: str, *packs: str) -> None:
    await licenses(cloud.vendor).AssignCameraLicense(
        license_pb.AssignCameraLicenseRequest(
            tenant_id=tenant.tenant_id, camera_id=camera, growth_packs=packs
        )
    )


async def licensed(cloud: Cloud) -> Tenant:
    tenant = await cloud.tenant()
    await cloud.issue_license(tenant)
    return tenant


async def use(channel: grpc.aio.Channel, metric: str, at: datetime) -> int:
    event = usage_service_pb2.UsageEvent(
        event_id=f"{metric}-{at.isoformat()}", event_type=metric, resource_id="r"
    )
    event.event_time.FromDatetime(at)
    answer = await usage_service_pb2_grpc.UsageServiceStub(channel).ReportUsage(
        usage_service_pb2.ReportUsageRequest(events=[event])
    )
    status: int = answer.results[0].status
    return status


async def test_a_new_pack_lives_at_every_replica_with_no_restart(replicas: Replicas) -> None:
    first, second = replicas
    tenant = await licensed(first)
    there = second.with_key(tenant.admin_key)
    watch = licenses(there).WatchLicenses(license_pb.WatchLicensesRequest())
    await watch.read()
    name, _, number = await add_pack(first)
    assert await use(there, f"{name}_use", first.clock.now()) == 1
    await assign(second, tenant, "cam", name)
    entitlements = entitlement_service_pb2_grpc.EntitlementServiceStub(there)
    checked = await entitlements.CheckEntitlement(
        entitlement_service_pb2.CheckEntitlementRequest(camera_id="cam", feature=f"{name}_seen")
    )
    assert checked.allowed
    assert checked.growth_pack == name
    async with asyncio.timeout(60):
        told = await watch.read()
        assert told.change.kind == license_pb.LICENSE_CHANGE_KIND_CATALOG_CHANGED
        while (await catalogs(there).GetCatalog(pb.GetCatalogRequest())).number != number:
            await asyncio.sleep(0.02)
    watch.cancel()
    here = await catalogs(first.vendor).GetCatalog(pb.GetCatalogRequest())
    assert here.number == number


async def test_of_two_who_apply_at_once_one_has_to_look_again(replicas: Replicas) -> None:
    first, second = replicas
    number, document = await live(first)
    names = [f"pack_{next(_NAMES)}" for _ in range(4)]
    answers = await asyncio.gather(
        *(
            apply(cloud, with_pack(document, name), number)
            for name, cloud in zip(names, (first, second) * 2, strict=True)
        ),
        return_exceptions=True,
    )
    done = [each for each in answers if isinstance(each, pb.ApplyCatalogResponse)]
    codes = [each.code() for each in answers if isinstance(each, grpc.aio.AioRpcError)]
    assert [each.live.number for each in done] == [number + 1]
    assert codes == [grpc.StatusCode.ABORTED] * 3
    newest, applied = await live(second)
    again = await apply(second, applied, number)
    assert (again.live.number, again.tenants, list(again.changes)) == (newest, 0, [])


async def test_the_first_start_takes_the_products_own_and_later_ones_what_is_live(
    new_database: NewDatabase, authorities: Authorities
) -> None:
    dsns, superuser = await new_database()
    async with running_cloud(authorities, dsns, superuser) as cloud:
        (shipped,) = (
            await catalogs(cloud.vendor).ListCatalogVersions(pb.ListCatalogVersionsRequest())
        ).versions
        assert (shipped.number, shipped.applied_by) == (1, "product")
        name, _, _ = await add_pack(cloud)
        page = await catalogs(cloud.vendor).ListCatalogVersions(
            pb.ListCatalogVersionsRequest(page_size=1)
        )
        rest = await catalogs(cloud.vendor).ListCatalogVersions(
            pb.ListCatalogVersionsRequest(page_token=page.next_page_token)
        )
        assert [each.number for each in (*page.versions, *rest.versions)] == [1, 2]
        assert rest.versions[0].applied_at.ToDatetime(UTC) == cloud.clock.now()
        async with refused(grpc.StatusCode.NOT_FOUND):
            await catalogs(cloud.vendor).GetCatalogDocument(pb.GetCatalogDocumentRequest(number=9))
        key = cloud.vendor_key
    async with running_cloud(authorities, dsns, superuser, vendor_key=key) as cloud:
        packs = (await catalogs(cloud.vendor).GetCatalog(pb.GetCatalogRequest())).growth_packs
        assert name in {pack.name for pack in packs}


async def test_a_wrong_document_changes_nothing(billing: Cloud) -> None:
    number, document = await live(billing)
    wrong = document.replace("person: model", "person: ghost").replace('"60"', "60")
    async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
        await apply(billing, wrong, number)
    line = document[: document.index("person: model")].count("\n") + 1
    assert f"line {line}: packs.base.features.person" in str(errors[0])
    request = pb.ValidateCatalogRequest(document=wrong)
    found = await catalogs(billing.vendor).ValidateCatalog(request)
    assert [each.path for each in found.problems] == [
        "packs.base.features.person",
        "families.vision.items.base_camera.prices.USD",
    ]
    trialless = document.replace("plans:\n      trial:", "plans:\n      tryout:", 1)
    assert trialless != document
    async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
        await apply(billing, trialless, number)
    assert "vision plan 'trial'" in str(errors[0])
    assert await live(billing) == (number, document)


async def test_what_somebody_holds_is_not_removed(billing: Cloud) -> None:
    tenant = await licensed(billing)
    name, before, number = await add_pack(billing)
    await assign(billing, tenant, "cam", name)
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "CATALOG_IN_USE") as errors:
        await apply(billing, before, number)
    assert f"pack {name} is held by 1 tenants" in str(errors[0])
    seen = await catalogs(billing.vendor).DiffCatalog(pb.DiffCatalogRequest(document=before))
    assert list(seen.held) == [f"pack {name} is held by 1 tenants and cannot be removed"]
    holders = {each.subject: each.holders for each in seen.changes}
    assert holders[f"pack {name}"] == 1
    assert holders[f"metric {name}_use"] == 0
    await assign(billing, tenant, "cam")
    assert await use(tenant.admin, f"{name}_use", billing.clock.now()) == 1
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "CATALOG_IN_USE") as errors:
        await apply(billing, before, number)
    assert f"metric {name}_use is held by 1 tenants" in str(errors[0])
    assert (await live(billing))[0] == number


async def test_a_pack_is_not_given_while_it_goes(billing: Cloud) -> None:
    tenant = await licensed(billing)
    name, before, number = await add_pack(billing)
    async with billing.superuser() as giver:
        transaction = giver.transaction()
        await transaction.start()
        await giver.execute("select pg_advisory_xact_lock_shared(hashtext('catalog_versions'))")
        applying = asyncio.create_task(apply(billing, before, number))
        await somebody_waits(giver)
        await giver.execute(
            "insert into camera_licenses (tenant_id, camera_id, growth_packs, assigned_at)"
            " values ($1, 'given', array[$2], now())",
            tenant.uuid,
            name,
        )
        await transaction.commit()
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "CATALOG_IN_USE"):
        await applying
    async with billing.superuser() as taker:
        transaction = taker.transaction()
        await transaction.start()
        await taker.execute("select pg_advisory_xact_lock(hashtext('catalog_versions'))")
        giving = asyncio.create_task(assign(billing, tenant, "late", name))
        await somebody_waits(taker)
        await taker.execute(
            "insert into catalog_versions select $1::bigint + 1, version, document, now(), 'x'"
            " from catalog_versions where number = $1::bigint - 1",
            number,
        )
        await transaction.commit()
    async with refused(grpc.StatusCode.INVALID_ARGUMENT):
        await giving


async def test_every_tenant_is_told_and_the_audit_log_too(billing: Cloud) -> None:
    tenants = [await billing.tenant() for _ in range(2)]
    async with billing.superuser() as connection:
        read = "select tenant_id, rights_epoch from tenants"
        before = dict(await connection.fetch(read))
        _, _, number = await add_pack(billing)
        after = dict(await connection.fetch(read))
    assert {each.uuid for each in tenants} <= before.keys()
    assert after == {tenant: epoch + 1 for tenant, epoch in before.items()}
    events = await audit_service_pb2_grpc.AuditServiceStub(billing.vendor).ListAuditEvents(
        audit_service_pb2.ListAuditEventsRequest(action="catalog.applied", page_size=1000)
    )
    assert f"catalog/{number}" in {each.resource for each in events.events}


async def test_nobody_but_the_vendor_may(billing: Cloud) -> None:
    tenant = await billing.tenant()
    _, document = await live(billing)
    async with refused(grpc.StatusCode.PERMISSION_DENIED):
        await catalogs(tenant.admin).ApplyCatalog(
            pb.ApplyCatalogRequest(document=document, expected_number=1)
        )


async def test_plans_say_what_they_include(billing: Cloud) -> None:
    tenant = await billing.tenant()
    catalog = await catalogs(tenant.read).GetCatalog(pb.GetCatalogRequest())
    plans = {(plan.family, plan.name): plan for plan in catalog.plans}
    starter = {limit.name: limit for limit in plans["platform", "starter"].limits}
    assert starter["devices"].count == 10
    assert starter["export"].enabled
    assert plans["platform", "starter"].price == "29"
    enterprise = {limit.name: limit for limit in plans["platform", "enterprise"].limits}
    assert enterprise["devices"].unlimited
    assert plans["platform", "enterprise"].price == ""
    free = {quota.metric: quota for quota in plans["metered", "free"].quotas}
    assert (free["llm_token"].included, free["llm_token"].cap) == ("10000", "hard")
    standard = {quota.metric: quota for quota in plans["metered", "standard"].quotas}
    assert (standard["sms"].overage_price, standard["sms"].period) == ("0.05", "billing")
    items = {item.name: item for item in catalog.items}
    assert (items["edge_device_basic"].unit_price, items["edge_device_basic"].sold_per) == (
        "50",
        pb.SOLD_PER_DEVICE,
    )
    metrics = {each.name: each.metric for pack in catalog.growth_packs for each in pack.features}
    assert (metrics["scene_summary"], metrics["person"]) == ("llm_token", "")
