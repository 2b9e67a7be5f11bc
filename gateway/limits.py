"""What one HTTP request may ask of a gateway."""

from __future__ import annotations

from dataclasses import dataclass

from mesh.limits import MIB


@dataclass(frozen=True, slots=True)
class GatewayLimits:
    """Sizes in bytes, times in seconds."""

    max_body_bytes: int = 4 * MIB
    deadline_s: float = 30
    health_deadline_s: float = 1
    slow_s: float = 1
