"""The street behind the traffic, and the light on it."""

import math
from dataclasses import dataclass

import numpy as np

from deploy.detector.raster import Colour, Image, Sprite


@dataclass(frozen=True, slots=True)
class Light:
    """A clip's exposure: gain per colour channel, its slow wave, and sensor noise (grey levels)."""

    tint: Colour
    depth: float
    period: float
    noise: float

    def gain(self, seconds: float) -> Image:
        """The gain of the three channels at `seconds`."""
        wave = 1 + self.depth * math.sin(2 * math.pi * seconds / self.period)
        return np.asarray(self.tint, np.float32) * np.float32(wave)


def random_light(rng: np.random.Generator) -> Light:
    """Draw the light of one clip, from dusk to bright day."""
    level = rng.uniform(0.6, 1.1)
    red, green, blue = level * rng.uniform(0.92, 1.08, 3)
    return Light((red, green, blue), rng.uniform(0, 0.15), rng.uniform(3, 12), rng.uniform(1, 7))


def paint_backdrop(rng: np.random.Generator, height: int, width: int, horizon: float) -> Image:
    """Paint sky, houses, trees, pavement and lanes; grey levels 0..255, (height, width, 3)."""
    scene = Sprite(1, 1, width, height, mirrored=False)
    _paint_sky(rng, scene, horizon / height)
    _paint_houses(rng, scene, horizon / height)
    road = 94 / height, 163 / height
    pavement = _grey(rng, 110, 175)
    scene.rectangle(-1, horizon / height, 2, 2, pavement)
    scene.rectangle(-1, road[0], 2, road[1], _grey(rng, 50, 105))
    _paint_lanes(rng, scene, height)
    _paint_posts(rng, scene, horizon / height)
    image = scene.rgb[1 : height + 1, 1 : width + 1]
    return np.ascontiguousarray(image + _texture(rng, height, width))


def _grey(rng: np.random.Generator, low: float, high: float) -> Colour:
    level = rng.uniform(low, high)
    red, green, blue = level + rng.uniform(-10, 10, 3)
    return (red, green, blue)


def _paint_sky(rng: np.random.Generator, scene: Sprite, horizon: float) -> None:
    top = np.array((rng.uniform(70, 170), rng.uniform(120, 200), rng.uniform(160, 245)))
    for band in range(12):
        red, green, blue = top + band * 5
        scene.rectangle(-1, horizon * band / 12 - 0.01, 2, 2, (red, green, blue))


def _paint_houses(rng: np.random.Generator, scene: Sprite, horizon: float) -> None:
    x = rng.uniform(-0.1, 0.1)
    while x < 1:
        width = rng.uniform(0.08, 0.25)
        roof = horizon * rng.uniform(0.05, 0.7)
        wall = _grey(rng, 60, 190)
        if rng.random() < 0.3:
            scene.ellipse(x + width / 2, horizon * 0.7, width * 0.35, horizon * 0.5, (60, 110, 60))
        else:
            scene.rectangle(x, roof, x + width, horizon, wall)
            for column in range(int(width / 0.04)):
                left = x + 0.012 + column * 0.04
                scene.rectangle(left, roof + 0.03, left + 0.018, roof + 0.08, _grey(rng, 30, 220))
        x += width + rng.uniform(0, 0.1)


def _paint_lanes(rng: np.random.Generator, scene: Sprite, height: int) -> None:
    paint = _grey(rng, 170, 235)
    start, step = rng.uniform(-0.1, 0), rng.uniform(0.09, 0.16)
    for y in (112 / height, 137 / height):
        for dash in range(13):
            left = start + dash * step
            scene.rectangle(left, y, left + step / 2, y + 0.008, paint)


def _paint_posts(rng: np.random.Generator, scene: Sprite, horizon: float) -> None:
    for _ in range(int(rng.integers(0, 6))):
        x, colour = rng.uniform(0, 1), _grey(rng, 40, 200)
        scene.rectangle(x, horizon - 0.12, x + 0.008, horizon + 0.1, colour)
        if rng.random() < 0.5:
            scene.rectangle(
                x - 0.02, horizon - 0.16, x + 0.028, horizon - 0.07, _grey(rng, 40, 230)
            )


def _texture(rng: np.random.Generator, height: int, width: int) -> Image:
    """Grain at two sizes: patches of eight pixels, and single pixels."""
    coarse = rng.normal(0, rng.uniform(1, 6), (math.ceil(height / 8), math.ceil(width / 8)))
    patches = np.kron(coarse, np.ones((8, 8)))[:height, :width]
    grain = rng.normal(0, rng.uniform(1, 4), (height, width))
    return (patches + grain).astype(np.float32)[..., None]
