"""How a node keeps its certificate young, and gets a new one after it ran out."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Protocol

import structlog

from edge.uplink.calls import call
from edge.uplink.devices import save_device
from edge.uplink.identity import Identity, StateDirectory
from edge.uplink.link import CloudLink
from gen.betterproto.brinkbyte.device import v1
from mesh.certificate import certificate_facts
from mesh.channel import MeshChannel, channel
from mesh.clock import Clock
from mesh.database import Database
from mesh.errors import DeadlineExceeded, MeshError, Unauthenticated, Unavailable
from mesh.proof import renewal_statement
from mesh.retry import Backoff
from mesh.tls import create_csr, sign

_SERVICE = "/brinkbyte.device.v1.DeviceService"
_HALF = 0.5
_SPREAD = 0.1
_LONGEST_WAIT_S = 60.0
_RETRY_CAP_S = 300.0


class Rights(Protocol):
    """The part of licensing that hears of the end of this device."""

    async def revoke(self) -> None:
        """The cloud retired this device."""
        ...


async def renew_with_key(api: MeshChannel, old: Identity, state: StateDirectory) -> Identity:
    """A new certificate by a signed nonce, and keeps it; `old` may have expired.

    `api` goes to the cloud's listener with server TLS. Raises MeshError; Unauthenticated
    (CREDENTIAL_REVOKED) means that the device was retired or has enrolled another key.
    """
    spiffe_id = certificate_facts(old.cert_pem).uri
    asked = v1.GetRenewalNonceRequest(spiffe_id=spiffe_id)
    given = await call(api, f"{_SERVICE}/GetRenewalNonce", asked, v1.GetRenewalNonceResponse)
    csr = create_csr(old.key_pem, "edge node").decode()
    response = await call(
        api,
        f"{_SERVICE}/RenewExpiredCertificate",
        v1.RenewExpiredCertificateRequest(
            nonce=given.nonce,
            csr_pem=csr,
            signature=sign(old.key_pem, renewal_statement(given.nonce, csr)),
        ),
        v1.RenewExpiredCertificateResponse,
    )
    return state.save(response.certificate_pem.encode(), response.ca_pem.encode())


@dataclass(frozen=True, slots=True)
class RenewalSettings:
    """`api_addr` is the cloud's listener with server TLS, whose certificate `root_ca` (PEM) or
    an authority that came with the node's own certificate signs."""

    api_addr: str
    root_ca: bytes


class Renewal:
    """Replaces the certificate at about half of its life, keeping the key.

    With a certificate that the cloud takes no more it signs a nonce with the key. When that is
    refused for good, the rights of this device are over, and its next start enrols anew where
    there is a token.
    """

    def __init__(
        self,
        link: CloudLink,
        state: StateDirectory,
        database: Database,
        clock: Clock,
        *,
        settings: RenewalSettings,
        rights: Rights,
        rng: Random,
    ) -> None:
        """`clock` should be one that nobody turns back; `rng` spreads a fleet's renewals."""
        self._link = link
        self._state = state
        self._database = database
        self._clock = clock
        self._settings = settings
        self._rights = rights
        self._share = _HALF * rng.uniform(1 - _SPREAD, 1 + _SPREAD)
        self._log = structlog.get_logger()

    def due_in(self) -> float:
        """Seconds until about half of the certificate's life is over; 0 when it is."""
        identity = self._link.identity
        life = identity.not_after - identity.not_before
        due_at = identity.not_before + life * self._share
        return max(0.0, (due_at - self._clock.now()).total_seconds())

    async def renew(self) -> None:
        """One renewal, after which the link goes over to the new certificate and to all
        authorities that came with it. Raises MeshError."""
        identity = await self._renewed()
        self._link.replace(identity)
        await save_device(self._database, identity, None, self._clock.now())

    async def run(self) -> None:
        """Renews when due, until cancelled; a failure is tried again with growing delays.

        So is a certificate that seems due as soon as it came: then the clock is far ahead.
        """
        backoff = Backoff(1.0, cap=_RETRY_CAP_S)
        while True:
            if (wait := self.due_in()) > 0 and not self._link.refused.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(wait, _LONGEST_WAIT_S)):
                        await self._link.refused.wait()
                continue
            self._link.refused.clear()
            try:
                await self.renew()
            except MeshError as error:
                self._log.warning(
                    "the certificate is not renewed yet", reason=error.reason, why=error.message
                )
                if error.reason == "CREDENTIAL_REVOKED":
                    self._state.mark_revoked()
                    await self._rights.revoke()
            else:
                if self.due_in() > 0:
                    backoff.reset()
            await asyncio.sleep(next(backoff))

    async def _renewed(self) -> Identity:
        if self._link.identity.not_after > self._clock.now():
            try:
                return await self._by_certificate()
            except (Unavailable, DeadlineExceeded, Unauthenticated) as error:
                if error.reason == "CREDENTIAL_REVOKED":
                    raise
                self._log.info("renewing by the key", why=error.message)
        return await self._by_key()

    async def _by_certificate(self) -> Identity:
        csr = create_csr(self._link.identity.key_pem, "edge node").decode()
        response = await call(
            self._link.channel,
            f"{_SERVICE}/RenewCertificate",
            v1.RenewCertificateRequest(csr_pem=csr),
            v1.RenewCertificateResponse,
        )
        return self._state.save(response.certificate_pem.encode(), response.ca_pem.encode())

    async def _by_key(self) -> Identity:
        settings, identity = self._settings, self._link.identity
        root_ca = settings.root_ca + identity.ca_pem
        async with channel(settings.api_addr, root_ca=root_ca) as api:
            return await renew_with_key(api, identity, self._state)
