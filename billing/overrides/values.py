"""Between an override and the name and value that its row holds. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from rights.overrides import (
    FeatureOverride,
    Override,
    OverrideKind,
    PriceOf,
    PriceOverride,
    PriceTarget,
    QuotaOverride,
)


@dataclass(frozen=True, slots=True)
class OverrideRow:
    """An override as it is kept; moments are aware, UTC."""

    override_id: UUID
    override: Override
    created_at: datetime


def kind_of(override: Override) -> OverrideKind:
    """What the override is about."""
    match override:
        case FeatureOverride():
            return OverrideKind.FEATURE
        case QuotaOverride():
            return OverrideKind.QUOTA
        case PriceOverride():
            return OverrideKind.PRICE


def name_of(override: Override) -> str:
    """The feature, the metric, or what is priced, unique within its kind."""
    match override:
        case FeatureOverride():
            return override.feature
        case QuotaOverride():
            return override.metric
        case PriceOverride():
            target = override.target
            return "/".join(part for part in (target.of.value, target.family, target.name) if part)


def camera_of(override: Override) -> str | None:
    """The one camera that it is about."""
    return override.camera_id if isinstance(override, FeatureOverride) else None


def value_of(override: Override) -> str:
    """The rest of it as JSON; amounts are exact decimals as text."""
    match override:
        case FeatureOverride():
            return json.dumps({"allowed": override.allowed})
        case QuotaOverride():
            amounts = {"included": override.included, "ceiling": override.ceiling}
            return json.dumps(
                {key: f"{each:f}" for key, each in amounts.items() if each is not None}
            )
        case PriceOverride():
            return json.dumps({code: f"{price:f}" for code, price in override.prices.items()})


def read_override(row: Any) -> OverrideRow:
    """From a row with kind, name, camera_id, value, reason, created_at and expires_at."""
    value, reason, until = json.loads(row["value"]), row["reason"], row["expires_at"]
    override: Override
    match OverrideKind(row["kind"]):
        case OverrideKind.FEATURE:
            override = FeatureOverride(
                row["name"], value["allowed"], row["camera_id"], reason, until
            )
        case OverrideKind.QUOTA:
            override = QuotaOverride(
                row["name"], _amount(value, "included"), _amount(value, "ceiling"), reason, until
            )
        case OverrideKind.PRICE:
            prices = {code: Decimal(price) for code, price in value.items()}
            override = PriceOverride(_target(row["name"]), prices, reason, until)
    return OverrideRow(row["override_id"], override, row["created_at"])


def _amount(value: Mapping[str, str], key: str) -> Decimal | None:
    return Decimal(value[key]) if key in value else None


def _target(name: str) -> PriceTarget:
    of, *family, thing = name.split("/")
    return PriceTarget(PriceOf(of), "".join(family), thing)
