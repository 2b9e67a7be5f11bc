"""The device's line to the cloud: status up; commands and changes of rights down."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import structlog

from edge.uplink.calls import typed_errors
from edge.uplink.commands import Commands
from edge.uplink.licenses import read_epoch, read_trust
from edge.uplink.link import CloudLink
from edge.uplink.status import LineState, NodeReport, Reporter, to_message
from gen.betterproto.brinkbyte.common import v1 as common
from gen.betterproto.brinkbyte.heartbeat import v1
from mesh.clock import Clock
from mesh.errors import Internal, MeshError, Unavailable
from mesh.retry import Backoff
from rights.claims import Epoch
from rights.errors import ListOlder, TokenInvalid
from rights.trust import Trust

_CONNECT = "/brinkbyte.heartbeat.v1.HeartbeatService/Connect"
_RETRY_CAP_S = 30.0
_WELCOME_S = 10.0


class Rights(Protocol):
    """The part of licensing that the heartbeat reaches."""

    epoch: Epoch

    def heard_epoch(self, epoch: Epoch) -> None:
        """The cloud named its epoch."""
        ...

    async def heard_trust(self, trust: Trust) -> None:
        """The cloud said which keys are trusted no longer."""
        ...

    async def take_revocations(self, token: str) -> None:
        """The cloud sent a signed revocation list. Raises TokenInvalid, ListOlder, MeshError."""
        ...

    def set_offline(self, *, offline: bool) -> None:
        """Whether the cloud is away."""
        ...

    async def revoke(self) -> None:
        """The cloud retired this device."""
        ...


@dataclass(frozen=True, slots=True)
class HeartbeatSettings:
    """Status goes out every `period`, and at each change, which is looked for every `look`."""

    period: timedelta = timedelta(seconds=10)
    look: timedelta = timedelta(seconds=1)


class Heartbeat:
    """Keeps one stream to the cloud open, and opens it anew with growing delays."""

    def __init__(
        self,
        link: CloudLink,
        reporter: Reporter,
        rights: Rights,
        commands: Commands,
        *,
        state: LineState,
        clock: Clock,
        settings: HeartbeatSettings | None = None,
    ) -> None:
        """`rights` hears of every epoch, `commands` carries out what the cloud asks for,
        `state` tells others whether the line is up."""
        self._link = link
        self._reporter = reporter
        self._rights = rights
        self._commands = commands
        self._clock = clock
        self._settings = settings or HeartbeatSettings()
        self._log = structlog.get_logger()
        self._failing = ""
        self._state = state

    async def run(self) -> None:
        """Connects until cancelled."""
        backoff = Backoff(0.25, cap=_RETRY_CAP_S)
        while True:
            try:
                await self._session(backoff)
            except MeshError as error:
                await self._failed(error)
            except ExceptionGroup as group:
                await self._failed(_first(group))
            finally:
                self._state.connected = False
                self._rights.set_offline(offline=True)
            await asyncio.sleep(next(backoff))

    async def _session(self, backoff: Backoff) -> None:
        connect = self._link.channel.stream_stream(
            _CONNECT, request_serializer=bytes, response_deserializer=v1.ConnectResponse.parse
        )
        async with typed_errors():
            line = _Line(connect())
        try:
            report = await self._reporter.report()
            await line.send(hello=self._hello(report))
            await self._welcome(await line.read(_WELCOME_S))
            backoff.reset()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._report(line, report))
                await self._listen(line, tasks)
        finally:
            line.cancel()

    def _hello(self, report: NodeReport) -> v1.Hello:
        epoch = self._rights.epoch
        return v1.Hello(
            status=to_message(report, self._clock.now()),
            epoch=common.Epoch(incarnation=epoch.incarnation, number=epoch.number),
        )

    async def _welcome(self, response: v1.ConnectResponse) -> None:
        if response.welcome is None:
            raise Internal("the cloud did not answer hello with welcome")
        self._state.connected = True
        self._failing = ""
        self._log.info("connected to the cloud")
        self._rights.set_offline(offline=False)
        await self._heard(response.welcome)

    async def _heard(self, news: v1.Welcome | v1.RightsChanged) -> None:
        """The epoch comes last, and even when the rest cannot be kept."""
        try:
            if news.trust is not None:
                await self._rights.heard_trust(read_trust(news.trust))
            if isinstance(news, v1.RightsChanged) and news.revocation_list:
                with suppress(TokenInvalid, ListOlder):  # which are logged where it was refused
                    await self._rights.take_revocations(news.revocation_list)
        finally:
            self._rights.heard_epoch(read_epoch(news.epoch))

    async def _report(self, line: "_Line", last: NodeReport) -> None:
        """Sends the status every period, and at once when more than counters changed."""
        sent_at = self._clock.monotonic()
        while True:
            await asyncio.sleep(self._settings.look.total_seconds())
            try:
                report = await self._reporter.report()
            except MeshError:
                continue  # the database is away; the cloud sees the silence
            elapsed = self._clock.monotonic() - sent_at
            if report.shape() == last.shape() and elapsed < self._settings.period.total_seconds():
                continue
            await line.send(status=to_message(report, self._clock.now()))
            last, sent_at = report, self._clock.monotonic()

    async def _listen(self, line: "_Line", tasks: asyncio.TaskGroup) -> None:
        while True:
            response = await line.read(None)
            if response.welcome is not None:
                await self._heard(response.welcome)
            elif response.rights_changed is not None:
                await self._heard(response.rights_changed)
            elif response.command is not None:
                tasks.create_task(self._carry_out(line, response.command))
            elif response.full_state_request is not None:
                report = await self._reporter.report()
                await line.send(hello=self._hello(report))

    async def _carry_out(self, line: "_Line", command: v1.Command) -> None:
        result = await self._commands.result(command)
        await line.send(command_result=result)

    async def _failed(self, error: MeshError) -> None:
        """Logs the first of a row of equal failures; a retired device loses its rights."""
        if error.reason == "CREDENTIAL_REVOKED":
            self._link.refused.set()
            await self._rights.revoke()
        if error.message != self._failing:
            self._failing = error.message
            self._log.warning("no line to the cloud", reason=error.reason, why=error.message)


class _Line:
    """One stream: numbers what goes out, and checks the numbers of what comes in."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._sending = asyncio.Lock()
        self._sent = 0
        self._received = 0

    async def send(self, **message: Any) -> None:
        """Sends one member of ConnectRequest's oneof. Raises MeshError."""
        async with self._sending, typed_errors():
            self._sent += 1
            await self._stream.write(v1.ConnectRequest(sequence=self._sent, **message))

    async def read(self, within_s: float | None) -> v1.ConnectResponse:
        """The next message. Raises MeshError at the stream's end, at a gap, or when late."""
        try:
            async with typed_errors(), asyncio.timeout(within_s):
                response = await self._stream.read()
        except TimeoutError:
            raise Unavailable("cloud") from None
        if not isinstance(response, v1.ConnectResponse):
            raise Unavailable("cloud")
        self._received += 1
        if response.sequence != self._received:
            raise Internal(
                f"message {self._received} of the cloud is missing; connecting anew for the state"
            )
        return response

    def cancel(self) -> None:
        """Ends the stream."""
        self._stream.cancel()


def _first(group: ExceptionGroup[Exception]) -> MeshError:
    """The MeshError in a group of task failures; anything else is a defect and raised."""
    known, others = group.split(MeshError)
    if others is not None:
        raise others
    assert known is not None
    error: BaseException = known
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, MeshError)
    return error
