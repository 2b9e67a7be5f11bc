"""CatalogService for the command line: each call, and its answer as lines for a person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from brinkbyte.catalog.v1 import catalog_service_pb2 as pb
from brinkbyte.catalog.v1 import catalog_service_pb2_grpc as rpc
from brinkbyte.payment.v1 import stripe_service_pb2 as stripe_pb
from brinkbyte.payment.v1 import stripe_service_pb2_grpc as stripe_rpc

from deploy.cli.cloud import Cloud

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Plan:
    """What applying would do; `held` says why it would be refused, `stripe` what happens there."""

    live_number: int
    changes: tuple[str, ...]
    held: tuple[str, ...]
    summary: str
    stripe: tuple[str, ...]


class CatalogCalls:
    """One call each. Raises MeshError; StartError when the cloud does not answer."""

    def __init__(self, cloud: Cloud) -> None:
        """Where the cloud is."""
        self._cloud = cloud

    def diff(self, document: str) -> Plan:
        """What the document would change."""
        request = pb.DiffCatalogRequest(document=document)
        seen = self._call(lambda stub: stub.DiffCatalog(request))
        lines = tuple(_change(each) for each in seen.changes)
        told = f"{len(lines)} changes to version {seen.live_number}, {seen.tenants} tenants told"
        if not lines:
            told = f"no changes: version {seen.live_number} says the same"
        held = tuple(f"refused: {each}" for each in seen.held)
        stripe = tuple(f"stripe {each}" for each in seen.stripe)
        return Plan(seen.live_number, lines, held, told, stripe)

    def apply(self, document: str, expected_number: int) -> str:
        """Applies it, if that version is live still."""
        request = pb.ApplyCatalogRequest(document=document, expected_number=expected_number)
        done = self._call(lambda stub: stub.ApplyCatalog(request))
        return f"version {done.live.number} is live, {done.tenants} tenants told"

    def stripe(self) -> list[str]:
        """What is sold at Stripe, a line each."""
        answer: stripe_pb.GetStripeObjectsResponse = self._cloud.ask(
            lambda api: stripe_rpc.StripeServiceStub(api).GetStripeObjects(
                stripe_pb.GetStripeObjectsRequest()
            )
        )
        return [_object(each) for each in answer.objects] or ["nothing: there is no key of Stripe"]

    def versions(self) -> list[str]:
        """Every version, a line each."""
        lines: list[str] = []
        token = ""
        while True:
            page = self._page(token)
            lines += [
                f"{each.number}  {each.version[:12]}  {each.applied_at.ToJsonString()}  "
                f"{each.applied_by}"
                for each in page.versions
            ]
            token = page.next_page_token
            if not token:
                return lines

    def document(self, number: int) -> str:
        """The document of a version, of the live one for 0."""
        if not number:
            number = self._call(lambda stub: stub.GetCatalog(pb.GetCatalogRequest())).number
        request = pb.GetCatalogDocumentRequest(number=number)
        return str(self._call(lambda stub: stub.GetCatalogDocument(request)).document)

    def _page(self, token: str) -> pb.ListCatalogVersionsResponse:
        request = pb.ListCatalogVersionsRequest(page_size=1000, page_token=token)
        page: pb.ListCatalogVersionsResponse = self._call(
            lambda stub: stub.ListCatalogVersions(request)
        )
        return page

    def _call(self, work: Callable[[Any], Awaitable[T]]) -> T:
        return self._cloud.ask(lambda api: work(rpc.CatalogServiceStub(api)))


def _change(change: pb.CatalogChange) -> str:
    held = f"  ({change.holders} tenants hold it)" if change.holders else ""
    return f"{change.sign} {change.subject}: {change.text}{held}"


def _object(each: stripe_pb.StripeObject) -> str:
    state = f"to do: {each.to_do}" if each.to_do else "current"
    tries = f"  ({each.attempts} tries, last: {each.last_error})" if each.last_error else ""
    return f"{each.kind:8}{each.name:44}{each.stripe_id or '-':34}{state}{tries}"
