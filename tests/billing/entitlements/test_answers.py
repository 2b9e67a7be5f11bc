"""What is left of a metric comes on top of an answer that was kept."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from billing.entitlements.answers import Entitlement, with_quota
from rights.terms import QuotaStanding

RESETS = datetime(2025, 2, 1, tzinfo=UTC)
ALLOWED = Entitlement("scene_summary", "intelligence", True, None, "", "tenant", "llm_token")
LEFT = QuotaStanding(
    "llm_token",
    limit=Decimal(10),
    used=Decimal(8),
    reserved=Decimal(0),
    leased=Decimal(0),
    remaining=Decimal(2),
    resets_at=RESETS,
    warning="80 % of llm_token is used",
)


def test_an_allowed_answer_carries_the_amounts_and_their_warning() -> None:
    told = with_quota(ALLOWED, LEFT)
    assert (told.allowed, told.quota, told.warning) == (True, LEFT, LEFT.warning)
    assert with_quota(ALLOWED, None) == ALLOWED
    free = replace(ALLOWED, metric="")
    assert with_quota(free, LEFT) == free, "it takes from no metric"


def test_a_used_up_metric_refuses_and_says_when_it_resets() -> None:
    told = with_quota(ALLOWED, replace(LEFT, used=Decimal(10), remaining=Decimal(0)))
    assert (told.allowed, told.reason, told.origin) == (False, "QUOTA_EXHAUSTED", "")
    assert RESETS.isoformat() in told.message
    assert told.warning == ""


def test_a_refusal_for_another_reason_stays_what_it_is() -> None:
    refused = replace(ALLOWED, allowed=False, reason="FEATURE_WITHDRAWN", message="taken")
    told = with_quota(refused, replace(LEFT, remaining=Decimal(0)))
    assert (told.reason, told.message, told.warning) == ("FEATURE_WITHDRAWN", "taken", "")
