"""The licence gate: memory, then what the node keeps, then the cloud; refreshed meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress

import structlog

from edge.licensing.answers import Answers, LicenseSource
from edge.licensing.book import CameraBook
from edge.licensing.bundles import BundleReader, Imported
from edge.licensing.clock import ForwardClock
from edge.licensing.explanation import Explanation, explain
from edge.licensing.held import CameraRights, refuse
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
from rights.feature_rules import FeatureRules
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
        """`run` must run beside it, else nothing is refreshed ahead of its end. `catalog` counts
        for tokens that do not say which pack holds a feature."""
        self._shelf = shelf
        self.trust = trust
        self._bundles = BundleReader(trust, clock)
        self._source = source
        self.clock = clock
        self._schedule = schedule
        self._shipped = FeatureRules.of(catalog)
        self._book = CameraBook(self._shipped, clock)
        self._asking = asyncio.Lock()
        self._wake = asyncio.Event()
        self._stale = False
        self._heard: Epoch | None = None
        self._log = structlog.get_logger()
        self.epoch = _NO_EPOCH
        self.checks = self._book.checks

    def camera(self, camera_id: str) -> Decision:
        """As LicenseGate.camera."""
        return self._book.camera(camera_id)

    def feature(self, camera_id: str, feature: str) -> Decision:
        """As LicenseGate.feature."""
        return self._book.feature(camera_id, feature)

    def watch(self, changed: Callable[[str], None]) -> None:
        """As LicenseGate.watch."""
        self._book.watch(changed)

    def tell_what_time_changed(self) -> None:
        """Tells watchers of cameras whose answers the time changed; to be called each second."""
        self._book.tell_what_time_changed()

    async def ensure(self, camera_ids: Collection[str]) -> None:
        """As LicenseGate.ensure. Callers that come together share one question to the cloud."""
        if not self._book.unanswered(camera_ids):
            return
        async with self._asking:
            await self._load([each for each in camera_ids if each not in self._book.ids])
            wanted = self._book.unanswered(camera_ids)
            if wanted:
                with suppress(MeshError):
                    await self._ask(wanted)
                    await self._ask_what_is_revoked()
        self._wake.set()

    async def refresh(self) -> None:
        """Asks the cloud about every camera now; `run` asks again when that fails or is cut.

        Raises MeshError.
        """
        done = False
        try:
            await self._refresh()
            done = True
        finally:
            if not done:
                self._refresh_soon()

    async def take_bundle(self, text: str) -> Imported:
        """Runs from now on by what an offline bundle says. Raises FailedPrecondition, MeshError."""
        async with self._asking, self._dropping_void():
            imported = await self._bundles.take(text)
            for camera_id, held in imported.held.items():
                self._book.put(camera_id, held)
            self._book.decide_again()
            self._adopt({imported.epoch}, imported.held)
            await self._shelf.save(
                Kept(imported.rows, "bundle", imported.rules or self._shipped), imported.epoch
            )
        return imported

    def cameras(self) -> list[tuple[str, CameraRights]]:
        """What is held about every camera that was asked about, by camera id."""
        return sorted(zip(self._book.ids, self._book.rights, strict=True))

    def explain(self, camera_id: str, feature: str | None) -> Explanation:
        """How the answer about a camera, or about one of its features, comes about now."""
        rights = self._book.find(camera_id)
        return explain(rights, feature, self.clock, self.epoch, offline=self._book.offline)

    def heard_epoch(self, epoch: Epoch) -> None:
        """The cloud is there and named its epoch: any difference brings a refresh at once."""
        self._heard = epoch
        if epoch != self.epoch or self._stale:
            self._refresh_soon()

    async def heard_trust(self, trust: KeyTrust) -> None:
        """The cloud said which keys are trusted no longer: what they signed goes at once, and
        fresh tokens are asked for. An older trust epoch than is known changes nothing.

        Raises MeshError when it cannot be kept.
        """
        try:
            async with self._dropping_void():
                news = await self.trust.revocations.hear(trust)
        except TrustOlder as error:
            self._log.warning("an older trust epoch is not believed", why=str(error))
            return
        if news:
            self._refresh_soon()

    async def take_revocations(self, token: str) -> None:
        """Takes a revocation list, drops at once what it takes back, and asks for it anew.

        Raises TokenInvalid for one that is not genuine or another tenant's, ListOlder, MeshError.
        """
        async with self._dropping_void():
            await self.trust.take_list(token)

    def set_offline(self, *, offline: bool) -> None:
        """Whether the cloud is away; it decides if a licence past its end has its grace.

        A cloud that is back is asked first: until it answered, a grace that runs goes on.
        """
        if not offline and self._book.in_grace():
            self._refresh_soon()
        else:
            self._book.set_offline(offline=offline)

    async def revoke(self) -> None:
        """The cloud retired this device: what it holds is worth nothing any more."""
        self._book.refuse_all(
            refuse("LICENSE_REVOKED", "the cloud retired this device; enrol it again")
        )
        await self._shelf.forget(list(self._book.ids))

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
                await self._sleep(self._schedule.wait_s(self._book.rights))

    async def refresh_due(self) -> bool:
        """Asks the cloud if an answer is soon too old or something changed; whether it did.

        Raises MeshError when asking fails.
        """
        if not self._stale and not self._schedule.due(self._book.rights):
            return False
        await self._refresh()
        return True

    async def _refresh(self) -> None:
        async with self._asking:
            self._stale = False
            if self._book.ids:
                await self._ask(list(self._book.ids))
                await self._ask_what_is_revoked()

    def _refresh_soon(self) -> None:
        self._stale = True
        self._wake.set()

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        self._wake.clear()

    async def _load(self, camera_ids: Sequence[str]) -> None:
        """Takes what is kept, as far as its tokens prove it; what they do not is logged.

        The cloud may have named its epoch before there was anything to compare it with.
        """
        epochs: set[Epoch] = set()
        for kept in await self._shelf.load(camera_ids) if camera_ids else ():
            epochs |= await self._use(kept)
        if epochs:
            self._adopt(epochs, camera_ids)
            if self._heard not in (None, self.epoch):
                self._refresh_soon()

    async def _use(self, kept: Kept) -> set[Epoch]:
        """The epochs of what is believed."""
        believed = {row.device_token: self._believe_kept(row.device_token) for row in kept.rows}
        used = []
        for row in kept.rows:
            belief = believed[row.device_token]
            held = hold_stored(row, belief.claims, kept.source)
            if held is None:
                used.append(disproved(row, belief.fault))
                continue
            self._book.put(row.camera_id, held)
            self._stale |= held.cached_until <= self.clock.now()
            used.append(row)
        epochs = {belief.epoch for belief in believed.values() if belief.epoch is not None}
        if used:
            shown = self.epoch if not epochs else next(iter(epochs))
            await self._shelf.log_use(Kept(tuple(used), kept.source), shown)
        return epochs

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
        epochs = set()
        try:
            for first in range(0, len(camera_ids), BATCH):
                answers = await self._source.validate(camera_ids[first : first + BATCH])
                await self._take(answers)
                epochs.add(answers.epoch)
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
        if self._adopt(epochs, camera_ids):
            self._book.set_offline(offline=False)
        else:
            self.set_offline(offline=False)

    def _adopt(self, epochs: Collection[Epoch], camera_ids: Collection[str]) -> bool:
        """Takes the epoch at which these cameras were answered, if it is that of all cameras;
        else all are asked again. Whether these cameras are all there are."""
        whole = self._book.ids <= set(camera_ids)
        if whole and len(epochs) == 1:
            self.epoch = next(iter(epochs))
        elif epochs != {self.epoch}:
            self._refresh_soon()
        return whole

    async def _ask_what_is_revoked(self) -> None:
        """Raises MeshError; a list that is refused changes nothing, and was logged."""
        try:
            await self.take_revocations(await self._source.revocation_list())
        except MeshError:
            self._stale = True
            raise
        except (TokenInvalid, ListOlder):
            return

    @asynccontextmanager
    async def _dropping_void(self) -> AsyncIterator[None]:
        """After the block, whatever became of it, every licence that was taken back is let go
        of, in memory and in what is kept, and asked for anew."""
        try:
            yield
        finally:
            dropped = self._book.drop_void(self.trust.revocations.void)
            if dropped:
                self._refresh_soon()
                await self._shelf.forget(dropped)

    async def _take(self, answers: Answers) -> None:
        token = answers.device_token
        claims = await self.trust.believe_fresh(token) if token else None
        now = self.clock.now()
        rows = []
        for answer in answers.cameras:
            held = hold_answer(answer, claims, now)
            rows.append(store_answer(answer, held, token, now))
            self._book.put(answer.camera_id, held)
        signed = claims.feature_rules if claims is not None else None
        kept = Kept(rows, "cloud", signed or self._shipped)
        await self._shelf.save(kept, answers.epoch)

    def _failed(self, error: MeshError, camera_ids: Sequence[str]) -> None:
        """Keeps what is held; a camera that nothing is known of is refused for now."""
        self._stale = True
        away = isinstance(error, Unavailable | DeadlineExceeded)
        if away:
            self._book.set_offline(offline=True)
        refusal = refuse(
            "NEVER_VALIDATED" if away else error.reason,
            f"the cloud was never asked about this camera and cannot be now: {error.message}",
        )
        self._book.put_missing(camera_ids, refusal)
