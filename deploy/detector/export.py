"""The trained network as ONNX, with pre-processing and decoding inside the graph.

FRAME (n, height, width, 3) uint8 goes in, DETECTIONS (n, MAX_DETECTIONS, 6) float32 comes out:
x1, y1, x2, y2 in pixels, score, class index, best first.
"""

from pathlib import Path

import numpy as np
from onnx import ModelProto, TensorProto, checker, helper, save

from deploy.detector.decoding import decode
from deploy.detector.graph import GraphOps, Weights
from deploy.detector.network import build
from deploy.detector.scenes import FRAME_HEIGHT, FRAME_WIDTH
from deploy.detector.serving import (
    CONFIG_FILE,
    INPUT,
    MAX_DETECTIONS,
    MODEL_FILE,
    MODEL_NAME,
    OUTPUT,
    model_config,
)

_OPSET = 17


def export(weights: Weights, model_file: Path = MODEL_FILE, config: Path = CONFIG_FILE) -> None:
    """Write the model and its Triton configuration."""
    model_file.parent.mkdir(parents=True, exist_ok=True)
    save(onnx_model(weights), model_file)
    config.write_text(model_config(), encoding="utf-8")


def onnx_model(weights: Weights) -> ModelProto:
    """Build and check the whole graph."""
    ops = GraphOps(weights)
    rows = decode(ops, *build(ops, _scaled_image(ops)))
    ops.nodes.append(helper.make_node("Identity", [rows], [OUTPUT]))
    frame = [None, FRAME_HEIGHT, FRAME_WIDTH, 3]
    graph = helper.make_graph(
        ops.nodes,
        MODEL_NAME,
        [helper.make_tensor_value_info(INPUT, TensorProto.UINT8, frame)],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [None, MAX_DETECTIONS, 6])],
        ops.constants,
    )
    opset = helper.make_opsetid("", _OPSET)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=8)
    checker.check_model(model, full_check=True)
    return model


def _scaled_image(ops: GraphOps) -> str:
    image = ops.node("Transpose", INPUT, perm=[0, 3, 1, 2])
    image = ops.node("Cast", image, to=TensorProto.FLOAT)
    image = ops.node("Mul", image, ops.constant(np.array(1 / 127.5, np.float32)))
    return ops.node("Sub", image, ops.constant(np.array(1, np.float32)))
