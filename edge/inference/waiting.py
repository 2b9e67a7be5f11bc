"""A node with cameras does not start without its model."""

import asyncio

from edge.inference.errors import ModelUnusable, TritonUnavailable
from edge.inference.triton import TritonDetector
from mesh.clock import Clock
from mesh.errors import StartError

_PATIENCE_S = 10.0
_PAUSE_S = 0.25


async def wait_for_model(
    detector: TritonDetector, clock: Clock, patience_s: float = _PATIENCE_S
) -> None:
    """Returns once the model answers; a Triton that is still starting gets `patience_s`.

    Raises StartError naming address and model.
    """
    deadline = clock.monotonic() + patience_s
    while True:
        try:
            await detector.spec()
            return
        except ModelUnusable as error:
            raise StartError(f"{error.message}; set BRINKBYTE_EDGE_MODEL to one it has") from error
        except TritonUnavailable as error:
            if clock.monotonic() > deadline:
                raise StartError(
                    f"{error.message}; start it or set BRINKBYTE_TRITON_ADDR"
                ) from error
        await asyncio.sleep(_PAUSE_S)
