"""The network as ONNX nodes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from deploy.detector.network import Conv

Weights = Mapping[str, tuple[NDArray[np.float32], NDArray[np.float32]]]
"""For each convolution its weights (height, width, in, out) and bias (out,)."""


class GraphOps:
    """The network's operations as ONNX nodes on (batch, channel, height, width) tensors."""

    def __init__(self, weights: Weights) -> None:
        """Start an empty graph."""
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self._weights = weights

    def conv(self, spec: Conv, x: str) -> str:
        """Convolve with the weights that carry the spec's name."""
        weights, bias = self._weights[spec.name]
        kernel = self.constant(np.ascontiguousarray(np.transpose(weights, (3, 2, 0, 1))))
        pads = [spec.kernel // 2] * 4
        strides = [spec.stride] * 2
        return self.node("Conv", x, kernel, self.constant(bias), pads=pads, strides=strides)

    def relu(self, x: str) -> str:
        """Set negative values to zero."""
        return self.node("Relu", x)

    def add(self, a: str, b: str) -> str:
        """Add two tensors of one shape."""
        return self.node("Add", a, b)

    def double(self, x: str) -> str:
        """Repeat every cell twice, both ways."""
        scales = self.constant(np.array([1, 1, 2, 2], np.float32))
        return self.node(
            "Resize",
            x,
            "",
            scales,
            mode="nearest",
            coordinate_transformation_mode="asymmetric",
            nearest_mode="floor",
        )

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Append a node and return its only output."""
        return self.outputs(kind, *inputs, count=1, **attributes)[0]

    def outputs(self, kind: str, *inputs: str, count: int, **attributes: Any) -> list[str]:
        """Append a node and return its outputs."""
        names = [f"{kind.lower()}{len(self.nodes)}_{index}" for index in range(count)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names

    def constant(self, value: NDArray[np.generic]) -> str:
        """Append a constant and return its name."""
        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(value, name))
        return name
