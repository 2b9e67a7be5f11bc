"""What each class looks like and how large it is."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from deploy.detector.raster import Colour, Sprite

DARK: Colour = (28.0, 28.0, 32.0)
GLASS: Colour = (150.0, 180.0, 200.0)
STEEL: Colour = (165.0, 168.0, 172.0)
SKIN = ((232.0, 190.0, 160.0), (196.0, 146.0, 110.0), (120.0, 82.0, 58.0))


@dataclass(frozen=True, slots=True)
class Look:
    """What tells one object of a class from another.

    `height` is in pixels on the nearest ground, `aspect` is width over height, `main` and
    `second` are its colours, `detail` picks among variants, `pace` is gait cycles per second.
    """

    label: str
    height: float
    aspect: float
    main: Colour
    second: Colour
    detail: int
    pace: float


_HEIGHTS = {
    "person": (36, 54), "car": (25, 34), "bus": (46, 58), "truck": (42, 56), "bicycle": (27, 36),
}  # fmt: skip
_ASPECTS = {
    "person": (0.36, 0.46), "car": (1.9, 2.4), "bus": (2.3, 3.0), "truck": (1.8, 2.3),
    "bicycle": (1.5, 1.75),
}  # fmt: skip


def random_look(rng: np.random.Generator, label: str) -> Look:
    """Draw one object's appearance."""
    return Look(
        label,
        rng.uniform(*_HEIGHTS[label]),
        rng.uniform(*_ASPECTS[label]),
        _colour(rng),
        _colour(rng),
        int(rng.integers(0, 6)),
        rng.uniform(0.8, 1.6),
    )


def draw(look: Look, sprite: Sprite, height: float, seconds: float) -> None:
    """Paint the object as it is at `seconds`, `height` pixels tall."""
    _PAINTERS[look.label](look, sprite, height, 2 * math.pi * look.pace * seconds)


def _colour(rng: np.random.Generator) -> Colour:
    if rng.random() < 0.35:
        grey = rng.uniform(30, 240)
        return (grey, grey, grey)
    red, green, blue = rng.uniform(25, 240, 3)
    return (red, green, blue)


def _shade(colour: Colour, gain: float) -> Colour:
    red, green, blue = (min(value * gain, 255.0) for value in colour)
    return (red, green, blue)


def _wheel(sprite: Sprite, x: float, y: float, radius: float) -> None:
    sprite.disc(x, y, radius, DARK)
    sprite.disc(x, y, radius * 0.45, STEEL)


def _person(look: Look, sprite: Sprite, height: float, phase: float) -> None:
    swing = 0.30 * math.sin(phase)
    limb = max(height * 0.095, 2.0)
    foot = 0.98 - limb / height / 2
    sprite.stroke((0.46, 0.55), (0.5 - swing, foot), limb, _shade(look.second, 0.8))
    sprite.stroke((0.54, 0.55), (0.5 + swing, foot), limb, look.second)
    sprite.stroke((0.34, 0.24), (0.5 - 0.9 * swing - 0.12, 0.52), limb * 0.8, look.main)
    sprite.rectangle(0.25, 0.2, 0.75, 0.57, look.main)
    sprite.stroke(
        (0.66, 0.24), (0.5 + 0.9 * swing + 0.12, 0.52), limb * 0.8, _shade(look.main, 0.7)
    )
    sprite.disc(0.5, 0.1, height * 0.095, SKIN[look.detail % 3])
    if look.detail % 2:
        sprite.ellipse(0.5, 0.045, 0.22, 0.045, DARK)


