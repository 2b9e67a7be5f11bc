"""The licence gate: memory, then what the node keeps, then the cloud; refreshed meanwhile."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import datetime

import structlog

from edge.licensing.answers import Answers, LicenseSource
from edge.licensing.bundles import BundleReader, Imported
from edge.licensing.checks import Checks
from edge.licensing.clock import ForwardClock
from edge.licensing.explanation import NEVER, Explanation, explain
from edge.licensing.held import CameraRights, HeldRights, refuse
from edge.licensing.records import Belief, disproved, hold_answer, hold_stored, store_answer
from edge.licensing.schedule import RefreshSchedule
from edge.licensing.shelf import Kept, LicenseShelf
from edge.licensing.trust import Trust
from mesh.errors import DeadlineExceeded, FailedPrecondition, MeshError, Unavailable
from mesh.retry import Backoff
from rights.catalog.model import Catalog
from rights.claims import Epoch
from rights.decision import Decision
from rights.errors import ListOlder, TokenInvalid, TrustOlder
from rights.trust import Trust as KeyTrust

BATCH = 100
_RETRY_CAP_S = 60.0
_NO_EPOCH = Epoch("", 0)


class Licenses:
    """A LicenseGate over every camera that `ensure` named. Implements `edge.licensing.gate`."""

    def __init__(
        self,
        shelf: LicenseShelf,
        trust: Trust,
        source: LicenseSource,
        *,
        catalog: Catalog,
        clock: ForwardClock,
        schedule: RefreshSchedule,
    ) -> None:
        """`run` must run beside it, else nothing is refreshed ahead of its end."""
        self._shelf = shelf
        self.trust = trust
        self._bundles = BundleReader(trust, clock)
        self._source = source
        self._catalog = catalog
        self.clock = clock
        self._schedule = schedule
        self._cameras: dict[str, CameraRights] = {}
        self._watchers: list[Callable[[str], None]] = []
        self._asking = asyncio.Lock()
        self._wake = asyncio.Event()
        self._stale = False
        self._offline = False
        self._log = structlog.get_logger()
        self.epoch = _NO_EPOCH
        self.checks = Checks()

    def camera(self, camera_id: str) -> Decision:
        """As LicenseGate.camera."""
        now, rights = self.clock.now(), self._cameras.get(camera_id)
        self._count(rights, now)
        return NEVER if rights is None else rights.camera(now)

    def feature(self, camera_id: str, feature: str) -> Decision:
        """As LicenseGate.feature."""
        now, rights = self.clock.now(), self._cameras.get(camera_id)
        self._count(rights, now)
        return NEVER if rights is None else rights.feature(feature, now)

    def _count(self, rights: CameraRights | None, now: datetime) -> None:
        if rights is not None and (now < rights.held.cached_until or self._offline):
            self.checks.hits += 1
        else:
            self.checks.misses += 1

    def watch(self, changed: Callable[[str], None]) -> None:
        """As LicenseGate.watch."""
        self._watchers.append(changed)

    async def ensure(self, camera_ids: Collection[str]) -> None:
        """As LicenseGate.ensure. Callers that come together share one question to the cloud."""
        if not self._unanswered(camera_ids):
            return
        async with self._asking:
            await self._load([each for each in camera_ids if each not in self._cameras])
            wanted = self._unanswered(camera_ids)
            if wanted:
                with suppress(MeshError):
                    await self._ask(wanted)
                    await self._ask_what_is_revoked()
        self._wake.set()

    async def refresh(self) -> None:
        """Asks the cloud about every camera now. Raises MeshError when that fails."""
        async with self._asking:
            self._stale = False
            if self._cameras:
                await self._ask(list(self._cameras))
                await self._ask_what_is_revoked()

    async def take_bundle(self, text: str) -> Imported:
        """Runs from now on by what an offline bundle says. Raises FailedPrecondition, MeshError."""
        async with self._asking:
            imported = await self._bundles.take(text)
            for camera_id, held in imported.held.items():
                self._put(camera_id, held)
            self.epoch = imported.epoch
            await self._shelf.save(Kept(imported.rows, "bundle"), imported.epoch)
            await self._drop_void()
        return imported

    def cameras(self) -> list[tuple[str, CameraRights]]:
        """What is held about every camera that was asked about, by camera id."""
        return sorted(self._cameras.items())

    def explain(self, camera_id: str, feature: str | None) -> Explanation:
        """How the answer about a camera, or about one of its features, comes about now."""
        rights = self._cameras.get(camera_id)
        return explain(rights, feature, self.clock, self.epoch, offline=self._offline)

    def heard_epoch(self, epoch: Epoch) -> None:
        """The cloud is there and named its epoch: any difference brings a refresh at once."""
        if epoch != self.epoch or self._stale:
            self._stale = True
            self._wake.set()

    async def heard_trust(self, trust: KeyTrust) -> None:
        """The cloud said which keys are trusted no longer: what they signed goes at once, and
        fresh tokens are asked for. An older trust epoch than is known changes nothing.

        Raises MeshError when it cannot be kept.
        """
        try:
            news = await self.trust.revocations.hear(trust)
        except TrustOlder as error:
            self._log.warning("an older trust epoch is not believed", why=str(error))
            return
        if news:
            await self._drop_void()
            self._stale = True
            self._wake.set()

    async def take_revocations(self, token: str) -> None:
        """Takes a revocation list, drops at once what it takes back, and asks for it anew.

        Raises TokenInvalid for one that is not genuine or another tenant's, ListOlder, MeshError.
        """
        await self.trust.take_list(token)
        if await self._drop_void():
            self._stale = True
            self._wake.set()

    def set_offline(self, *, offline: bool) -> None:
        """Whether the cloud is away; it decides if a licence past its end has its grace.

        A cloud that is back is asked first: until it answered, a grace that runs goes on.
        """
        if not offline and self._in_grace():
            self._stale = True
            self._wake.set()
            return
        self._set_offline(offline=offline)

    def _in_grace(self) -> bool:
        now = self.clock.now()
        return any(rights.in_grace(now) for rights in self._cameras.values())

    def _set_offline(self, *, offline: bool) -> None:
        if offline == self._offline:
            return
        self._offline = offline
        now = self.clock.now()
        for camera_id, rights in list(self._cameras.items()):
            before = rights.decision
            rights.set_offline(now, offline=offline)
            if rights.decision != before:
                self._tell(camera_id)

    async def revoke(self) -> None:
        """The cloud retired this device: what it holds is worth nothing any more."""
        refusal = refuse("LICENSE_REVOKED", "the cloud retired this device; enrol it again")
        for camera_id in list(self._cameras):
            self._put(camera_id, HeldRights(None, refusal, self.clock.now(), "cloud"))
        await self._shelf.forget(list(self._cameras))

    async def run(self) -> None:
        """Refreshes ahead of expiry, and at once when something changed, until cancelled."""
        backoff = Backoff(0.5, cap=_RETRY_CAP_S)
        while True:
            try:
                refreshed = await self.refresh_due()
                backoff.reset()
            except MeshError:
                await self._sleep(next(backoff))
                continue
            if not refreshed:
                await self._sleep(self._schedule.wait_s(self._cameras.values()))

    async def refresh_due(self) -> bool:
        """Asks the cloud if an answer is soon too old or something changed; whether it did.

        Raises MeshError when asking fails.
        """
        if not self._stale and not self._schedule.due(self._cameras.values()):
            return False
        await self.refresh()
        return True

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        self._wake.clear()

    def _unanswered(self, camera_ids: Collection[str]) -> list[str]:
        """Cameras that may not run and whose refusal is unknown or old."""
        now = self.clock.now()
        found = ((each, self._cameras.get(each)) for each in camera_ids)
        return [
            each
            for each, rights in found
            if rights is None
            or (not rights.camera(now).allowed and now >= rights.held.cached_until)
        ]

    async def _load(self, camera_ids: Sequence[str]) -> None:
        """Takes what is kept, as far as its tokens prove it; what they do not is logged."""
        for kept in await self._shelf.load(camera_ids) if camera_ids else ():
            await self._use(kept)

    async def _use(self, kept: Kept) -> None:
        believed = {row.device_token: self._believe_kept(row.device_token) for row in kept.rows}
        used = []
        for row in kept.rows:
            belief = believed[row.device_token]
            held = hold_stored(row, belief.claims, kept.source)
            if held is None:
                used.append(disproved(row, belief.fault))
                continue
            self._put(row.camera_id, held)
            self._stale |= held.cached_until <= self.clock.now()
            used.append(row)
        for belief in believed.values():
            if belief.claims is not None and belief.claims.bundle is not None:
                self.epoch = belief.claims.bundle.epoch
        if used:
            await self._shelf.log_use(Kept(tuple(used), kept.source), self.epoch)

    def _believe_kept(self, token: str | None) -> Belief:
        if token is None:
            return Belief(None, "the row has no signed token")
        try:
            return Belief(self.trust.believe(token), "")
        except TokenInvalid as error:
            self._log.warning("a kept licence is not believed", fault=error.fault.value)
            return Belief(None, error.text)

    async def _ask(self, camera_ids: Sequence[str]) -> None:
        """Asks the cloud; the caller holds the lock. Raises MeshError."""
        try:
            for first in range(0, len(camera_ids), BATCH):
                answers = await self._source.validate(camera_ids[first : first + BATCH])
                await self._take(answers)
        except TokenInvalid as error:
            self._log.error("the cloud's licence token is refused", fault=error.fault.value)
            failure = FailedPrecondition("TOKEN_INVALID", "license token", error.text)
            self._failed(failure, camera_ids)
            raise failure from error
        except MeshError as error:
            self._failed(error, camera_ids)
            if error.reason == "CREDENTIAL_REVOKED":
                await self.revoke()
            raise
        self._set_offline(offline=False)

    async def _ask_what_is_revoked(self) -> None:
        """Raises MeshError; a list that is refused changes nothing, and was logged."""
        try:
            await self.take_revocations(await self._source.revocation_list())
        except MeshError:
            self._stale = True
            raise
        except (TokenInvalid, ListOlder):
            return

    async def _drop_void(self) -> bool:
        """Lets go of every licence that was taken back, in memory and in what is kept; whether
        there was any."""
        dropped = []
        for camera_id, rights in list(self._cameras.items()):
            signed = rights.held.license
            if signed is None:
                continue
            void = self.trust.revocations.void(signed.kid, signed.issued_at)
            if void is not None:
                refusal = refuse(void.error_reason, void.text)
                self._put(
                    camera_id, HeldRights(None, refusal, self.clock.now(), rights.held.source)
                )
                dropped.append(camera_id)
        if dropped:
            await self._shelf.forget(dropped)
        return bool(dropped)

    async def _take(self, answers: Answers) -> None:
        token = answers.device_token
        claims = await self.trust.believe_fresh(token) if token else None
        now = self.clock.now()
        rows = []
        for answer in answers.cameras:
            held = hold_answer(answer, claims, now)
            rows.append(store_answer(answer, held, token, now))
            self._put(answer.camera_id, held)
        self.epoch = answers.epoch
        await self._shelf.save(Kept(rows, "cloud"), answers.epoch)

    def _failed(self, error: MeshError, camera_ids: Sequence[str]) -> None:
        """Keeps what is held; a camera that nothing is known of is refused for now."""
        self._stale = True
        away = isinstance(error, Unavailable | DeadlineExceeded)
        if away:
            self.set_offline(offline=True)
        refusal = refuse(
            "NEVER_VALIDATED" if away else error.reason,
            f"the cloud was never asked about this camera and cannot be now: {error.message}",
        )
        now = self.clock.now()
        for camera_id in camera_ids:
            if camera_id not in self._cameras:
                self._put(camera_id, HeldRights(None, refusal, now, "memory"))

    def _put(self, camera_id: str, held: HeldRights) -> None:
        old = self._cameras.get(camera_id)
        new = CameraRights(held, self._catalog, self.clock.now(), offline=self._offline)
        self._cameras[camera_id] = new
        if old is None or (old.decision, old.packs) != (new.decision, new.packs):
            self._tell(camera_id)

    def _tell(self, camera_id: str) -> None:
        for changed in self._watchers:
            changed(camera_id)
