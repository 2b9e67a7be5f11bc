"""What is held in memory about every camera, and who is told when that changes."""

from collections.abc import Callable, Collection, Set
from datetime import datetime

from edge.licensing.checks import Checks
from edge.licensing.clock import ForwardClock
from edge.licensing.explanation import NEVER
from edge.licensing.held import CameraRights, HeldRights, refuse
from rights.decision import Decision
from rights.errors import TokenInvalid
from rights.feature_rules import FeatureRules

Void = Callable[[str, datetime], TokenInvalid | None]


class CameraBook:
    """The rights of each camera that was asked about. Nothing here waits."""

    def __init__(self, shipped: FeatureRules, clock: ForwardClock) -> None:
        """Empty, with the cloud in reach. `shipped` are the rules for tokens that have none."""
        self._shipped = shipped
        self._clock = clock
        self._cameras: dict[str, CameraRights] = {}
        self._watchers: list[Callable[[str], None]] = []
        self.offline = False
        self.checks = Checks()

    def camera(self, camera_id: str) -> Decision:
        """Whether the camera may run now."""
        now, rights = self._clock.now(), self._cameras.get(camera_id)
        self._count(rights, now)
        return NEVER if rights is None else rights.camera(now)

    def feature(self, camera_id: str, feature: str) -> Decision:
        """Whether the camera may use the feature now."""
        now, rights = self._clock.now(), self._cameras.get(camera_id)
        self._count(rights, now)
        return NEVER if rights is None else rights.feature(feature, now)

    def _count(self, rights: CameraRights | None, now: datetime) -> None:
        if rights is not None and (now < rights.held.cached_until or self.offline):
            self.checks.hits += 1
        else:
            self.checks.misses += 1

    def watch(self, changed: Callable[[str], None]) -> None:
        """Calls `changed` with a camera's id whenever its rights changed."""
        self._watchers.append(changed)

    def find(self, camera_id: str) -> CameraRights | None:
        """What is held about a camera, None when nothing is."""
        return self._cameras.get(camera_id)

    @property
    def ids(self) -> Set[str]:
        """Every camera that something is held about, be it a refusal."""
        return self._cameras.keys()

    @property
    def rights(self) -> Collection[CameraRights]:
        """What is held about each of them."""
        return self._cameras.values()

    def put(self, camera_id: str, held: HeldRights) -> None:
        """Takes new rights; watchers are told when they make a difference."""
        old = self._cameras.get(camera_id)
        new = CameraRights(held, self._shipped, self._clock.now(), offline=self.offline)
        self._cameras[camera_id] = new
        if old is None or _shape(old) != _shape(new):
            self._tell(camera_id)

    def put_missing(self, camera_ids: Collection[str], refusal: Decision) -> None:
        """Refuses, for now, those of the cameras that nothing is held about."""
        now = self._clock.now()
        for camera_id in camera_ids:
            if camera_id not in self._cameras:
                self.put(camera_id, HeldRights(None, refusal, now, "memory"))

    def refuse_all(self, refusal: Decision) -> None:
        """Lets go of every licence."""
        for camera_id in list(self._cameras):
            self.put(camera_id, HeldRights(None, refusal, self._clock.now(), "cloud"))

    def drop_void(self, void: Void) -> list[str]:
        """Lets go of the licences that `void` says were taken back; which cameras had one."""
        dropped = []
        for camera_id, rights in list(self._cameras.items()):
            signed = rights.held.license
            why = void(signed.kid, signed.issued_at) if signed is not None else None
            if why is not None:
                refusal = refuse(why.error_reason, why.text)
                held = HeldRights(None, refusal, self._clock.now(), rights.held.source)
                self.put(camera_id, held)
                dropped.append(camera_id)
        return dropped

    def unanswered(self, camera_ids: Collection[str]) -> list[str]:
        """Cameras that may not run and whose refusal is unknown or old."""
        now = self._clock.now()
        found = ((each, self._cameras.get(each)) for each in camera_ids)
        return [
            each
            for each, rights in found
            if rights is None
            or (not rights.camera(now).allowed and now >= rights.held.cached_until)
        ]

    def in_grace(self) -> bool:
        """Whether any camera runs past its licence's end."""
        now = self._clock.now()
        return any(rights.in_grace(now) for rights in self._cameras.values())

    def set_offline(self, *, offline: bool) -> None:
        """Whether the cloud is away, which decides if grace applies."""
        if offline != self.offline:
            self.offline = offline
            self.decide_again()

    def tell_what_time_changed(self) -> None:
        """Tells the watchers of every camera whose answers may be others since the last call."""
        now = self._clock.now()
        for camera_id, rights in list(self._cameras.items()):
            if rights.turned(now):
                self._tell(camera_id)

    def decide_again(self) -> None:
        """Judges every camera anew: the clock may have been set back."""
        now = self._clock.now()
        for camera_id, rights in list(self._cameras.items()):
            before = rights.decision
            rights.set_offline(now, offline=self.offline)
            if rights.decision != before:
                self._tell(camera_id)

    def _tell(self, camera_id: str) -> None:
        for changed in self._watchers:
            changed(camera_id)


def _shape(rights: CameraRights) -> tuple[Decision, frozenset[str], FeatureRules]:
    return rights.decision, rights.packs, rights.rules