def _car(look: Look, sprite: Sprite, height: float, _phase: float) -> None:
    rear = 0.04 if look.detail % 2 else 0.2
    sprite.polygon(((rear + 0.1, 0.02), (0.64, 0.02), (0.82, 0.45), (rear, 0.45)), look.main)
    sprite.polygon(((rear + 0.13, 0.1), (0.43, 0.1), (0.43, 0.42), (rear + 0.07, 0.42)), GLASS)
    sprite.polygon(((0.48, 0.1), (0.61, 0.1), (0.75, 0.42), (0.48, 0.42)), GLASS)
    sprite.rectangle(0.01, 0.42, 0.99, 0.82, look.main)
    sprite.rectangle(0.01, 0.68, 0.99, 0.82, _shade(look.main, 0.65))
    sprite.rectangle(0.94, 0.5, 0.99, 0.6, (250.0, 240.0, 190.0))
    sprite.rectangle(0.01, 0.5, 0.05, 0.6, (200.0, 40.0, 40.0))
    _wheel(sprite, 0.22, 0.79, height * 0.2)
    _wheel(sprite, 0.78, 0.79, height * 0.2)


def _bus(look: Look, sprite: Sprite, height: float, _phase: float) -> None:
    sprite.rectangle(0.01, 0.01, 0.99, 0.9, look.main)
    sprite.rectangle(0.01, 0.6, 0.99, 0.68, look.second)
    sprite.rectangle(0.01, 0.82, 0.99, 0.9, _shade(look.main, 0.6))
    panes = 5 + look.detail % 3
    for pane in range(panes):
        left = 0.04 + pane * 0.82 / panes
        sprite.rectangle(left, 0.14, left + 0.66 / panes, 0.5, GLASS)
    sprite.rectangle(0.88, 0.14, 0.98, 0.74, _shade(GLASS, 0.8))
    _wheel(sprite, 0.18, 0.88, height * 0.115)
    _wheel(sprite, 0.78, 0.88, height * 0.115)


def _truck(look: Look, sprite: Sprite, height: float, _phase: float) -> None:
    sprite.rectangle(0.02, 0.74, 0.98, 0.84, DARK)
    sprite.rectangle(0.01, 0.01, 0.68, 0.76, look.second)
    for rib in range(1, 4 + look.detail % 3):
        left = 0.01 + rib * 0.67 / (4 + look.detail % 3)
        sprite.stroke((left, 0.04), (left, 0.73), 1.0, _shade(look.second, 0.7))
    sprite.polygon(((0.72, 0.24), (0.9, 0.24), (0.99, 0.52), (0.99, 0.8), (0.72, 0.8)), look.main)
    sprite.polygon(((0.79, 0.3), (0.88, 0.3), (0.95, 0.52), (0.79, 0.52)), GLASS)
    for x in (0.14, 0.29, 0.85):
        _wheel(sprite, x, 0.86, height * 0.135)


def _bicycle(look: Look, sprite: Sprite, height: float, phase: float) -> None:
    line = max(height * 0.065, 1.6)
    radius = height * 0.29
    hub = 0.98 - (radius + line / 2) / height
    back, front = (0.21, hub), (0.79, hub)
    crank, seat, head = (0.45, hub), (0.36, 0.24), (0.68, 0.2)
    for x, _ in (back, front):
        sprite.ring(x, hub, radius, line, DARK)
    for start, end in ((back, crank), (back, seat), (seat, crank), (seat, head), (crank, head)):
        sprite.stroke(start, end, line * 1.15, look.main)
    sprite.stroke(front, (0.66, 0.08), line * 1.15, look.main)
    sprite.stroke((0.6, 0.08), (0.74, 0.06), line, DARK)
    sprite.stroke((0.29, 0.17), (0.43, 0.17), line * 1.5, DARK)
    turn = 0.12 * math.cos(phase), 0.16 * math.sin(phase)
    for side in (-1, 1):
        pedal = (crank[0] + side * turn[0], crank[1] + side * turn[1])
        sprite.stroke(crank, pedal, line, STEEL)


_PAINTERS: dict[str, Callable[[Look, Sprite, float, float], None]] = {
    "person": _person,
    "car": _car,
    "bus": _bus,
    "truck": _truck,
    "bicycle": _bicycle,
}
