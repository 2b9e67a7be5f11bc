"""StripeService for the command line: each call, and its answer as lines for a person."""

from __future__ import annotations

from brinkbyte.payment.v1 import stripe_service_pb2 as pb
from brinkbyte.payment.v1 import stripe_service_pb2_grpc as rpc

from deploy.cli.cloud import Cloud
from deploy.cli.invoices_calls import at_stripe

_PREFIX = "SUBMISSION_STATE_"
_SHADOW = "SHADOW_STATE_"


class StripeCalls:
    """One call each. Raises MeshError; StartError when the cloud does not answer."""

    def __init__(self, cloud: Cloud) -> None:
        """Where the cloud is."""
        self._cloud = cloud

    def submissions(self, tenant: str, state: str) -> list[str]:
        """Submissions, newest first, all pages; an empty tenant or state means all."""
        wanted = f"{_PREFIX}{state.upper() or 'UNSPECIFIED'}"
        lines, token = list[str](), ""
        while True:
            request = pb.ListSubmissionsRequest(tenant_id=tenant, state=wanted, page_token=token)
            answer = self._page(request)
            lines += [_submission(each) for each in answer.submissions]
            token = answer.next_page_token
            if not token:
                return lines or ["nothing was submitted"]

    def shadows(self, tenant: str, state: str) -> list[str]:
        """Stripe's invoices beside ours, newest first, all pages, each with what differs."""
        wanted = f"{_SHADOW}{state.upper() or 'UNSPECIFIED'}"
        lines, token = list[str](), ""
        while True:
            answer = self._shadows(
                pb.ListShadowInvoicesRequest(tenant_id=tenant, state=wanted, page_token=token)
            )
            for each in answer.invoices:
                lines += _shadow(each)
            token = answer.next_page_token
            if not token:
                return lines or ["Stripe issued no invoice"]

    def _shadows(self, request: pb.ListShadowInvoicesRequest) -> pb.ListShadowInvoicesResponse:
        answer: pb.ListShadowInvoicesResponse = self._cloud.ask(
            lambda api: rpc.StripeServiceStub(api).ListShadowInvoices(request)
        )
        return answer

    def _page(self, request: pb.ListSubmissionsRequest) -> pb.ListSubmissionsResponse:
        answer: pb.ListSubmissionsResponse = self._cloud.ask(
            lambda api: rpc.StripeServiceStub(api).ListSubmissions(request)
        )
        return answer


def _submission(each: pb.Submission) -> str:
    state = pb.SubmissionState.Name(each.state).removeprefix(_PREFIX).lower()
    tries = f"  ({each.attempts} tries, last: {each.last_error})" if each.last_error else ""
    return (
        f"{each.tenant_id}  {each.metric}  {each.minute.ToJsonString()}  {each.value}  "
        f"{state}  {each.identifier}{tries}"
    )


def _why(line: pb.ShadowDifference) -> str:
    prorated = line.kind == pb.SHADOW_DIFFERENCE_KIND_PRORATION
    return "; by the second there, by the day here" if prorated else ""


def _shadow(each: pb.ShadowInvoice) -> list[str]:
    state = pb.ShadowState.Name(each.state).removeprefix(_SHADOW).lower()
    sums = f"  ours {each.our_amount}, theirs {each.their_amount}" if each.our_amount else ""
    theirs = at_stripe(each.provider_invoice)
    first = (
        f"{each.tenant_id}  period {each.period_number}  {each.stripe_invoice_id}  {state}{sums}"
        f"{theirs and f'  {theirs}'}"
    )
    return [
        first,
        *(
            f"  {line.name}: quantity {line.our_quantity} here, {line.their_quantity} there; "
            f"amount {line.our_amount} here, {line.their_amount} there{_why(line)}"
            for line in each.differences
        ),
    ]
