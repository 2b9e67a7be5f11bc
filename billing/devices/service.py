"""Rules of a device's identity."""

import base64
import binascii
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from billing.access.keys import hash_of
from billing.audit.actions import Action
from billing.devices import store
from billing.devices.authority import DeviceAuthority, IssuedCertificate
from billing.devices.counting import in_service
from billing.devices.store import DeviceRow
from billing.holdings.service import HoldingsService
from billing.subscriptions.terms import TermsReader
from billing.topics import commands_topic
from billing.unit import Unit
from mesh.clock import Clock
from mesh.errors import FailedPrecondition, InvalidArgument, NotFound, Unauthenticated
from mesh.ids import uuid7

_DEFAULT_TTL = timedelta(seconds=900)
_TOKEN_BYTES = 16 + 32


@dataclass(frozen=True, slots=True)
class EnrollmentToken:
    """A token as its holder sees it once; `expires_at` is aware, UTC."""

    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A device and its certificate."""

    device_id: UUID
    certificate: IssuedCertificate


def tenant_of_token(token: str) -> UUID:
    """The tenant that an enrolment token names in its first 16 bytes.

    It only says whose tokens to look through. Raises Unauthenticated
    (ENROLLMENT_TOKEN_INVALID) when the text cannot be a token.
    """
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != _TOKEN_BYTES:
        raise _token_invalid()
    return UUID(bytes=raw[:16])


def token_label(token: str) -> str:
    """What the audit log calls a token, from which nobody can make it."""
    return hash_of(token).hex()[:16]


class DevicesService:
    """Enrols, renews and retires devices."""

    def __init__(
        self,
        authority: DeviceAuthority,
        terms: TermsReader,
        holdings: HoldingsService,
        clock: Clock,
    ) -> None:
        """The plan of `terms` limits the number of devices, which `holdings` note; `clock` dates
        ids."""
        self._authority = authority
        self._terms = terms
        self._holdings = holdings
        self._clock = clock

    async def create_token(self, unit: Unit, ttl_seconds: int) -> EnrollmentToken:
        """A token of 256 random bits for one enrolment; 0 seconds means 900."""
        token = base64.urlsafe_b64encode(unit.tenant_id.bytes + secrets.token_bytes(32)).decode()
        ttl = timedelta(seconds=ttl_seconds) if ttl_seconds else _DEFAULT_TTL
        expires_at = unit.now + ttl
        await store.add_token(unit.conn, unit.tenant_id, hash_of(token), unit.now, expires_at)
        unit.audit(
            Action.ENROLLMENT_TOKEN_CREATED,
            f"enrollment_token/{token_label(token)}",
            ttl_seconds=int(ttl.total_seconds()),
        )
        return EnrollmentToken(token, expires_at)

    async def enroll(
        self, unit: Unit, token: str, hardware_id: str, csr_pem: str, display_name: str
    ) -> Enrolled:
        """Spends the token for a certificate; known hardware keeps its device id.

        Raises Unauthenticated (ENROLLMENT_TOKEN_INVALID), InvalidArgument naming `csr_pem`,
        FailedPrecondition (DEVICE_LIMIT_REACHED). A refused enrolment leaves the token unspent.
        The hardware whose enrolment spent it gets the same answer again for the same key while
        the token lasts: a caller may have lost the first one.
        """
        digest = hash_of(token)
        spent_now = await store.use_token(unit.conn, unit.tenant_id, digest, unit.now)
        thumbprint = self._authority.thumbprint(csr_pem)
        if not spent_now:
            known = await store.enrolled_again(
                unit.conn,
                unit.tenant_id,
                digest,
                unit.now,
                hardware_id=hardware_id,
                key_thumbprint=thumbprint,
            )
            if known is None:
                await self._refuse_token(unit, token)
                raise _token_invalid()
            unit.audit(
                Action.DEVICE_RENEWED, f"device/{known}", enrollment_token=token_label(token)
            )
            return Enrolled(known, self._authority.issue(csr_pem, unit.tenant_id, known))
        await self._holdings.lock(unit)
        device_id = await store.replace_key(
            unit.conn, unit.tenant_id, hardware_id, thumbprint, display_name
        )
        action = Action.DEVICE_KEY_REPLACED
        if device_id is None:
            await self._check_limit(unit)
            action, device_id = Action.DEVICE_ENROLLED, uuid7(self._clock)
            row = DeviceRow(device_id, hardware_id, display_name, thumbprint, unit.now, None)
            await store.add(unit.conn, unit.tenant_id, row)
            await self._holdings.note(unit)
        unit.audit(
            action,
            f"device/{device_id}",
            enrollment_token=token_label(token),
            hardware_id=hardware_id,
            key_thumbprint=thumbprint,
        )
        return Enrolled(device_id, self._authority.issue(csr_pem, unit.tenant_id, device_id))

    async def renew(self, unit: Unit, device_id: UUID, csr_pem: str) -> IssuedCertificate:
        """A fresh certificate for the enrolled key.

        Raises InvalidArgument naming `csr_pem` for another key, Unauthenticated
        (CREDENTIAL_REVOKED) for a retired device.
        """
        device = await self.require(unit, device_id)
        if device.retired_at is not None:
            unit.refused(Action.DEVICE_REFUSED, f"device/{device_id}", "CREDENTIAL_REVOKED")
            raise Unauthenticated("CREDENTIAL_REVOKED", "the device was retired")
        if self._authority.thumbprint(csr_pem) != device.key_thumbprint:
            raise InvalidArgument.field("csr_pem", "not the key that the device enrolled with")
        issued = self._authority.issue(csr_pem, unit.tenant_id, device_id)
        unit.audit(
            Action.DEVICE_RENEWED, f"device/{device_id}", not_after=issued.not_after.isoformat()
        )
        return issued

    async def renew_expired(
        self, unit: Unit, device_id: UUID, nonce: str, csr_pem: str, signature: bytes
    ) -> IssuedCertificate:
        """A fresh certificate for the enrolled key, which signed a nonce made for the device.

        Raises InvalidArgument naming `csr_pem`, Unauthenticated (CREDENTIAL_REVOKED), in the same
        words for an unknown device, a retired one, another key and a wrong signature.
        """
        thumbprint = self._authority.thumbprint(csr_pem)
        proven = self._authority.proves_key(csr_pem, nonce, signature)
        device = await store.get(unit.conn, unit.tenant_id, device_id)
        in_service = device is not None and device.retired_at is None
        if device is None or not (proven and in_service and device.key_thumbprint == thumbprint):
            if device is not None:
                unit.refused(Action.DEVICE_REFUSED, f"device/{device_id}", "CREDENTIAL_REVOKED")
            raise Unauthenticated(
                "CREDENTIAL_REVOKED", "not the enrolled key of a device in service"
            )
        issued = self._authority.issue(csr_pem, unit.tenant_id, device_id)
        unit.audit(
            Action.DEVICE_RENEWED,
            f"device/{device_id}",
            not_after=issued.not_after.isoformat(),
            proof="key",
        )
        return issued

    async def retire(self, unit: Unit, device_id: UUID) -> datetime:
        """Ends the device's identity; its streams end within a second. Raises NotFound."""
        await self._holdings.lock(unit)
        retired_at = await store.retire(unit.conn, unit.tenant_id, device_id, unit.now)
        if retired_at is None:
            raise NotFound("device", str(device_id))
        if retired_at == unit.now:
            unit.audit(Action.DEVICE_RETIRED, f"device/{device_id}")
            await self._holdings.note(unit)
        unit.wake(commands_topic(device_id))
        return retired_at

    async def require(self, unit: Unit, device_id: UUID) -> DeviceRow:
        """The tenant's device, retired or not. Raises NotFound."""
        found = await store.get(unit.conn, unit.tenant_id, device_id)
        if found is None:
            raise NotFound("device", str(device_id))
        return found

    async def count(self, unit: Unit) -> int:
        """Devices in service."""
        return await in_service(unit)

    async def _refuse_token(self, unit: Unit, token: str) -> None:
        """Nobody vouches for the tenant that a wrong token names, so it has to exist; tokens that
        it never had count together, for anybody can make up any number of them."""
        known = await store.knows_token(unit.conn, unit.tenant_id, hash_of(token))
        if known is not None:
            label = token_label(token) if known else "unknown"
            unit.refused(
                Action.DEVICE_REFUSED, f"enrollment_token/{label}", "ENROLLMENT_TOKEN_INVALID"
            )

    async def retired_since(self, unit: Unit, since: datetime, at_most: int) -> list[UUID]:
        """Devices retired at or after `since` (aware), the latest first."""
        return await store.retired_since(unit.conn, unit.tenant_id, since, at_most)

    async def _check_limit(self, unit: Unit) -> None:
        plan = (await self._terms.read(unit)).plan("platform")
        limit = plan.count("devices")
        if limit is not None and await self.count(unit) >= limit:
            unit.refused(Action.DEVICE_REFUSED, "device/new", "DEVICE_LIMIT_REACHED")
            raise FailedPrecondition(
                "DEVICE_LIMIT_REACHED",
                f"plan/{plan.name}",
                f"the plan {plan.name} has {limit} devices; retire one or upgrade the plan",
            )


def _token_invalid() -> Unauthenticated:
    return Unauthenticated(
        "ENROLLMENT_TOKEN_INVALID", "the enrolment token is unknown, used or expired"
    )
