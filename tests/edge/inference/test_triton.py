"""A real Triton finds objects in frames that travel in shared memory."""

import asyncio
from collections.abc import AsyncIterator, Callable
from uuid import uuid4

import numpy as np
import pytest
from tritonclient.grpc.aio import InferenceServerClient

from deploy.detector.evaluate import match
from deploy.detector.scenes import render_clip
from deploy.local.ports import free_port
from deploy.local.triton import TritonServer
from edge.inference.errors import ModelUnusable, TritonUnavailable
from edge.inference.region import SHARED_MEMORY, FrameRegion, region_prefix
from edge.inference.triton import TritonDetector
from tests.edge.servers import MODEL, inferred

SCENE = list(render_clip(900_001, 12, 25))
New = Callable[..., TritonDetector]


class RegionOfAnotherMachine(FrameRegion):
    """Memory that Triton does not find."""

    def __init__(self, prefix: str, slots: int, slot_bytes: int) -> None:
        super().__init__(prefix, slots, slot_bytes)
        self.key = "/not-here"


@pytest.fixture
async def new_detector(triton: TritonServer) -> AsyncIterator[New]:
    made: list[TritonDetector] = []

    def new(address: str | None = None, model: str = MODEL, **options) -> TritonDetector:
        node = options.pop("node", f"node-{uuid4()}")
        made.append(TritonDetector(address or triton.address, model, node=node, **options))
        return made[-1]

    yield new
    for detector in made:
        await detector.close()


async def regions_of(address: str, prefix: str) -> list[str]:
    client = InferenceServerClient(address)
    known = await client.get_system_shared_memory_status()
    await client.close()
    return [name for name in known.regions if name.startswith(prefix)]


async def test_the_model_tells_what_it_wants_and_what_it_knows(new_detector: New) -> None:
    spec = await new_detector().spec()
    assert (spec.width, spec.height) == (320, 192)
    assert {"person", "car", "bus", "truck", "bicycle"} == set(spec.labels)
    assert 0 < spec.threshold < 1


async def test_objects_are_found_and_triton_counts_exactly_the_frames(new_detector: New) -> None:
    detector = new_detector(slots=3)
    before = await detector.inference_count()
    found = await asyncio.gather(*(detector.detect(picture, 320, 192) for picture, _ in SCENE))
    assert detector.shared_memory
    assert await inferred(detector, before, len(SCENE)) == len(SCENE)
    scores = [match(detections, truth) for detections, (_, truth) in zip(found, SCENE, strict=True)]
    right, wanted = sum(s.tp for s in scores), sum(s.tp + s.fn for s in scores)
    assert wanted > 50
    assert right / wanted > 0.8


async def test_frames_in_the_request_give_the_same_answer_when_memory_cannot_be_shared(
    new_detector: New, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = await new_detector().detect(SCENE[0][0], 320, 192)
    monkeypatch.setattr("edge.inference.triton.FrameRegion", RegionOfAnotherMachine)
    detector = new_detector()
    assert await detector.detect(SCENE[0][0], 320, 192) == shared
    assert not detector.shared_memory


async def test_boxes_come_in_pixels_of_the_sources_own_picture(new_detector: New) -> None:
    detector = new_detector()
    small = await detector.detect(SCENE[0][0], 320, 192)
    large = await detector.detect(SCENE[0][0], 1280, 384)
    assert [box.x1 * 4 for box in small] == pytest.approx([box.x1 for box in large], abs=0.3)
    assert [box.y2 * 2 for box in small] == pytest.approx([box.y2 for box in large], abs=0.2)


async def test_a_picture_of_another_size_is_refused(new_detector: New) -> None:
    with pytest.raises(ValueError, match="shape"):
        await new_detector().detect(np.zeros((10, 10, 3), np.uint8), 10, 10)


async def test_a_missing_model_is_named_with_the_address(
    new_detector: New, triton: TritonServer
) -> None:
    detector = new_detector(model="nobody")
    for ask in (detector.spec, detector.inference_count):
        with pytest.raises(ModelUnusable) as refused:
            await ask()
        assert refused.value.message == f"model nobody of triton at {triton.address} is not there"
    assert not await detector.ready()


async def test_no_triton_is_named_with_the_address(new_detector: New) -> None:
    address = f"127.0.0.1:{free_port()}"
    detector = new_detector(address)
    with pytest.raises(TritonUnavailable, match=rf"triton at {address} \(model {MODEL}: "):
        await detector.spec()
    assert not await detector.ready()


async def test_memory_left_by_a_killed_process_is_cleaned_at_the_next_start(
    new_detector: New, triton: TritonServer
) -> None:
    killed = new_detector(node="node-7")
    await killed.spec()
    prefix = region_prefix("node-7", MODEL)
    (left,) = await regions_of(triton.address, prefix)

    other = new_detector(node="node-8")
    await other.spec()
    assert await regions_of(triton.address, prefix) == [left], "another node's is not touched"

    again = new_detector(node="node-7")
    await again.detect(SCENE[0][0], 320, 192)
    (new,) = await regions_of(triton.address, prefix)
    assert new != left
    assert [path.name for path in SHARED_MEMORY.glob(f"{prefix}*")] == [new]


async def test_closing_leaves_no_memory_behind(new_detector: New, triton: TritonServer) -> None:
    detector = new_detector(node="node-9")
    await detector.detect(SCENE[0][0], 320, 192)
    await detector.close()
    prefix = region_prefix("node-9", MODEL)
    assert await regions_of(triton.address, prefix) == []
    assert list(SHARED_MEMORY.glob(f"{prefix}*")) == []


async def test_a_triton_that_restarted_is_found_again(
    new_detector: New, triton: TritonServer
) -> None:
    detector = new_detector()
    before = await detector.detect(SCENE[0][0], 320, 192)
    await triton.stop(timeout_s=0.05)
    with pytest.raises(TritonUnavailable):
        await detector.detect(SCENE[0][0], 320, 192)
    await triton.start()

    async def detect_again() -> object:
        while True:
            try:
                return await detector.detect(SCENE[0][0], 320, 192)
            except TritonUnavailable:
                await asyncio.sleep(0.05)

    found = await asyncio.wait_for(asyncio.gather(*(detect_again() for _ in range(4))), timeout=150)
    assert found == [before] * 4
    assert detector.shared_memory
