"""The committed detector, served by a real Triton, on scenes that training never saw."""

import asyncio
from collections.abc import AsyncIterator
from itertools import combinations

import numpy as np
import pytest
from tritonclient.grpc import InferInput
from tritonclient.grpc.aio import InferenceServerClient

from deploy.detector.boxes import LABELS, detections_from_rows, iou
from deploy.detector.evaluate import Score, ServedDetector, evaluate
from deploy.detector.scenes import Frame, render_clip
from deploy.detector.seeds import EVAL_SEEDS
from deploy.detector.serving import (
    CONFIG_FILE,
    INPUT,
    MAX_DETECTIONS,
    MODEL_DIRECTORY,
    MODEL_NAME,
    OUTPUT,
    model_config,
)
from deploy.local.testing import triton_server


@pytest.fixture(scope="module")
async def triton(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[InferenceServerClient]:
    directory = tmp_path_factory.mktemp("detector")
    async with (
        triton_server(directory, MODEL_DIRECTORY.parent) as server,
        InferenceServerClient(server.address) as client,
    ):
        yield client


async def rows_of(client: InferenceServerClient, frames: Frame) -> np.ndarray:
    tensor = InferInput(INPUT, list(frames.shape), "UINT8")
    tensor.set_data_from_numpy(frames)
    return (await client.infer(MODEL_NAME, [tensor])).as_numpy(OUTPUT)


async def frames_counted(client: InferenceServerClient) -> int:
    statistics = await client.get_inference_statistics(MODEL_NAME)
    return int(statistics.model_stats[0].inference_count)


def some_frames(count: int) -> Frame:
    return np.stack([frame for frame, _ in render_clip(EVAL_SEEDS[-1], count, 5)])


async def test_it_finds_what_is_there_and_little_else(triton: InferenceServerClient) -> None:
    detector = await ServedDetector.connect(triton)
    total = Score()
    by_label = dict.fromkeys(LABELS, Score())
    async for scores in evaluate(detector, EVAL_SEEDS[:16], frames=6, fps=2):
        for label, score in scores.items():
            by_label[label] += score
            total += score

    assert total.tp + total.fn > 500
    assert total.precision >= 0.95
    assert total.recall >= 0.95
    for label, score in by_label.items():
        assert min(score.precision, score.recall) >= 0.9, (label, score)


async def test_rows_are_sorted_inside_the_frame_and_padded(triton: InferenceServerClient) -> None:
    (rows,) = await rows_of(triton, some_frames(1))

    assert rows.shape == (MAX_DETECTIONS, 6)
    assert rows.dtype == np.float32
    assert np.all(np.diff(rows[:, 4]) <= 0)
    assert np.all((rows[:, :4] >= 0) & (rows[:, :4] <= (320, 192, 320, 192)))
    assert set(rows[:, 5]) <= set(range(len(LABELS)))


async def test_one_object_is_not_reported_twice(triton: InferenceServerClient) -> None:
    compared = 0
    for rows in await rows_of(triton, some_frames(8)):
        found = detections_from_rows(rows, LABELS, threshold=0.01)
        for a, b in combinations(found, 2):
            assert a.label != b.label or iou(a, b) < 0.65
            compared += 1
    assert compared > 200


async def test_an_empty_picture_holds_nothing(triton: InferenceServerClient) -> None:
    detector = await ServedDetector.connect(triton)
    assert await detector.detect(np.full((192, 320, 3), 128, np.uint8)) == ()


async def test_a_batch_answers_as_its_frames_do(triton: InferenceServerClient) -> None:
    frames = some_frames(3)
    together = await rows_of(triton, frames)
    alone = [await rows_of(triton, frame[np.newaxis]) for frame in frames]
    np.testing.assert_allclose(together, np.concatenate(alone), atol=1e-2)


async def test_triton_counts_frames_exactly(triton: InferenceServerClient) -> None:
    before = await settled_count(triton)
    frames = some_frames(4)
    await rows_of(triton, frames)
    for frame in frames[:3]:
        await rows_of(triton, frame[np.newaxis])
    async with asyncio.timeout(60):
        while await frames_counted(triton) < before + 7:
            await asyncio.sleep(0.02)
    assert await settled_count(triton) - before == 7


async def settled_count(triton: InferenceServerClient) -> int:
    """Triton counts a request shortly after it has answered it."""
    found = -1
    while found != (now := await frames_counted(triton)):
        found = now
        await asyncio.sleep(0.3)
    return found


async def test_the_configuration_names_the_classes(triton: InferenceServerClient) -> None:
    config = (await triton.get_model_config(MODEL_NAME)).config
    assert config.parameters["labels"].string_value == "person,car,bus,truck,bicycle"
    assert CONFIG_FILE.read_text(encoding="utf-8") == model_config()
