"""What of a camera's configuration its licence lets it run."""

from collections.abc import Iterable
from dataclasses import dataclass

from edge.cameras.model import Camera, Component
from edge.cameras.state import RefusedFeature
from edge.licensing.gate import LicenseGate


@dataclass(frozen=True, slots=True)
class Permissions:
    """`components` are the processors and sinks that may run, `classes` the model classes that
    may be seen. `features` are in use; `refused` says why others are not."""

    source: bool
    components: tuple[Component, ...]
    classes: frozenset[str]
    features: tuple[str, ...]
    refused: tuple[RefusedFeature, ...]


def permit(camera: Camera, labels: Iterable[str], gate: LicenseGate) -> Permissions:
    """Asks the gate for every feature that the camera's components and classes need."""
    asked = _Asked(camera.camera_id, gate)
    source, *others = camera.components
    return Permissions(
        source=asked.all(source.features),
        components=tuple(part for part in others if asked.all(part.features)),
        classes=frozenset(label for label in labels if asked.all((label,))),
        features=tuple(asked.allowed),
        refused=tuple(asked.refused.values()),
    )


class _Asked:
    """The gate's answers for one camera, each feature asked once."""

    def __init__(self, camera_id: str, gate: LicenseGate) -> None:
        self._camera_id = camera_id
        self._gate = gate
        self.allowed: dict[str, None] = {}
        self.refused: dict[str, RefusedFeature] = {}

    def all(self, features: Iterable[str]) -> bool:
        """Whether every one is allowed; all are asked, so that all refusals are known."""
        answers = [self._one(feature) for feature in features]
        return all(answers)

    def _one(self, feature: str) -> bool:
        if feature in self.allowed:
            return True
        if feature in self.refused:
            return False
        decision = self._gate.feature(self._camera_id, feature)
        if decision.allowed:
            self.allowed[feature] = None
        else:
            reason = str(decision.reason or "")
            self.refused[feature] = RefusedFeature(feature, reason, decision.origin)
        return decision.allowed
