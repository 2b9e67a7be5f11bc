"""What can be wrong with Triton; each names its address and the model."""

from mesh.errors import FailedPrecondition, Unavailable


class TritonUnavailable(Unavailable):
    """Triton does not answer, or answers that it is not ready."""

    def __init__(self, address: str, model: str, detail: str) -> None:
        """`detail` says what was seen, in a few words."""
        super().__init__(f"triton at {address} (model {model}: {detail})")


class ModelUnusable(FailedPrecondition):
    """Triton has no such model, or one that does not speak as a detector."""

    def __init__(self, address: str, model: str, problem: str) -> None:
        """`problem` completes the sentence about the model."""
        super().__init__(
            "STATE_CONFLICT", f"model/{model}", f"model {model} of triton at {address} {problem}"
        )
