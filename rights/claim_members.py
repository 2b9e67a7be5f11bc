"""The claims of a licence token as JSON members on the wire, and back.

Existing instances read the wire names and types, so they stay as they are. A count without limit
is -1 here.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rights.claim_reader import UNLIMITED, ClaimReader
from rights.claims import (
    DeviceBundle,
    Epoch,
    LicenseClaims,
    PlanFeatures,
    PlanLimits,
    SubscriptionStatus,
)
from rights.errors import TokenFault, TokenInvalid
from rights.feature_rules import read_rules, to_members
from rights.grace import STEPS, GraceRung, GraceStep
from rights.licenses import CameraLicense, LicenseMode, LicenseStatus


def to_claims(claims: LicenseClaims) -> dict[str, Any]:
    """The JSON members of a token."""
    issued, expires = _seconds(claims.issued_at), _seconds(claims.expires_at)
    return {
        "iss": claims.issuer,
        "sub": claims.customer_id,
        "aud": claims.audience,
        "jti": claims.token_id,
        "iat": issued,
        "nbf": _seconds(claims.not_before),
        "exp": expires,
        "customerId": claims.customer_id,
        "customerName": claims.customer_name,
        "plan": claims.plan,
        "features": _features_claim(claims.features),
        "limits": {
            "maxUsers": _count(claims.limits.max_users),
            "maxAlertRules": _count(claims.limits.max_alert_rules),
            "maxDashboards": _count(claims.limits.max_dashboards),
        },
        "growthPacks": list(claims.growth_packs),
        "camerasAllowed": _count(claims.cameras_allowed),
        "subscription": {
            "status": claims.subscription_status.value,
            "currentPeriodEndsAt": _rfc3339(claims.current_period_ends_at),
        },
        "offlineGraceDays": claims.offline_grace_days,
        **({"graceLadder": _ladder_claim(claims.grace_ladder)} if claims.grace_ladder else {}),
        "issuedAt": issued,
        "expiresAt": expires,
        **(to_members(claims.feature_rules) if claims.feature_rules is not None else {}),
        **(_bundle_claims(claims.bundle) if claims.bundle is not None else {}),
    }


def from_claims(members: Mapping[str, Any]) -> LicenseClaims:
    """The claims in a token's JSON members; members it does not know are left aside.

    Raises TokenInvalid when a claim is missing, of the wrong type or contradicts another.
    """
    claim = ClaimReader(members)
    subscription = claim.object("subscription")
    claims = LicenseClaims(
        issuer=claim.text("iss"),
        audience=claim.text("aud"),
        token_id=claim.text("jti"),
        customer_id=claim.text("customerId"),
        customer_name=claim.text("customerName", empty=True),
        plan=claim.text("plan"),
        features=_read_features(claim.object("features")),
        limits=_read_limits(claim.object("limits")),
        growth_packs=claim.texts("growthPacks"),
        cameras_allowed=claim.count("camerasAllowed"),
        subscription_status=subscription.choice("status", SubscriptionStatus),
        current_period_ends_at=subscription.moment("currentPeriodEndsAt"),
        offline_grace_days=claim.whole("offlineGraceDays"),
        issued_at=claim.seconds("iat"),
        not_before=claim.seconds("nbf"),
        expires_at=claim.seconds("exp"),
        bundle=_read_bundle(claim),
        grace_ladder=_read_ladder(claim),
        feature_rules=read_rules(claim),
    )
    _check_agreement(claim, claims)
    return claims


def _check_agreement(claim: ClaimReader, claims: LicenseClaims) -> None:
    for name, same_as, agree in (
        ("sub", "customerId", claim.text("sub") == claims.customer_id),
        ("issuedAt", "iat", claim.seconds("issuedAt") == claims.issued_at),
        ("expiresAt", "exp", claim.seconds("expiresAt") == claims.expires_at),
    ):
        if not agree:
            raise TokenInvalid(TokenFault.CLAIM_INVALID, f"{name} and {same_as} differ")


def _features_claim(features: PlanFeatures) -> dict[str, int | bool]:
    return {
        "maxDevices": _count(features.max_devices),
        "dataRetentionDays": _count(features.data_retention_days),
        "canExportData": features.can_export_data,
        "hasAdvancedAlerts": features.has_advanced_alerts,
        "hasApiAccess": features.has_api_access,
        "hasMqttAccess": features.has_mqtt_access,
        "hasCustomBranding": features.has_custom_branding,
    }


def _bundle_claims(bundle: DeviceBundle) -> dict[str, Any]:
    return {
        "deviceId": bundle.device_id,
        "cnf": {"jkt": bundle.key_thumbprint},
        "epoch": {"incarnation": bundle.epoch.incarnation, "number": bundle.epoch.number},
        "cameras": [
            {
                "cameraId": camera.camera_id,
                "mode": camera.mode.value,
                "growthPacks": sorted(camera.growth_packs),
                "validUntil": _rfc3339(camera.valid_until),
                "status": camera.status.value,
            }
            for camera in bundle.cameras
        ],
    }


def _read_features(claim: ClaimReader) -> PlanFeatures:
    return PlanFeatures(
        max_devices=claim.count("maxDevices"),
        data_retention_days=claim.count("dataRetentionDays"),
        can_export_data=claim.flag("canExportData"),
        has_advanced_alerts=claim.flag("hasAdvancedAlerts"),
        has_api_access=claim.flag("hasApiAccess"),
        has_mqtt_access=claim.flag("hasMqttAccess"),
        has_custom_branding=claim.flag("hasCustomBranding"),
    )


def _read_limits(claim: ClaimReader) -> PlanLimits:
    return PlanLimits(
        claim.count("maxUsers"), claim.count("maxAlertRules"), claim.count("maxDashboards")
    )


def _read_bundle(claim: ClaimReader) -> DeviceBundle | None:
    """All four members of a bundle or none: cameras without a device's key start nowhere."""
    if not any(name in claim for name in ("deviceId", "cnf", "epoch", "cameras")):
        return None
    epoch = claim.object("epoch")
    return DeviceBundle(
        device_id=claim.text("deviceId"),
        key_thumbprint=claim.object("cnf").text("jkt"),
        epoch=Epoch(epoch.text("incarnation"), epoch.whole("number")),
        cameras=tuple(_read_camera(camera) for camera in claim.objects("cameras")),
    )


def _ladder_claim(ladder: tuple[GraceRung, ...]) -> list[dict[str, int | str]]:
    return [
        {
            "step": rung.step.value,
            "afterPercent": rung.after_percent,
            **({"frameStride": rung.frame_stride} if rung.frame_stride > 1 else {}),
        }
        for rung in ladder
    ]


def _read_ladder(claim: ClaimReader) -> tuple[GraceRung, ...]:
    """A step that this version does not know is left aside: the grace's end still holds."""
    if "graceLadder" not in claim:
        return ()
    rungs = ((rung.text("step"), rung) for rung in claim.objects("graceLadder"))
    return tuple(
        GraceRung(
            GraceStep(step),
            rung.whole("afterPercent"),
            max(1, rung.whole("frameStride")) if "frameStride" in rung else 1,
        )
        for step, rung in rungs
        if step in STEPS
    )


def _read_camera(claim: ClaimReader) -> CameraLicense:
    return CameraLicense(
        camera_id=claim.text("cameraId"),
        mode=claim.choice("mode", LicenseMode),
        status=claim.choice("status", LicenseStatus),
        growth_packs=frozenset(claim.texts("growthPacks")),
        valid_until=claim.moment("validUntil"),
    )


def _count(limit: int | None) -> int:
    return UNLIMITED if limit is None else limit


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
