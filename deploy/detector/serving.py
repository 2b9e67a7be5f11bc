"""How the detector is served: the facts of its Triton model, and the configuration that says them.

A client reads class names and threshold from the model's configuration, never from this module.
"""

from pathlib import Path

from deploy.detector.boxes import LABELS
from deploy.detector.scenes import FRAME_HEIGHT, FRAME_WIDTH

MODEL_NAME = "scene_detector"
INPUT = "FRAME"
OUTPUT = "DETECTIONS"
MAX_BATCH = 8
MAX_DETECTIONS = 32
"""Rows returned for every frame; those that are no detection score 0."""
SCORE_THRESHOLD = 0.4
"""The confidence from which a row is a detection, chosen on scenes of the training range."""

MODEL_DIRECTORY = Path(__file__).parent.parent / "triton" / "models" / MODEL_NAME
MODEL_FILE = MODEL_DIRECTORY / "1" / "model.onnx"
CONFIG_FILE = MODEL_DIRECTORY / "config.pbtxt"


def model_config() -> str:
    """Write Triton's model configuration (protobuf text format).

    There is no dynamic batching: a request runs by itself, and Triton's inference_count grows by
    exactly the frames that it carried.
    """
    return f"""\
# Written by deploy.detector.export.
name: "{MODEL_NAME}"
backend: "python"
max_batch_size: {MAX_BATCH}

# One RGB picture, uint8.
input [
  {{ name: "{INPUT}" data_type: TYPE_UINT8 dims: [ {FRAME_HEIGHT}, {FRAME_WIDTH}, 3 ] }}
]

# Rows of x1, y1, x2, y2 (pixels), score (0..1), class index; best first, padded with score 0.
output [
  {{ name: "{OUTPUT}" data_type: TYPE_FP32 dims: [ {MAX_DETECTIONS}, 6 ] }}
]

instance_group [ {{ count: 1 kind: KIND_CPU }} ]

parameters {{ key: "labels" value: {{ string_value: "{",".join(LABELS)}" }} }}
parameters {{ key: "score_threshold" value: {{ string_value: "{SCORE_THRESHOLD}" }} }}
"""
