"""How a node gets its certificate; the private key never leaves it."""

import asyncio
from dataclasses import dataclass

import structlog

from edge.uplink.calls import call
from edge.uplink.devices import save_device
from edge.uplink.identity import Identity, StateDirectory
from edge.uplink.renewal import renew_with_key
from gen.betterproto.brinkbyte.device import v1
from mesh.channel import MeshChannel, channel
from mesh.clock import Clock
from mesh.database import Database
from mesh.errors import DeadlineExceeded, MeshError, StartError, Unavailable
from mesh.retry import Backoff
from mesh.tls import create_csr

_SERVICE = "/brinkbyte.device.v1.DeviceService"


@dataclass(frozen=True, slots=True)
class EnrollmentSettings:
    """Where and as what to enrol; `token` is single-use, None when there is none.

    `root_ca` (PEM) signs the certificate of the server at `api_addr`.
    """

    api_addr: str
    root_ca: bytes
    token: str | None
    hardware_id: str
    display_name: str


@dataclass(frozen=True, slots=True)
class Application:
    """Who asks for an identity, and with which single-use token."""

    token: str
    hardware_id: str
    display_name: str


async def request_identity(
    api: MeshChannel, application: Application, state: StateDirectory
) -> Identity:
    """Exchanges the token for a certificate of the directory's key, and keeps it there.

    `api` goes to the cloud's listener with server TLS. The key is made at need and stays; a
    call that broke off may be made again with the same token. Raises MeshError.
    """
    request = v1.EnrollDeviceRequest(
        enrollment_token=application.token,
        hardware_id=application.hardware_id,
        csr_pem=create_csr(state.key(), "edge node").decode(),
        display_name=application.display_name,
    )
    response = await call(api, f"{_SERVICE}/EnrollDevice", request, v1.EnrollDeviceResponse)
    return state.save(response.certificate_pem.encode(), response.ca_pem.encode())


class Enrollment:
    """Makes sure that the node has an identity."""

    def __init__(
        self, settings: EnrollmentSettings, state: StateDirectory, database: Database, clock: Clock
    ) -> None:
        """`database` keeps a record of the device for readers."""
        self._settings = settings
        self._state = state
        self._database = database
        self._clock = clock
        self._log = structlog.get_logger()

    async def identity(self) -> Identity:
        """The stored identity, or a new one; waits for the cloud when that is away.

        A certificate that ran out while the node was away is renewed with the key, or replaced
        where the cloud refuses that and there is an enrolment token; else the node goes on
        offline, and the renewal that runs beside it asks again. One that was retired enrols anew
        with a token.
        Raises StartError when it has no identity and cannot enrol.
        """
        stored = self._state.load()
        again = self._state.revoked and self._settings.token is not None
        if stored is not None and stored.not_after > self._clock.now() and not again:
            return stored
        identity = await self._renewed(stored) if stored is not None and not again else None
        if identity is None:
            if self._settings.token is None and stored is not None:
                return stored
            identity = await self._enroll(self._token(), stored)
        await save_device(self._database, identity, self._settings.hardware_id, self._clock.now())
        return identity

    def _token(self) -> str:
        if self._settings.token is None:
            raise StartError(
                "this node is not enrolled; set BRINKBYTE_EDGE_ENROLLMENT_TOKEN to a fresh token"
            )
        return self._settings.token

    async def _renewed(self, stored: Identity) -> Identity | None:
        """A certificate for the key that the node has, None when there is none to be had now."""
        settings = self._settings
        root_ca = settings.root_ca + stored.ca_pem
        try:
            async with channel(settings.api_addr, root_ca=root_ca) as api:
                return await renew_with_key(api, stored, self._state)
        except MeshError as error:
            self._log.warning("the certificate has expired and is not renewed", why=error.message)
            return None

    async def _enroll(self, token: str, stored: Identity | None) -> Identity:
        """A new identity; `stored`, if any, when there is none to be had."""
        backoff = Backoff(0.5, cap=10.0)
        while True:
            try:
                return await self._ask(token)
            except (Unavailable, DeadlineExceeded):
                self._log.warning("cannot enrol yet", address=self._settings.api_addr)
                if stored is not None:
                    return stored
                await asyncio.sleep(next(backoff))
            except MeshError as error:
                self._log.error("cannot enrol", reason=error.reason)
                if stored is not None:
                    return stored
                if isinstance(error, StartError):
                    raise
                raise StartError(
                    f"the cloud refuses to enrol this node ({error.reason}): {error.message}; "
                    "ask for a new enrolment token"
                ) from error

    async def _ask(self, token: str) -> Identity:
        settings = self._settings
        application = Application(token, settings.hardware_id, settings.display_name)
        async with channel(settings.api_addr, root_ca=settings.root_ca) as api:
            return await request_identity(api, application, self._state)
