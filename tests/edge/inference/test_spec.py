"""Only a detector is taken for one."""

from copy import deepcopy
from typing import Any

import numpy as np
import pytest

from edge.inference.detection import Detection
from edge.inference.spec import read_spec

CONFIG: dict[str, Any] = {
    "name": "m",
    "max_batch_size": 8,
    "input": [{"name": "FRAME", "data_type": "TYPE_UINT8", "dims": ["192", "320", "3"]}],
    "output": [{"name": "ROWS", "data_type": "TYPE_FP32", "dims": ["32", "6"]}],
    "parameters": {
        "labels": {"string_value": "person, car"},
        "score_threshold": {"string_value": "0.4"},
    },
}


def test_a_detector_is_read_from_its_configuration() -> None:
    spec = read_spec(CONFIG)
    assert (spec.input_name, spec.output_name, spec.labels) == ("FRAME", "ROWS", ("person", "car"))
    assert spec.shape == [1, 192, 320, 3]
    assert spec.frame_bytes == 192 * 320 * 3
    assert read_spec({**CONFIG, "max_batch_size": 0}).shape == [192, 320, 3]


def test_rows_under_the_threshold_are_no_detections() -> None:
    rows = np.array([[[1, 2, 3, 4, 0.5, 1], [1, 2, 3, 4, 0.39, 0], [0] * 6]], np.float32)
    assert read_spec(CONFIG).read(rows, 640, 192) == (Detection("car", 0.5, 2, 2, 6, 4),)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda c: c["input"][0].update(data_type="TYPE_FP32"), "has the input TYPE_FP32"),
        (lambda c: c["input"][0].update(dims=["3", "192", "320"]), "has the input TYPE_UINT8"),
        (lambda c: c["input"][0].update(dims=["-1", "-1", "3"]), "has the input TYPE_UINT8"),
        (lambda c: c["output"].append({}), "has 2 outputs"),
        (lambda c: c["output"][0].update(dims=["32", "7"]), "has the output TYPE_FP32"),
        (lambda c: c["parameters"].pop("labels"), "has no parameter 'labels'"),
        (
            lambda c: c["parameters"]["score_threshold"].update(string_value="high"),
            "has a score_threshold that is no number",
        ),
    ],
)
def test_what_is_no_detector_is_refused_with_the_reason(change: Any, problem: str) -> None:
    config = deepcopy(CONFIG)
    change(config)
    with pytest.raises(ValueError, match=problem):
        read_spec(config)
