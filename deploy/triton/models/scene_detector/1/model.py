"""The scene detector under Triton's Python backend: the ONNX file beside it, run on one thread."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnxruntime
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    """What Triton loads: one session per instance.

    FRAME (n, height, width, 3) uint8 RGB gives DETECTIONS (n, k, 6) float32: x1, y1, x2, y2 in
    pixels, score 0..1 and class index, best first, padded with score 0.
    """

    def initialize(self, args: dict[str, str]) -> None:
        """Load the network; Triton refuses to start the model on any error."""
        config = json.loads(args["model_config"])
        self._input = config["input"][0]["name"]
        self._output = config["output"][0]["name"]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            Path(__file__).with_name("model.onnx"), options, providers=["CPUExecutionProvider"]
        )

    def execute(self, requests: Sequence[Any]) -> list[Any]:
        """Answer each request by itself: one frame or a batch of them."""
        return [self._answer(request) for request in requests]

    def finalize(self) -> None:
        """Release the network."""
        del self._session

    def _answer(self, request: Any) -> Any:
        frames = pb_utils.get_input_tensor_by_name(request, self._input).as_numpy()
        (rows,) = self._session.run([self._output], {self._input: frames})
        return pb_utils.InferenceResponse([pb_utils.Tensor(self._output, rows)])
