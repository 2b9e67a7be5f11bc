"""Moving traffic scenes with their ground truth, rendered from a seed.

A scene is a street seen from the side: two pavements and three lanes, farther ones smaller, each
with its own speed and direction. Nearer objects hide farther ones. The same seed gives the same
frames on the same version of numpy.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deploy.detector.actors import Look, draw, random_look
from deploy.detector.backdrop import Light, paint_backdrop, random_light
from deploy.detector.boxes import LABELS, Box
from deploy.detector.raster import Image, Sprite

__all__ = ["FRAME_HEIGHT", "FRAME_WIDTH", "LABELS", "Box", "Frame", "render_clip"]

FRAME_HEIGHT = 192
FRAME_WIDTH = 320
MIN_VISIBLE = 0.6
"""An object counts as ground truth when this share of its pixels is in the frame and unhidden."""
MIN_NOTICED = 0.05
"""Under this visible share an object is left out; between the two it is an ignored box."""

Frame = NDArray[np.uint8]

_VEHICLES = ("car", "bus", "truck", "bicycle")
_VEHICLE_SHARES = (0.42, 0.17, 0.19, 0.22)


@dataclass(frozen=True, slots=True)
class _Actor:
    track: int
    look: Look
    x: float
    ground: float
    scale: float


@dataclass(frozen=True, slots=True)
class _Lane:
    """Objects that move together: `speed` in pixels a second, negative to the left."""

    actors: tuple[_Actor, ...]
    speed: float
    sway: float
    phase: float

    def offset(self, seconds: float) -> float:
        """How far the lane has moved, in pixels: always onwards, sometimes slower."""
        return self.speed * (seconds + self.sway * math.sin(seconds + self.phase))


def render_clip(seed: int, frames: int, fps: float) -> Iterator[tuple[Frame, tuple[Box, ...]]]:
    """Yield `frames` frames (FRAME_HEIGHT, FRAME_WIDTH, 3; RGB) with the boxes of each.

    Box.track is unique within the clip. A box covers the visible pixels of its object; an object
    of which less than MIN_VISIBLE is seen is `ignored`, less than MIN_NOTICED is left out.
    """
    rng = np.random.default_rng(seed)
    horizon = rng.uniform(40, 60)
    backdrop = paint_backdrop(rng, FRAME_HEIGHT, FRAME_WIDTH, horizon)
    light = random_light(rng)
    lanes = _random_lanes(rng, frames / fps)
    for index in range(frames):
        seconds = index / fps
        canvas = backdrop.copy()
        boxes = _draw_actors(canvas, lanes, seconds)
        yield _expose(rng, canvas, light, seconds), boxes


def _random_lanes(rng: np.random.Generator, seconds: float) -> tuple[_Lane, ...]:
    lanes: list[_Lane] = []
    track = 0
    for ground, walk in ((84, True), (108, False), (132, False), (158, False), (184, True)):
        speed = rng.choice((-1.0, 1.0)) * (rng.uniform(8, 22) if walk else rng.uniform(22, 75))
        travel = abs(speed) * (seconds + 2)
        ahead, behind = (travel, 150.0) if speed < 0 else (150.0, travel)
        actors: list[_Actor] = []
        x = -behind + rng.uniform(0, 150)
        while x < FRAME_WIDTH + ahead:
            label = "person" if walk else str(rng.choice(_VEHICLES, p=_VEHICLE_SHARES))
            actor = _random_actor(rng, track, label, x, ground)
            actors.append(actor)
            track += 1
            x += actor.look.height * actor.look.aspect * actor.scale + _gap(rng, walk=walk)
        lanes.append(_Lane(tuple(actors), speed, rng.uniform(0, 0.9), rng.uniform(0, 6.28)))
    return tuple(lanes)


def _random_actor(
    rng: np.random.Generator, track: int, label: str, x: float, ground: float
) -> _Actor:
    ground = ground + rng.uniform(-5, 5)
    return _Actor(track, random_look(rng, label), x, ground, 0.35 + 0.65 * ground / FRAME_HEIGHT)


def _gap(rng: np.random.Generator, *, walk: bool) -> float:
    return float(rng.uniform(6, 180) if walk else rng.uniform(14, 230))


def _draw_actors(canvas: Image, lanes: tuple[_Lane, ...], seconds: float) -> tuple[Box, ...]:
    owners = np.full(canvas.shape[:2], -1, np.int32)
    drawn: list[tuple[_Actor, int]] = []
    placed = [
        (actor, actor.x + lane.offset(seconds), lane.speed < 0)
        for lane in lanes
        for actor in lane.actors
    ]
    for actor, x, leftwards in sorted(placed, key=lambda item: item[0].ground):
        height = actor.look.height * actor.scale
        width = height * actor.look.aspect
        if x + width < -2 or x > FRAME_WIDTH + 2:
            continue
        sprite = Sprite(x, actor.ground - height, width, height, mirrored=leftwards)
        draw(actor.look, sprite, height, seconds)
        _compose(canvas, owners, sprite, actor.track)
        drawn.append((actor, int(np.count_nonzero(sprite.alpha > 0.5))))
    boxes = (_visible_box(owners, actor, pixels) for actor, pixels in drawn)
    return tuple(box for box in boxes if box is not None)


def _compose(canvas: Image, owners: NDArray[np.int32], sprite: Sprite, track: int) -> None:
    rows, columns = canvas.shape[:2]
    top, left = max(sprite.row, 0), max(sprite.column, 0)
    bottom = min(sprite.row + sprite.alpha.shape[0], rows)
    right = min(sprite.column + sprite.alpha.shape[1], columns)
    if top >= bottom or left >= right:
        return
    inside = np.s_[
        top - sprite.row : bottom - sprite.row, left - sprite.column : right - sprite.column
    ]
    alpha = sprite.alpha[inside]
    target = canvas[top:bottom, left:right]
    target += alpha[..., None] * (sprite.rgb[inside] - target)
    owners[top:bottom, left:right][alpha > 0.5] = track


def _visible_box(owners: NDArray[np.int32], actor: _Actor, pixels: int) -> Box | None:
    mine = owners == actor.track
    seen = int(np.count_nonzero(mine))
    if seen < MIN_NOTICED * pixels or seen == 0:
        return None
    columns = np.flatnonzero(mine.any(axis=0))
    rows = np.flatnonzero(mine.any(axis=1))
    return Box(
        actor.look.label,
        float(columns[0]),
        float(rows[0]),
        float(columns[-1] + 1),
        float(rows[-1] + 1),
        ignored=seen < MIN_VISIBLE * pixels,
        track=actor.track,
    )


def _expose(rng: np.random.Generator, canvas: Image, light: Light, seconds: float) -> Frame:
    exposed: Image = canvas * light.gain(seconds)
    exposed += light.noise * rng.standard_normal(canvas.shape, np.float32)
    frame: Frame = np.clip(exposed + 0.5, 0, 255).astype(np.uint8)
    return frame
