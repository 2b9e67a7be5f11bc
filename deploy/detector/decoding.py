"""From the network's maps to rows of detections, as ONNX nodes.

A cell is a candidate when it is the highest of its 3x3 neighbourhood in its class. A candidate
that overlaps a better one of its class is the same object seen twice and is dropped; as in Fast
NMS (Bolya et al. 2019) all pairs are compared at once, so that the graph needs no loop.
"""

import numpy as np
from onnx import TensorProto

from deploy.detector.boxes import LABELS
from deploy.detector.graph import GraphOps
from deploy.detector.network import STRIDE
from deploy.detector.scenes import FRAME_HEIGHT, FRAME_WIDTH
from deploy.detector.serving import MAX_DETECTIONS

_ROWS, _COLUMNS = FRAME_HEIGHT // STRIDE, FRAME_WIDTH // STRIDE
_CELLS = _ROWS * _COLUMNS
_CANDIDATES = 64
_SAME_OBJECT_IOU = 0.6


def decode(ops: GraphOps, logits: str, sides: str) -> str:
    """Turn the network's outputs into rows (n, MAX_DETECTIONS, 6), best first.

    A row is x1, y1, x2, y2 in pixels inside the frame, score, class index.
    """
    scores, index = _peaks(ops, logits)
    cells = ops.constant(np.array(_CELLS))
    box = _pick(ops, _boxes(ops, sides), ops.node("Mod", index, cells))
    label = _column(ops, ops.node("Cast", ops.node("Div", index, cells), to=TensorProto.FLOAT))
    twice = _seen_twice(ops, box, label)
    scores = ops.node("Where", twice, ops.constant(np.array(0, np.float32)), scores)
    scores, best = _top(ops, scores, MAX_DETECTIONS)
    box, label = _pick(ops, box, best), _pick(ops, label, best)
    return ops.node("Concat", box, _column(ops, scores), label, axis=2)


def _peaks(ops: GraphOps, logits: str) -> tuple[str, str]:
    """The best local maxima: scores and flat (class, row, column) indices, (n, candidates)."""
    heat = ops.node("Sigmoid", logits)
    highest = ops.node("MaxPool", heat, kernel_shape=[3, 3], strides=[1, 1], pads=[1] * 4)
    zero = ops.constant(np.array(0, np.float32))
    heat = ops.node("Where", ops.node("Equal", heat, highest), heat, zero)
    flat = ops.node("Reshape", heat, _ints(ops, 0, len(LABELS) * _CELLS))
    return _top(ops, flat, _CANDIDATES)


def _boxes(ops: GraphOps, sides: str) -> str:
    """The box that each cell would report, inside the frame: (n, cells, 4)."""
    clipped = ops.node(
        "Clip", sides, ops.constant(np.array(-5, np.float32)), ops.constant(np.array(4, np.float32))
    )
    reach = ops.node("Exp", clipped)
    ys, xs = np.mgrid[:_ROWS, :_COLUMNS]
    centres = (np.stack((xs, ys, xs, ys)) + 0.5).astype(np.float32)[None] * STRIDE
    outwards = np.array([-STRIDE, -STRIDE, STRIDE, STRIDE], np.float32)[None, :, None, None]
    box = ops.node("Mul", reach, ops.constant(outwards))
    box = ops.node("Add", box, ops.constant(centres))
    limits = np.array([FRAME_WIDTH, FRAME_HEIGHT] * 2, np.float32)[None, :, None, None]
    box = ops.node("Min", box, ops.constant(limits))
    box = ops.node("Max", box, ops.constant(np.array(0, np.float32)))
    box = ops.node("Reshape", box, _ints(ops, 0, 4, _CELLS))
    return ops.node("Transpose", box, perm=[0, 2, 1])


def _seen_twice(ops: GraphOps, box: str, label: str) -> str:
    """Whether a better candidate of the same class overlaps: (n, candidates), boolean."""
    x1, y1, x2, y2 = ops.outputs("Split", box, count=4, axis=2)
    zero = ops.constant(np.array(0, np.float32))
    wide = ops.node("Sub", _pairs(ops, "Min", x2), _pairs(ops, "Max", x1))
    high = ops.node("Sub", _pairs(ops, "Min", y2), _pairs(ops, "Max", y1))
    shared = ops.node("Mul", ops.node("Max", wide, zero), ops.node("Max", high, zero))
    area = ops.node("Mul", ops.node("Sub", x2, x1), ops.node("Sub", y2, y1))
    union = ops.node("Sub", _pairs(ops, "Add", area), shared)
    limit = ops.node("Mul", union, ops.constant(np.array(_SAME_OBJECT_IOU, np.float32)))
    same = ops.node("And", ops.node("Greater", shared, limit), _pairs(ops, "Equal", label))
    better = ops.constant(np.tri(_CANDIDATES, k=-1, dtype=np.bool_)[None])
    hits = ops.node("Cast", ops.node("And", same, better), to=TensorProto.FLOAT)
    worst = ops.node("ReduceMax", hits, axes=[2], keepdims=0)
    return ops.node("Cast", worst, to=TensorProto.BOOL)


def _pairs(ops: GraphOps, kind: str, column: str) -> str:
    """Combine every candidate with every other: (n, candidates, 1) to a square."""
    return ops.node(kind, column, ops.node("Transpose", column, perm=[0, 2, 1]))


def _top(ops: GraphOps, scores: str, count: int) -> tuple[str, str]:
    """The highest scores of each frame and where they are."""
    values, index = ops.outputs("TopK", scores, _ints(ops, count), count=2, axis=1)
    return values, index


def _pick(ops: GraphOps, rows: str, index: str) -> str:
    """The rows (n, any, width) at index (n, k)."""
    return ops.node("GatherND", rows, _column(ops, index), batch_dims=1)


def _column(ops: GraphOps, values: str) -> str:
    return ops.node("Unsqueeze", values, _ints(ops, 2))


def _ints(ops: GraphOps, *values: int) -> str:
    return ops.constant(np.array(values))
