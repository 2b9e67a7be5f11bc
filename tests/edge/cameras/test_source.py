"""Frames out of a video: all of them, in order, with their times; or a clear error."""

import asyncio
import itertools
from datetime import timedelta
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.reformatter import VideoReformatter

from deploy.detector.video import decode
from edge.cameras.errors import SourceError
from edge.cameras.settings import Pacing, VideoSettings
from edge.cameras.source import Frame, VideoSource, shown
from mesh.clock import Clock, ManualClock, SystemClock

FASTEST = Pacing.FASTEST


async def read(
    settings: VideoSettings, clock: Clock, *, start: int = 0, most: int = 1000, width: int = 320
) -> list[Frame]:
    frames: list[Frame] = []
    source = VideoSource(settings, width, 192, clock=clock, start_frame=start)
    async with source:
        async for frame in source:
            frames.append(frame)
            if len(frames) == most:
                break
    return frames


async def test_every_frame_comes_in_order_as_the_picture_that_it_is(
    clip: Path, clock: ManualClock
) -> None:
    frames = await read(VideoSettings(str(clip), FASTEST), clock)
    assert [frame.index for frame in frames] == list(range(60))
    for frame, picture in zip(frames, decode(clip), strict=True):
        assert np.array_equal(frame.image, picture)
    assert {(frame.width, frame.height) for frame in frames} == {(320, 192)}
    moments = [frame.taken_at for frame in frames]
    assert moments == [clock.now() + index * timedelta(microseconds=1) for index in range(60)]


async def test_a_clock_that_steps_back_does_not_reorder_frames(
    clip: Path, clock: ManualClock
) -> None:
    source = VideoSource(VideoSettings(str(clip), FASTEST), 320, 192, clock=clock, start_frame=0)
    moments = []
    async with source:
        async for frame in source:
            moments.append(frame.taken_at)
            clock.turn_to(clock.now() - timedelta(milliseconds=10))
    assert moments == sorted(set(moments))
    assert len(moments) == 60


async def test_a_clock_that_was_far_ahead_is_followed_back(clip: Path, clock: ManualClock) -> None:
    right = clock.now()
    clock.turn_to(right + timedelta(hours=1))
    source = VideoSource(VideoSettings(str(clip), FASTEST), 320, 192, clock=clock, start_frame=0)
    moments = []
    async with source:
        async for frame in source:
            moments.append(frame.taken_at)
            clock.turn_to(right)
    assert moments[-1] - right < timedelta(seconds=1)


async def test_reading_begins_at_the_frame_asked_for(clip: Path, clock: ManualClock) -> None:
    whole = await read(VideoSettings(str(clip), FASTEST), clock)
    rest = await read(VideoSettings(str(clip), FASTEST), clock, start=47)
    assert [frame.index for frame in rest] == list(range(47, 60))
    assert np.array_equal(rest[0].image, whole[47].image)
    assert await read(VideoSettings(str(clip), FASTEST), clock, start=60) == []


async def test_pictures_take_the_detectors_size_and_remember_their_own(
    clip: Path, clock: ManualClock
) -> None:
    (frame,) = await read(VideoSettings(str(clip), FASTEST), clock, most=1, width=160)
    assert frame.image.shape == (192, 160, 3)
    assert (frame.width, frame.height) == (320, 192)


async def test_a_loop_goes_on_counting(clip: Path, clock: ManualClock) -> None:
    frames = await read(VideoSettings(str(clip), FASTEST, loop=True), clock, most=130)
    assert [frame.index for frame in frames] == list(range(130))
    assert np.array_equal(frames[125].image, frames[5].image)


async def test_a_loop_passes_over_what_was_read_before(clip: Path, clock: ManualClock) -> None:
    settings = VideoSettings(str(clip), FASTEST, loop=True)
    async with asyncio.timeout(60):
        frames = await read(settings, clock, start=60_000_005, most=60)
    assert [frame.index for frame in frames] == list(range(60_000_005, 60_000_065))
    fresh = await read(settings, clock, most=60)
    assert np.array_equal(frames[0].image, fresh[5].image)


@pytest.fixture
def live(clip: Path, monkeypatch: pytest.MonkeyPatch) -> VideoSettings:
    """A stream that breaks off after 60 pictures."""
    monkeypatch.setattr(VideoSource, "_open", lambda _: av.open(str(clip)))
    return VideoSettings("rtsp://127.0.0.1/live")


async def test_a_stream_that_is_opened_again_goes_on_at_once(
    live: VideoSettings, clock: ManualClock
) -> None:
    frames = await read(live, clock, start=1_000_000, most=1)
    assert frames[0].index >= 1_000_000


async def test_a_stream_that_breaks_off_is_no_recording_that_ended(
    live: VideoSettings, clock: ManualClock
) -> None:
    with pytest.raises(SourceError, match="the stream ended"):
        await read(live, clock)


async def test_a_defect_while_decoding_is_not_the_end_of_the_video(
    clip: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(VideoReformatter, "reformat", broken)
    with pytest.raises(SourceError, match="valueerror"):
        await read(VideoSettings(str(clip)), clock)


def broken(*_: object) -> None:
    raise ValueError("no such pixel format")


async def test_real_time_spaces_frames_as_they_were_recorded(clip: Path) -> None:
    frames = await read(VideoSettings(str(clip)), SystemClock(), most=15)
    steps = [
        (after.taken_at - before.taken_at) / timedelta(milliseconds=40)
        for before, after in itertools.pairwise(frames)
    ]
    assert steps == pytest.approx([1] * 14, abs=0.001)


async def test_a_recording_waits_for_its_reader(clip: Path, clock: ManualClock) -> None:
    source = VideoSource(VideoSettings(str(clip), FASTEST), 320, 192, clock=clock, start_frame=0)
    async with source:
        async for _ in source:
            await asyncio.sleep(0.05)
            assert len(source._frames) <= 4
            break
    assert source.dropped == 0


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "there is no such file"),
        (b"", "is no video, or a damaged one"),
        (b"not a video" * 100, "is no video, or a damaged one"),
    ],
)
async def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, clock: ManualClock, content: bytes | None, problem: str
) -> None:
    path = tmp_path / "clip.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceError) as refused:
        await read(VideoSettings(str(path)), clock)
    assert refused.value.message == f"the video {path}: {problem}"


async def test_half_a_file_is_a_clear_error(tmp_path: Path, clip: Path, clock: ManualClock) -> None:
    path = tmp_path / "half.mp4"
    path.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    with pytest.raises(SourceError, match="damaged"):
        await read(VideoSettings(str(path)), clock)


async def test_a_camera_that_is_off_is_a_clear_error_without_its_password(
    clock: ManualClock,
) -> None:
    settings = VideoSettings("rtsp://admin:s3cret@127.0.0.1:9/live?token=abc")
    with pytest.raises(SourceError) as refused:
        await read(settings, clock)
    assert refused.value.message == (
        "the video rtsp://***@127.0.0.1:9/live?***: connection refused"
    )


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("/clips/a@b.mp4", "/clips/a@b.mp4"),
        ("rtsp://10.0.0.7:554/live", "rtsp://10.0.0.7:554/live"),
        ("rtsp://admin:pa/ss@w?rd@10.0.0.7/live", "rtsp://***@10.0.0.7/live"),
        ("https://h/v.mp4?sig=1", "https://h/v.mp4?***"),
    ],
)
def test_an_address_is_shown_without_credentials(url: str, seen: str) -> None:
    assert shown(url) == seen
