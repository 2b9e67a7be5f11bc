"""What can go wrong at the two ends of a pipeline."""

from mesh.errors import FailedPrecondition


class SourceError(FailedPrecondition):
    """A video cannot be read; the message names it without credentials."""

    def __init__(self, source: str, problem: str) -> None:
        """`source` is already redacted; `problem` completes "the video ...: "."""
        super().__init__("STATE_CONFLICT", "source", f"the video {source}: {problem}")


class SinkError(FailedPrecondition):
    """A result cannot be written."""

    def __init__(self, sink: str, problem: str) -> None:
        """`sink` says where to."""
        super().__init__("STATE_CONFLICT", "sink", f"{sink}: {problem}")
