"""Frames out of a video file or stream, decoded in a thread."""

import asyncio
import contextlib
import re
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from edge.cameras.errors import SourceError
from edge.cameras.settings import Pacing, VideoSettings
from mesh.clock import Clock

_LIVE = re.compile(r"(rtsps?|rtmps?|rtp|udp|srt)://", re.IGNORECASE)
_USER = re.compile(r"^([a-z][a-z0-9+.-]*://).*@", re.IGNORECASE)
_OPEN_S, _READ_S = 5.0, 10.0
_BUFFER = 4
_MAX_LAG = timedelta(seconds=1)
_MICROSECOND = timedelta(microseconds=1)
_FRAME_S = 1 / 25


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture: `image` is RGB (height, width, 3) as the detector wants it, `width` and
    `height` are those of the source's own picture. `index` counts from 0 in the source."""

    index: int
    taken_at: datetime
    image: NDArray[np.uint8]
    width: int
    height: int


def shown(url: str) -> str:
    """The address without user, password and query."""
    if "://" not in url:
        return url
    address, query, _ = _USER.sub(r"\1***@", url).partition("?")
    return f"{address}?***" if query else address


class VideoSource:
    """An async iterator of frames; use it with `async with`, once.

    A recording waits for its reader. A live stream does not: its oldest waiting frames are
    dropped, and `dropped` counts them; it has no end, and goes on with the picture of now
    however many came before. A frame is taken at the moment the source opened plus
    its presentation time, moved on when reading falls behind, never in the future by more than
    what keeps frames in order when the clock steps back by up to a second.
    """

    def __init__(
        self, settings: VideoSettings, width: int, height: int, *, clock: Clock, start_frame: int
    ) -> None:
        """Frames come as pictures of `width` x `height`, from number `start_frame` on.

        A live stream's first picture has that number."""
        self.name = shown(settings.url)
        self.dropped = 0
        self._settings = settings
        self._size = (width, height)
        self._clock = clock
        self._start_frame = start_frame
        self._live = _LIVE.match(settings.url) is not None
        self._reformatter = VideoReformatter()
        self._frames: deque[Frame] = deque()
        self._room = threading.Condition()
        self._arrived = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._ended = False
        self._closed = False
        self._error: SourceError | None = None
        self._last: datetime | None = None
        self._thread = threading.Thread(target=self._decode, name="video", daemon=True)

    async def __aenter__(self) -> "VideoSource":
        """Starts to decode."""
        self._thread.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ends the iteration and waits for the decoder."""
        self.close()
        await asyncio.to_thread(self._thread.join, _OPEN_S)

    def close(self) -> None:
        """Ends the iteration; frames that wait are given up."""
        with self._room:
            self._closed = True
            self._frames.clear()
            self._room.notify_all()
        self._arrived.set()

    async def __aiter__(self) -> AsyncIterator[Frame]:
        """Raises SourceError when the video is missing, cannot be decoded, or is live and ended."""
        while True:
            with self._room:
                ended = self._ended
                frame = self._frames.popleft() if self._frames else None
                self._room.notify_all()
            if frame is not None:
                yield frame
            elif self._closed:
                return
            elif ended:
                if self._error is not None:
                    raise self._error
                return
            else:
                await self._arrived.wait()
                self._arrived.clear()

    def _decode(self) -> None:
        try:
            self._read()
        except SourceError as error:
            self._error = error
        except Exception as error:  # whatever a codec raises: an end without it reads as the end
            reason = getattr(error, "strerror", None) or type(error).__name__
            self._error = SourceError(self.name, reason.lower())
        finally:
            self._ended = True
            self._wake()

    def _read(self) -> None:
        index, offset = self._start_frame if self._live else 0, 0.0
        anchor = self._clock.now()
        began = self._clock.monotonic()
        while not self._closed:
            first = index
            for picture, seconds in self._pictures():
                moment = offset + seconds
                if index >= self._start_frame:
                    if index == self._start_frame:
                        anchor = self._clock.now() - timedelta(seconds=moment)
                        began = self._clock.monotonic() - moment
                    self._wait_until(began + moment)
                    anchor = self._moved_on(anchor, moment)
                    self._offer(self._frame(picture, index, anchor, moment))
                index += 1
                if self._closed:
                    return
            if index == first:
                raise SourceError(self.name, "holds no picture that can be decoded")
            if self._live:
                raise SourceError(self.name, "the stream ended")
            if not self._settings.loop:
                return
            offset = moment + _FRAME_S
            length = index - first
            index += max(0, self._start_frame - index) // length * length  # passes of no interest

    def _pictures(self) -> Iterator[tuple[VideoFrame, float]]:
        """Decoded pictures with their presentation time in seconds."""
        with self._open() as container:
            if not container.streams.video:
                raise SourceError(self.name, "holds no video")
            stream = container.streams.video[0]
            start = float((stream.start_time or 0) * (stream.time_base or 0))
            seconds = 0.0
            for packet in container.demux(stream):
                try:
                    pictures = packet.decode()
                except av.InvalidDataError:
                    if not self._live:
                        raise
                    continue
                for picture in pictures:
                    if not isinstance(picture, VideoFrame):
                        continue
                    seconds = picture.time - start if picture.time is not None else seconds
                    yield picture, seconds

    def _open(self) -> InputContainer:
        url = self._settings.url
        if "://" not in url and not Path(url).is_file():
            raise SourceError(self.name, "there is no such file")
        options = {"rtsp_transport": "tcp"} if url.startswith("rtsp") else {}
        try:
            return av.open(url, "r", options=options, timeout=(_OPEN_S, _READ_S))
        except av.InvalidDataError:
            raise SourceError(self.name, "is no video, or a damaged one") from None

    def _frame(self, picture: VideoFrame, index: int, anchor: datetime, moment: float) -> Frame:
        width, height = self._size
        image = self._reformatter.reformat(picture, width, height, "rgb24").to_ndarray()
        return Frame(
            index,
            self._in_order(anchor + timedelta(seconds=moment)),
            image.astype(np.uint8, copy=False),
            picture.width,
            picture.height,
        )

    def _in_order(self, taken_at: datetime) -> datetime:
        """Frames of one moment, or on both sides of a clock that stepped back a little, keep
        their order: what was seen later is later."""
        last, self._last = self._last, taken_at
        if last is not None and timedelta(0) <= last - taken_at <= _MAX_LAG:
            self._last = last + _MICROSECOND
        return self._last

    def _moved_on(self, anchor: datetime, moment: float) -> datetime:
        now = self._clock.now()
        lag = now - anchor - timedelta(seconds=moment)
        if lag > _MAX_LAG or lag < timedelta(0):
            return anchor + lag
        return anchor

    def _wait_until(self, due: float) -> None:
        if self._live or self._settings.pacing is Pacing.FASTEST:
            return
        with self._room:
            self._room.wait_for(lambda: self._closed, timeout=due - self._clock.monotonic())

    def _offer(self, frame: Frame) -> None:
        with self._room:
            if self._live and len(self._frames) >= _BUFFER:
                self._frames.popleft()
                self.dropped += 1
            self._room.wait_for(lambda: self._closed or len(self._frames) < _BUFFER)
            if not self._closed:
                self._frames.append(frame)
        self._wake()

    def _wake(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
            self._loop.call_soon_threadsafe(self._arrived.set)
