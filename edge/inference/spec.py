"""What a detector model says of itself in Triton's model configuration.

A detector takes one RGB picture, uint8 [height, width, 3], and gives FP32 rows [k, 6] of
x1, y1, x2, y2 in pixels of that picture, score and class index, padded with score 0. Its
configuration's parameters hold `labels` (comma separated, by class index) and
`score_threshold`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.inference.detection import Detection

_ROW = 6


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """How to talk to one detector; `batched` says that its tensors carry a batch dimension."""

    name: str
    input_name: str
    output_name: str
    width: int
    height: int
    batched: bool
    labels: tuple[str, ...]
    threshold: float

    @property
    def frame_bytes(self) -> int:
        """Bytes of one picture."""
        return self.width * self.height * 3

    @property
    def shape(self) -> list[int]:
        """Shape of the input tensor for one picture."""
        picture = [self.height, self.width, 3]
        return [1, *picture] if self.batched else picture

    def read(self, rows: NDArray[np.float32], width: int, height: int) -> tuple[Detection, ...]:
        """The rows that are detections, scaled to a picture of `width` x `height` pixels and
        rounded to a tenth of a pixel and a thousandth of a score."""
        found = rows.reshape(-1, _ROW)
        found = found[found[:, 4] >= self.threshold].astype(np.float64)
        across, down = width / self.width, height / self.height
        boxes = (found[:, :4] * (across, down, across, down)).round(1).tolist()
        scores = found[:, 4].round(3).tolist()
        kinds = found[:, 5].astype(int).tolist()
        return tuple(
            Detection(self.labels[kind], score, *box)
            for kind, score, box in zip(kinds, scores, boxes, strict=True)
        )


def read_spec(config: Mapping[str, Any]) -> ModelSpec:
    """The detector in a model configuration (Triton's ModelConfig as JSON).

    Raises ValueError with words that complete "model m ...".
    """
    (picture, (height, width, _)) = _tensor(config, "input", "TYPE_UINT8", (None, None, 3))
    (rows, _) = _tensor(config, "output", "TYPE_FP32", (None, _ROW))
    return ModelSpec(
        name=str(config["name"]),
        input_name=picture,
        output_name=rows,
        width=width,
        height=height,
        batched=int(config.get("max_batch_size", 0)) > 0,
        labels=tuple(label.strip() for label in _parameter(config, "labels").split(",")),
        threshold=_number(_parameter(config, "score_threshold")),
    )


def _tensor(
    config: Mapping[str, Any], side: str, data_type: str, dims: Sequence[int | None]
) -> tuple[str, list[int]]:
    tensors = config.get(side, [])
    wanted = f"one {side} of {data_type} {['any' if dim is None else dim for dim in dims]}"
    if len(tensors) != 1:
        raise ValueError(f"has {len(tensors)} {side}s; a detector has {wanted}")
    found = [int(dim) for dim in tensors[0].get("dims", [])]
    fits = len(found) == len(dims) and all(
        have > 0 and want in {None, have} for have, want in zip(found, dims, strict=True)
    )
    if tensors[0].get("data_type") != data_type or not fits:
        raise ValueError(
            f"has the {side} {tensors[0].get('data_type')} {found}; a detector has {wanted}"
        )
    return str(tensors[0]["name"]), found


def _parameter(config: Mapping[str, Any], name: str) -> str:
    value = config.get("parameters", {}).get(name, {}).get("string_value", "")
    if not value:
        raise ValueError(f"has no parameter {name!r} in its configuration")
    return str(value)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"has a score_threshold that is no number: {text!r}") from None
