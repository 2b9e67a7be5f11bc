"""Anti-aliased shapes, painted in an object's own unit square.

Coverage of a pixel is taken from its signed distance to the shape's edge: fully inside from half a
pixel in, fully outside from half a pixel out.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
Colour = tuple[float, float, float]
Point = tuple[float, float]


class Sprite:
    """One object on a transparent patch, placed in the frame to a fraction of a pixel.

    Shapes take coordinates of the unit square (0, 0 at the top left, 1, 1 at the bottom right),
    which is `width` by `height` pixels large with its top left at (`left`, `top`) of the frame.
    Line widths are in pixels. `mirrored` flips the square left to right.
    """

    def __init__(
        self, left: float, top: float, width: float, height: float, *, mirrored: bool
    ) -> None:
        """Start transparent."""
        self.column = math.floor(left) - 1
        self.row = math.floor(top) - 1
        columns = math.ceil(width) + 4
        rows = math.ceil(height) + 4
        self.rgb: Image = np.zeros((rows, columns, 3), np.float32)
        self.alpha: Image = np.zeros((rows, columns), np.float32)
        self._width, self._height, self._mirrored = width, height, mirrored
        self._xs = np.arange(columns, dtype=np.float32) + np.float32(0.5 + self.column - left)
        self._ys = np.arange(rows, dtype=np.float32) + np.float32(0.5 + self.row - top)

    def rectangle(self, x1: float, y1: float, x2: float, y2: float, colour: Colour) -> None:
        """Fill an upright rectangle."""
        (ax, ay), (bx, by) = self._pixels((x1, y1)), self._pixels((x2, y2))
        xs, ys, window = self._window((ax, bx), (ay, by), 1.0)
        across = np.abs(xs - (ax + bx) / 2) - abs(bx - ax) / 2
        down = np.abs(ys - (ay + by) / 2) - abs(by - ay) / 2
        self._paint(np.maximum(across, down), window, colour)

    def ellipse(self, x: float, y: float, rx: float, ry: float, colour: Colour) -> None:
        """Fill an upright ellipse with radii `rx`, `ry` in units of the square."""
        cx, cy = self._pixels((x, y))
        px, py = rx * self._width, ry * self._height
        xs, ys, window = self._window((cx - px, cx + px), (cy - py, cy + py), 1.0)
        reach = np.sqrt(((xs - cx) / px) ** 2 + ((ys - cy) / py) ** 2)
        self._paint((reach - 1) * min(px, py), window, colour)

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """Fill a circle; `radius` is in pixels."""
        self.ellipse(x, y, radius / self._width, radius / self._height, colour)

    def ring(self, x: float, y: float, radius: float, line: float, colour: Colour) -> None:
        """Draw a circle's outline; `radius` (to the line's middle) and `line` are in pixels."""
        cx, cy = self._pixels((x, y))
        reach = radius + line
        xs, ys, window = self._window((cx - reach, cx + reach), (cy - reach, cy + reach), 1.0)
        distance = np.abs(np.hypot(xs - cx, ys - cy) - radius) - line / 2
        self._paint(distance, window, colour)

    def stroke(self, start: Point, end: Point, line: float, colour: Colour) -> None:
        """Draw a straight line with round ends, `line` pixels wide."""
        (ax, ay), (bx, by) = self._pixels(start), self._pixels(end)
        xs, ys, window = self._window((ax, bx), (ay, by), line)
        dx, dy = bx - ax, by - ay
        along = ((xs - ax) * dx + (ys - ay) * dy) / max(dx * dx + dy * dy, 1e-6)
        along = np.clip(along, 0, 1)
        distance = np.hypot(xs - ax - along * dx, ys - ay - along * dy) - line / 2
        self._paint(distance, window, colour)

    def polygon(self, points: Sequence[Point], colour: Colour) -> None:
        """Fill a convex polygon given clockwise on the screen."""
        corners = [self._pixels(point) for point in points]
        if self._mirrored:
            corners.reverse()
        xs, ys, window = self._window([x for x, _ in corners], [y for _, y in corners], 1.0)
        distance = np.full((ys.shape[0], xs.shape[1]), -np.inf, np.float32)
        for (ax, ay), (bx, by) in zip(corners, corners[1:] + corners[:1], strict=True):
            length = max(math.hypot(bx - ax, by - ay), 1e-6)
            edge = ((xs - ax) * (by - ay) - (ys - ay) * (bx - ax)) / length
            distance = np.maximum(distance, edge)
        self._paint(distance, window, colour)

    def _pixels(self, point: Point) -> Point:
        x = 1 - point[0] if self._mirrored else point[0]
        return x * self._width, point[1] * self._height

    def _window(
        self, across: Sequence[float], down: Sequence[float], margin: float
    ) -> tuple[Image, Image, tuple[slice, slice]]:
        columns = slice(
            int(np.searchsorted(self._xs, min(across) - margin)),
            int(np.searchsorted(self._xs, max(across) + margin)),
        )
        rows = slice(
            int(np.searchsorted(self._ys, min(down) - margin)),
            int(np.searchsorted(self._ys, max(down) + margin)),
        )
        return self._xs[None, columns], self._ys[rows, None], (rows, columns)

    def _paint(
        self, distance: NDArray[np.floating], window: tuple[slice, slice], colour: Colour
    ) -> None:
        cover = np.clip(0.5 - distance, 0, 1).astype(np.float32)
        rgb, alpha = self.rgb[window], self.alpha[window]
        rgb += cover[..., None] * (np.asarray(colour, np.float32) - rgb)
        alpha += cover * (1 - alpha)
