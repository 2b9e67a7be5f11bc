"""What is kept of the payment provider, as messages."""

from brinkbyte.payment.v1 import stripe_service_pb2 as pb

from billing.invoices.packing import provider_invoice
from billing.payments.meters.row import SubmissionRow, SubmissionState
from billing.payments.objects.service import ObjectView
from billing.payments.shadows.compare import Difference, DifferenceKind
from billing.payments.shadows.row import ShadowRow, ShadowState
from billing.wire import stamp
from rights.ids import render_tenant

_SUBMISSIONS = {
    SubmissionState.PENDING: pb.SUBMISSION_STATE_PENDING,
    SubmissionState.SENT: pb.SUBMISSION_STATE_SENT,
    SubmissionState.CONFIRMED: pb.SUBMISSION_STATE_CONFIRMED,
    SubmissionState.FAILED: pb.SUBMISSION_STATE_FAILED,
    SubmissionState.FOUND: pb.SUBMISSION_STATE_FOUND,
}
_SHADOWS = {
    ShadowState.HELD: pb.SHADOW_STATE_HELD,
    ShadowState.FINALIZED: pb.SHADOW_STATE_FINALIZED,
    ShadowState.MATCHES: pb.SHADOW_STATE_MATCHES,
    ShadowState.DIFFERS: pb.SHADOW_STATE_DIFFERS,
}
_KINDS = {
    DifferenceKind.UNEXPLAINED: pb.SHADOW_DIFFERENCE_KIND_UNEXPLAINED,
    DifferenceKind.PRORATION: pb.SHADOW_DIFFERENCE_KIND_PRORATION,
}
_SUBMISSION_OF = {number: state for state, number in _SUBMISSIONS.items()}
_SHADOW_OF = {number: state for state, number in _SHADOWS.items()}


def read_submission_state(number: pb.SubmissionState) -> SubmissionState | None:
    """A filter; None for any."""
    return _SUBMISSION_OF.get(number)


def read_shadow_state(number: pb.ShadowState) -> ShadowState | None:
    """A filter; None for any."""
    return _SHADOW_OF.get(number)


def pack_object(each: ObjectView) -> pb.StripeObject:
    """A product, price or meter."""
    return pb.StripeObject(
        kind=each.kind,
        name=each.name,
        stripe_id=each.stripe_id,
        to_do=each.to_do,
        attempts=each.attempts,
        last_error=each.last_error,
    )


def pack_submission(row: SubmissionRow) -> pb.Submission:
    """A submission."""
    return pb.Submission(
        tenant_id=render_tenant(row.tenant_id),
        metric=row.metric,
        minute=stamp(row.minute),
        value=row.value,
        identifier=row.identifier,
        state=_SUBMISSIONS[row.state],
        attempts=row.attempts,
        last_error=row.last_error,
        created_at=stamp(row.created_at),
    )


def pack_shadow(row: ShadowRow) -> pb.ShadowInvoice:
    """The provider's invoice beside ours."""
    return pb.ShadowInvoice(
        tenant_id=render_tenant(row.tenant_id),
        period_number=row.period_number,
        stripe_invoice_id=row.invoice_id,
        state=_SHADOWS[row.state],
        our_amount=row.our_amount,
        their_amount=row.their_amount,
        differences=[_difference(each) for each in row.differences],
        changed_at=stamp(row.changed_at),
        provider_invoice=provider_invoice(row.provided),
    )


def _difference(each: Difference) -> pb.ShadowDifference:
    return pb.ShadowDifference(
        name=each.name,
        our_quantity=f"{each.our_quantity:f}",
        their_quantity=f"{each.their_quantity:f}",
        our_amount=each.our_amount,
        their_amount=each.their_amount,
        kind=_KINDS[each.kind],
    )
