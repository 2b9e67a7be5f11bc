"""Which pack holds a feature, and what the vendor gave or took beside: as a token carries it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rights.catalog.model import Catalog
from rights.claim_reader import ClaimReader
from rights.errors import TokenFault, TokenInvalid
from rights.overrides import FeatureOverride

_PACKS = "packFeatures"
_OVERRIDES = "featureOverrides"


@dataclass(frozen=True, slots=True)
class FeatureRules:
    """Each feature's pack, and the overrides of one tenant."""

    pack_of: Mapping[str, str]
    overrides: tuple[FeatureOverride, ...] = ()

    @classmethod
    def of(
        cls,
        catalog: Catalog,
        overrides: Iterable[FeatureOverride] = (),
        now: datetime | None = None,
    ) -> "FeatureRules":
        """What a catalogue says, and of these overrides what has not ended at ``now`` (aware)."""
        packs = {feature.name: feature.pack for feature in catalog.features.values()}
        return cls(packs, tuple(each for each in overrides if now is None or _on(each, now)))

    def override(self, feature: str, camera_id: str, now: datetime) -> FeatureOverride | None:
        """The override in force at ``now`` (aware): the camera's own before that of all cameras,
        and one that takes away before one that gives."""
        found = [
            each for each in self.of_camera(camera_id) if each.feature == feature and _on(each, now)
        ]
        return min(found, key=lambda each: (each.camera_id is None, each.allowed), default=None)

    def of_camera(self, camera_id: str) -> Iterator[FeatureOverride]:
        """The overrides that may concern a camera."""
        return (each for each in self.overrides if each.camera_id in {None, camera_id})


def to_members(rules: FeatureRules) -> dict[str, Any]:
    """The rules as claims of a token; moments in whole seconds."""
    packs: dict[str, list[str]] = {}
    for feature, pack in sorted(rules.pack_of.items()):
        packs.setdefault(pack, []).append(feature)
    overrides = [_override_claim(each) for each in rules.overrides]
    return {_PACKS: packs, **({_OVERRIDES: overrides} if overrides else {})}


def read_rules(claim: ClaimReader) -> FeatureRules | None:
    """The rules of a token; None for an older one, which says nothing of packs.

    Raises TokenInvalid for wrong types, a feature in two packs, or overrides without packs.
    """
    if _PACKS not in claim:
        if _OVERRIDES in claim:
            raise TokenInvalid(TokenFault.CLAIM_MISSING, f"{_OVERRIDES} needs {_PACKS}")
        return None
    held = claim.object(_PACKS)
    packs: dict[str, str] = {}
    for pack in held.names:
        for feature in held.texts(pack):
            if packs.setdefault(feature, pack) != pack:
                text = f"the claim {_PACKS} has the feature {feature!r} in two packs"
                raise TokenInvalid(TokenFault.CLAIM_INVALID, text)
    overrides = claim.objects(_OVERRIDES) if _OVERRIDES in claim else ()
    return FeatureRules(packs, tuple(_read_override(each) for each in overrides))


def _on(override: FeatureOverride, now: datetime) -> bool:
    return override.until is None or now < override.until


def _override_claim(override: FeatureOverride) -> dict[str, Any]:
    until = override.until
    return {
        "feature": override.feature,
        "allowed": override.allowed,
        **({"cameraId": override.camera_id} if override.camera_id is not None else {}),
        **({"reason": override.reason} if override.reason else {}),
        **({"until": until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")} if until else {}),
    }


def _read_override(claim: ClaimReader) -> FeatureOverride:
    return FeatureOverride(
        claim.text("feature"),
        claim.flag("allowed"),
        claim.text("cameraId") if "cameraId" in claim else None,
        claim.text("reason") if "reason" in claim else "",
        claim.moment("until") if "until" in claim else None,
    )
