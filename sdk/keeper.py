"""Keeps the licence fresh in the background, and what it learned on the shelf."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random

import structlog

from mesh.driver_errors import as_mesh_error
from mesh.errors import FailedPrecondition, Internal, MeshError
from mesh.retry import Backoff
from rights.claims import LicenseClaims
from rights.errors import RightsError, TokenFault, TokenInvalid, TrustOlder
from sdk.clock import ForwardClock
from sdk.holding import Holding, Terms
from sdk.license import License
from sdk.refusal import NotLicensed
from sdk.shelf import Kept, Shelf
from sdk.source import LicenseSource

_DENIALS = {"LICENSE_SUSPENDED", "LICENSE_EXPIRED", "LICENSE_REVOKED"}
_TICK_S = 60.0
_JITTER = 0.2
_FIRST_RETRY_S = 1.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is permitted now: `license`, or None and the refusal's reason and words."""

    license: License | None
    reason: str = ""
    why: str = ""


OnChange = Callable[[Standing], None]


class Keeper:
    """Fetches a newer licence, and what was revoked, every `interval_s`, earlier after a failure;
    never two fetches at once."""

    def __init__(
        self,
        source: LicenseSource,
        shelf: Shelf,
        clock: ForwardClock,
        terms: Terms,
        kept: Kept,
        *,
        interval_s: float = 300,
        rng: Random | None = None,
    ) -> None:
        """`kept` is what `shelf` held at the start, and `clock` goes on from."""
        self._source = source
        self._shelf = shelf
        self._holding = Holding(terms, kept, clock)
        self._interval_s = interval_s
        self._rng = rng or Random()  # noqa: S311 - jitter is no secret
        self._saved = kept
        self._saving = asyncio.Lock()
        self._flight: asyncio.Task[License] | None = None
        self._loop: asyncio.Task[None] | None = None
        self._tried = asyncio.Event()
        self._callbacks: list[OnChange] = []
        self._known: tuple[LicenseClaims | None, str] | None = None
        self._failing = ""
        self._log = structlog.get_logger()
        self._begin_with(self._holding.recall_list, kept.revocation_list)
        self._begin_with(self._holding.take_list, terms.revocation_list)

    async def start(self) -> None:
        """Begins to fetch; waits for the first answer only when no licence holds yet."""
        self._notify()
        self._loop = asyncio.create_task(self._run())
        if self.standing.license is None:
            await self._tried.wait()

    async def stop(self) -> None:
        """Ends and keeps what is known."""
        tasks = [task for task in (self._loop, self._flight) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._save()

    def current(self) -> License:
        """The licence, which holds now; read from memory. Raises NotLicensed."""
        return self._holding.current()

    @property
    def standing(self) -> Standing:
        """What is permitted now, without raising."""
        try:
            return Standing(self._holding.current())
        except NotLicensed as error:
            return Standing(None, error.reason, error.message)

    def on_change(self, callback: OnChange) -> Callable[[], None]:
        """Calls back whenever what is permitted changed, not at a mere renewal.

        Returns what ends it. A callback is not awaited; what it raises is logged.
        """
        self._callbacks.append(callback)

        def end() -> None:
            with suppress(ValueError):
                self._callbacks.remove(callback)

        return end

    async def refresh(self) -> License:
        """Fetches now, or waits for the fetch that is under way.

        Raises MeshError: the cloud is away, refuses, or sent what cannot be believed; NotLicensed
        when it revoked what it had signed.
        """
        if self._flight is None or self._flight.done():
            self._flight = asyncio.create_task(self._fetch())
        return await asyncio.shield(self._flight)

    async def _run(self) -> None:
        backoff = Backoff(_FIRST_RETRY_S, cap=self._interval_s, rng=self._rng)
        while True:
            try:
                await self.refresh()
            except Exception as error:
                self._failed(as_mesh_error(error))
                delay = next(backoff)
            else:
                backoff.reset()
                self._failing = ""
                delay = self._interval_s * self._rng.uniform(1 - _JITTER, 1 + _JITTER)
            self._tried.set()
            await self._rest(delay)

    async def _rest(self, seconds: float) -> None:
        """Sleeps; meanwhile the time seen is kept, and an end that comes by itself is told."""
        while seconds > 0:
            step = min(seconds, _TICK_S)
            await asyncio.sleep(step)
            seconds -= step
            self._notify()
            await self._save()

    async def _fetch(self) -> License:
        try:
            await self._refresh_keys()
            await self._take(await self._source.token())
            await self._refresh_list()
        except FailedPrecondition as error:
            if error.reason in _DENIALS:
                self._holding.deny(error.reason, error.message)
                with suppress(MeshError):
                    await self._refresh_list()
            raise
        except TokenInvalid as error:
            raise Internal(f"the cloud's licence cannot be believed: {error.text}") from error
        except TrustOlder as error:
            raise Internal(f"the cloud's keys cannot be believed: {error}") from error
        finally:
            self._notify()
            await self._save()
        return self._holding.current()

    async def _refresh_list(self) -> None:
        """After the token, so that a list that cannot be had holds no renewal up."""
        try:
            self._holding.take_list(await self._source.revocation_list())
        except RightsError as error:
            raise Internal(f"the cloud's revocation list cannot be believed: {error}") from error

    async def _take(self, token: str) -> License:
        """A key that began to sign since the keys were fetched is fetched too."""
        try:
            return self._holding.take(token)
        except TokenInvalid as error:
            if error.fault is not TokenFault.KEY_UNKNOWN:
                raise
        await self._refresh_keys()
        return self._holding.take(token)

    def _begin_with(self, take: Callable[[str], None], revocations: str) -> None:
        """Takes a list from before the start, if there is one; a refused one changes nothing."""
        if not revocations:
            return
        try:
            take(revocations)
        except RightsError as error:
            self._log.warning("a revocation list is left aside", why=str(error))

    async def _refresh_keys(self) -> None:
        """Before every token, so that a retired key is not trusted for long."""
        self._holding.trust(await self._source.public_keys())

    async def _save(self) -> None:
        async with self._saving:
            kept = self._holding.kept()
            if kept == self._saved:
                return
            try:
                await asyncio.to_thread(self._shelf.save, kept)
            except OSError as error:
                self._log.error("the licence cannot be kept for a restart", why=error.strerror)
            else:
                self._saved = kept

    def _notify(self) -> None:
        standing = self.standing
        known = (_permitted(standing.license), standing.reason)
        if known == self._known:
            return
        self._known = known
        for callback in tuple(self._callbacks):
            try:
                callback(standing)
            except Exception:
                self._log.exception("a licence callback failed")

    def _failed(self, error: MeshError) -> None:
        """Logs the first of a row of equal failures."""
        if error.message != self._failing:
            self._failing = error.message
            self._log.warning("the licence is not renewed", reason=error.reason, why=error.message)


def _permitted(license_: License | None) -> LicenseClaims | None:
    """The claims without what every renewal changes."""
    if license_ is None:
        return None
    return replace(
        license_.claims,
        token_id="",
        issued_at=_EPOCH,
        not_before=_EPOCH,
        expires_at=_EPOCH,
        current_period_ends_at=_EPOCH,
    )
