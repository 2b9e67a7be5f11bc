"""A detector behind NVIDIA Triton, over gRPC.

Frames travel in system shared memory when Triton runs on the same machine, inside the
request otherwise. A Triton that went away is found again by itself, and the memory
registered again.
"""

import asyncio
from typing import Any, NoReturn

import numpy as np
import structlog
from numpy.typing import NDArray
from tritonclient.grpc.aio import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException

from edge.inference.detection import Detection
from edge.inference.errors import ModelUnusable, TritonUnavailable
from edge.inference.region import FrameRegion, region_prefix, remove_leftovers
from edge.inference.spec import ModelSpec, read_spec

_CHANNEL = [
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 10_000),  # what one attempt may take
    ("grpc.max_reconnect_backoff_ms", 1000),
    ("grpc.use_local_subchannel_pool", 1),
]


class TritonDetector:
    """One detector model; safe for any number of pipelines on one event loop."""

    def __init__(
        self, address: str, model: str, *, node: str, slots: int = 8, timeout_s: float = 10.0
    ) -> None:
        """`address` is host:port of Triton's gRPC service. `node` is a name that this node
        keeps when it starts again; no two running clients on one machine share it. At most
        `slots` frames are in flight. Connects at the first use."""
        self.address = address
        self.model = model
        self._client = InferenceServerClient(address, channel_args=_CHANNEL)
        self._prefix = region_prefix(node, model)
        self._slots: asyncio.LifoQueue[int] = asyncio.LifoQueue()
        for slot in range(slots):
            self._slots.put_nowait(slot)
        self._slot_count = slots
        self._timeout_s = timeout_s
        self._lock = asyncio.Lock()
        self._spec: ModelSpec | None = None
        self._inputs: list[InferInput] = []
        self._outputs: list[InferRequestedOutput] = []
        self._region: FrameRegion | None = None
        self._registered = False
        self._log = structlog.get_logger("edge.inference").bind(triton=address, model=model)

    @property
    def shared_memory(self) -> bool:
        """Whether frames travel in shared memory; known after the first `spec`."""
        return self._region is not None

    async def spec(self) -> ModelSpec:
        """What the model says of itself, asked once.

        Raises TritonUnavailable and ModelUnusable.
        """
        if self._spec is None:
            async with self._lock:
                if self._spec is None:
                    self._spec = await self._prepare()
        return self._spec

    async def detect(
        self, image: NDArray[np.uint8], width: int, height: int
    ) -> tuple[Detection, ...]:
        """The objects in one picture, best first.

        `image` is RGB, (height, width, 3) of the model's spec; boxes come in pixels of the
        source's picture of `width` x `height`. Raises TritonUnavailable, after which the
        same call may be made again, and ModelUnusable.
        """
        spec = self._spec or await self.spec()
        if image.shape != (spec.height, spec.width, 3):
            raise ValueError(f"a picture of shape {image.shape} for {spec.shape}")
        slot = await self._slots.get()
        try:
            rows = await self._infer(spec, slot, image)
        finally:
            self._slots.put_nowait(slot)
        return spec.read(rows, width, height)

    async def ready(self) -> bool:
        """Whether Triton answers and has the model ready; never raises."""
        try:
            return bool(await self._client.is_model_ready(self.model, client_timeout=2))
        except InferenceServerException:
            return False

    async def inference_count(self) -> int:
        """Pictures inferred by the model since Triton started, by Triton's own count.

        Raises TritonUnavailable and ModelUnusable.
        """
        try:
            answer = await self._client.get_inference_statistics(
                self.model, client_timeout=self._timeout_s
            )
        except InferenceServerException as error:
            self._refuse(error)
        return sum(int(version.inference_count) for version in answer.model_stats)

    async def close(self) -> None:
        """Gives the shared memory and the connection back."""
        if self._region is not None:
            if self._registered:
                await self._unregister(self._region.name)
            self._region.close()
            self._region = None
        await self._client.close()

    async def _prepare(self) -> ModelSpec:
        try:
            answer = await self._client.get_model_config(
                self.model, as_json=True, client_timeout=self._timeout_s
            )
        except InferenceServerException as error:
            self._refuse(error)
        try:
            spec = read_spec(answer["config"])
        except ValueError as error:
            raise ModelUnusable(self.address, self.model, str(error)) from None
        self._outputs = [InferRequestedOutput(spec.output_name)]
        await self._clean()
        await self._share(spec)
        return spec

    async def _share(self, spec: ModelSpec) -> None:
        """Sets shared memory up, or leaves it when Triton cannot see this machine's."""
        try:
            region = FrameRegion(self._prefix, self._slot_count, spec.frame_bytes)
        except OSError as error:
            self._log.warning("frames_sent_inline", reason=error.strerror)
            return
        try:
            await self._register(region)
        except InferenceServerException as error:
            region.close()
            self._log.info("frames_sent_inline", reason=error.message())
            return
        self._region = region
        for slot in range(self._slot_count):
            tensor = InferInput(spec.input_name, spec.shape, "UINT8")
            tensor.set_shared_memory(region.name, spec.frame_bytes, slot * spec.frame_bytes)
            self._inputs.append(tensor)

    async def _register(self, region: FrameRegion) -> None:
        await self._client.register_system_shared_memory(
            region.name, region.key, region.byte_size, client_timeout=self._timeout_s
        )
        self._registered = True

    async def _clean(self) -> None:
        """Forgets, here and in Triton, the regions of a former process of this node."""
        try:
            known = await self._client.get_system_shared_memory_status(
                client_timeout=self._timeout_s
            )
        except InferenceServerException:
            known = None
        for name in list(known.regions) if known is not None else []:
            if name.startswith(self._prefix):
                await self._unregister(name)
        remove_leftovers(self._prefix)

    async def _unregister(self, name: str) -> None:
        """Tries a few times: Triton lets go of a request a moment after its answer."""
        for _ in range(5):
            try:
                await self._client.unregister_system_shared_memory(name, client_timeout=2)
            except InferenceServerException as error:
                reason = error.message()
            else:
                return
            if "in use" not in str(reason):
                break
            await asyncio.sleep(0.02)
        self._log.info("region_not_unregistered", reason=reason)

    async def _infer(
        self, spec: ModelSpec, slot: int, image: NDArray[np.uint8]
    ) -> NDArray[np.float32]:
        try:
            return await self._ask(spec, self._input(spec, slot, image))
        except InferenceServerException as error:
            if self._region is None or "shared memory" not in str(error.message()):
                self._refuse(error)
        try:
            await self._register_again(self._region)
            return await self._ask(spec, self._input(spec, slot, image))
        except InferenceServerException as error:
            self._refuse(error)

    async def _register_again(self, region: FrameRegion) -> None:
        """After a restart Triton knows no regions; one of the waiting calls tells it again."""
        self._registered = False
        async with self._lock:
            if self._registered:
                return
            known = await self._client.get_system_shared_memory_status(
                client_timeout=self._timeout_s
            )
            if region.name in known.regions:
                self._registered = True
                return
            await self._register(region)
            self._log.info("region_registered_again")

    def _input(self, spec: ModelSpec, slot: int, image: NDArray[np.uint8]) -> InferInput:
        if self._region is not None:
            self._region.write(slot, image)
            return self._inputs[slot]
        tensor = InferInput(spec.input_name, spec.shape, "UINT8")
        tensor.set_data_from_numpy(image.reshape(spec.shape))
        return tensor

    async def _ask(self, spec: ModelSpec, tensor: InferInput) -> NDArray[np.float32]:
        answer = await self._client.infer(
            self.model, [tensor], outputs=self._outputs, client_timeout=self._timeout_s
        )
        rows: NDArray[np.float32] = answer.as_numpy(spec.output_name)
        return rows

    def _refuse(self, error: InferenceServerException) -> NoReturn:
        status, message = str(error.status() or ""), _first_line(error.message())
        if status == "StatusCode.NOT_FOUND" or f"'{self.model}' is not available" in message:
            if self._spec is None:
                raise ModelUnusable(self.address, self.model, "is not there") from error
            message = "the model is gone, as when triton stops"
            raise TritonUnavailable(self.address, self.model, message) from error
        if status == "StatusCode.INVALID_ARGUMENT":
            raise ModelUnusable(self.address, self.model, f"refuses: {message}") from error
        if status == "StatusCode.DEADLINE_EXCEEDED":
            message = f"no answer within {self._timeout_s:g} s"
        raise TritonUnavailable(self.address, self.model, message) from error


def _first_line(message: Any) -> str:
    lines = str(message or "no reason given").splitlines()
    return lines[0] if lines else "no reason given"
