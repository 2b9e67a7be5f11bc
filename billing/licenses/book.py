"""What a tenant's books say of the cameras asked about, as the rules want it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing.licenses.cameras.store import Binding, CameraRow
from billing.licenses.store import LicenseRow, RightsRow
from rights.catalog.model import Plan
from rights.licenses import CameraLicense, LicenseMode, LicenseStatus
from rights.standing import CameraStanding, Question, TenantStanding, standing_steps, tenant_steps
from rights.steps import Step, walk


@dataclass(frozen=True, slots=True)
class Asked:
    """A camera asked about, and by what it is known there; None when that was not said."""

    camera_id: str
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class Book:
    """What the tenant holds, and the cameras asked about that hold a slot, by id.

    `beyond` are the newest cameras, for which the licence became too small. `known_as` names the
    camera of each fingerprint that was asked about and is known. `plan` is the licence's.
    """

    row: RightsRow
    plan: Plan
    cameras: Mapping[str, CameraRow]
    beyond: frozenset[str]
    known_as: Mapping[str, str]

    def steps(self, asked: Asked, device_id: UUID | None, now: datetime) -> tuple[Step, ...]:
        """The rules that decide about the camera, up to the first that refuses."""
        question = Question(
            str(device_id) if device_id is not None else None,
            asked.fingerprint,
            namesake_of(asked, self.known_as),
        )
        camera = self._standing(asked.camera_id)
        return tuple(walk(standing_steps(self._tenant(), camera, question, now)))

    def own_steps(self, now: datetime) -> tuple[Step, ...]:
        """The rules that decide about the tenant itself, up to the first that refuses."""
        return tuple(walk(tenant_steps(self._tenant(), now)))

    def license(self, camera_id: str, now: datetime) -> CameraLicense | None:
        """The licence of a camera whose slot counts."""
        camera = self.cameras.get(camera_id)
        if camera is None or camera_id in self.beyond:
            return None
        return camera_license(self.row.license, camera, now)

    def _tenant(self) -> TenantStanding:
        license_ = self.row.license
        suspended = license_.status == "suspended"
        return TenantStanding(
            epoch=self.row.epoch,
            plan=self.plan,
            mode=LicenseMode(license_.license_mode),
            status=LicenseStatus.SUSPENDED if suspended else LicenseStatus.ACTIVE,
            revoked=license_.status == "revoked",
            valid_until=license_.valid_until,
            cameras_allowed=license_.cameras_allowed,
            cameras_used=self.row.cameras_used,
        )

    def _standing(self, camera_id: str) -> CameraStanding | None:
        camera = self.cameras.get(camera_id)
        if camera is None:
            return None
        holder = str(camera.holder) if camera.holder is not None else None
        return CameraStanding(camera_id not in self.beyond, holder, camera.fingerprint)


def status_of(license_: LicenseRow, now: datetime) -> LicenseStatus:
    """The licence's state at `now`; a revoked one is over."""
    if license_.status == "suspended":
        return LicenseStatus.SUSPENDED
    over = license_.valid_until is not None and license_.valid_until <= now
    if over or license_.status == "revoked":
        return LicenseStatus.EXPIRED
    return LicenseStatus.ACTIVE


def camera_license(license_: LicenseRow, camera: CameraRow, now: datetime) -> CameraLicense:
    """The licence of a camera that holds a slot; its packs are its own and the tenant's.

    A camera in a trial that has not begun cannot be: taking its slot begins the trial.
    """
    return CameraLicense(
        camera.camera_id,
        LicenseMode(license_.license_mode),
        status_of(license_, now),
        frozenset(camera.growth_packs) | frozenset(license_.growth_packs),
        license_.valid_until or now,
    )


def namesake_of(asked: Asked, known_as: Mapping[str, str]) -> str | None:
    """Another camera that is known by the same fingerprint."""
    known = known_as.get(asked.fingerprint) if asked.fingerprint is not None else None
    return known if known != asked.camera_id else None


def bindings(
    book: Book, asked: Iterable[Asked], device_id: UUID | None, now: datetime
) -> list[Binding]:
    """What the cameras asked about, in their order, take at first sight: a slot while one is
    free, the device that asks, the fingerprint that was given. None takes what another has."""
    in_force = status_of(book.row.license, now) is LicenseStatus.ACTIVE
    free = book.row.license.cameras_allowed - book.row.cameras_used if in_force else 0
    known_as = dict(book.known_as)
    found = []
    for each in asked:
        camera = book.cameras.get(each.camera_id)
        if namesake_of(each, known_as) is not None or (camera is None and free <= 0):
            continue
        binding = _binding(camera, each, device_id)
        if binding is None:
            continue
        found.append(binding)
        free -= camera is None
        if binding.fingerprint is not None:
            known_as[binding.fingerprint] = each.camera_id
    return found


def _binding(camera: CameraRow | None, asked: Asked, device_id: UUID | None) -> Binding | None:
    """What the camera takes; None when that is nothing, or it is not for this device."""
    if camera is None:
        return Binding(asked.camera_id, device_id, asked.fingerprint)
    if device_id is not None and camera.holder not in (None, device_id):
        return None
    if asked.fingerprint is not None and camera.fingerprint not in (None, asked.fingerprint):
        return None
    device = device_id if camera.holder is None else None
    fingerprint = asked.fingerprint if camera.fingerprint is None else None
    if device is None and fingerprint is None:
        return None
    return Binding(asked.camera_id, device, fingerprint)
