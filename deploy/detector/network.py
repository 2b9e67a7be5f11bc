"""The network's shape, said once for training and for export.

An anchor-free detector in the manner of "Objects as Points" (Zhou, Wang, Krähenbühl 2019): a cell
of the heat map is high where an object's centre lies; the same cell gives the distances from it
to the four sides of the box, as in FCOS (Tian et al. 2019). It has no normalisation layers: it is
shallow enough to train without, and so is exported as it is.
"""

from dataclasses import dataclass
from typing import Protocol, TypeVar

from deploy.detector.boxes import LABELS

STRIDE = 8
"""Pixels of the frame per cell of the output, both ways."""

Tensor = TypeVar("Tensor")


@dataclass(frozen=True, slots=True)
class Conv:
    """A square convolution with bias and `kernel // 2` zeros of padding on every side."""

    name: str
    inputs: int
    outputs: int
    kernel: int = 3
    stride: int = 1


STEM1 = Conv("stem1", 3, 16, stride=2)
STEM2 = Conv("stem2", 16, 32, stride=2)
BODY = Conv("body", 32, 48, stride=2)
INNER1 = Conv("inner1", 48, 48)
INNER2 = Conv("inner2", 48, 48)
WIDE1 = Conv("wide1", 48, 48, stride=2)
WIDE2 = Conv("wide2", 48, 48, stride=2)
WIDE3 = Conv("wide3", 48, 48)
WIDE4 = Conv("wide4", 48, 48)
LATERAL1 = Conv("lateral1", 48, 48, kernel=1)
LATERAL2 = Conv("lateral2", 48, 48, kernel=1)
NECK = Conv("neck", 48, 48)
HEAT = Conv("heat", 48, len(LABELS), kernel=1)
SIDES = Conv("sides", 48, 4, kernel=1)

CONVS = (
    STEM1, STEM2, BODY, INNER1, INNER2, WIDE1, WIDE2, WIDE3, WIDE4, LATERAL1, LATERAL2, NECK,
    HEAT, SIDES,
)  # fmt: skip


class Ops(Protocol[Tensor]):
    """What the network is made of, on the tensors of one library."""

    def conv(self, spec: Conv, x: Tensor) -> Tensor:
        """Convolve with the weights that carry the spec's name."""

    def relu(self, x: Tensor) -> Tensor:
        """Set negative values to zero."""

    def add(self, a: Tensor, b: Tensor) -> Tensor:
        """Add two tensors of one shape."""

    def double(self, x: Tensor) -> Tensor:
        """Repeat every cell twice, both ways."""


def build(ops: Ops[Tensor], image: Tensor) -> tuple[Tensor, Tensor]:
    """Connect the network to an image scaled to about -1..1.

    Returns the heat logits (one channel a label) and the logarithms of the distances to the left,
    top, right and bottom sides in strides; both have a cell for every STRIDE pixels.
    """
    x = image
    for spec in (STEM1, STEM2, BODY):
        x = ops.relu(ops.conv(spec, x))
    x = ops.relu(ops.add(x, ops.conv(INNER2, ops.relu(ops.conv(INNER1, x)))))
    half = ops.relu(ops.conv(WIDE1, x))
    quarter = half
    for spec in (WIDE2, WIDE3, WIDE4):
        quarter = ops.relu(ops.conv(spec, quarter))
    half = ops.relu(ops.add(half, ops.double(ops.conv(LATERAL1, quarter))))
    x = ops.relu(ops.add(x, ops.double(ops.conv(LATERAL2, half))))
    x = ops.relu(ops.conv(NECK, x))
    return ops.conv(HEAT, x), ops.conv(SIDES, x)
