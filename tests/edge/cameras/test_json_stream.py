"""Results as lines of JSON: whole lines, bounded files."""

import json
from pathlib import Path

import pytest

from edge.analytics.observation import AnalyticEvent, Observation, Sighting
from edge.cameras.errors import SinkError
from edge.cameras.json_stream import JsonStream
from edge.cameras.settings import JsonStreamSettings
from tests.edge.analytics.scenes import box, observed


def frame(index: int) -> Observation:
    return observed(index, [Sighting(box(index, 0), 1)])


def indexes(path: Path) -> list[int]:
    return [json.loads(line)["frame_index"] for line in path.read_text().splitlines()]


def test_a_line_holds_the_detections_and_the_other_events(tmp_path: Path) -> None:
    stream = JsonStream(tmp_path / "out", "gate/1", JsonStreamSettings())
    seen = frame(3)
    stream.write(
        seen,
        [AnalyticEvent.of("detection", {"boxes": []}), AnalyticEvent.of("counting", {"total": 1})],
    )
    stream.close()
    assert stream.path == tmp_path / "out" / "gate%2F1.jsonl"
    assert json.loads(stream.path.read_text()) == {
        "camera_id": "gate/1",
        "frame_index": 3,
        "taken_at": seen.taken_at.isoformat(),
        "detections": json.loads(seen.boxes),
        "events": [{"event_type": "counting", "total": 1}],
    }


def test_full_files_are_set_aside_and_the_oldest_go(tmp_path: Path) -> None:
    stream = JsonStream(tmp_path, "cam", JsonStreamSettings(max_bytes=4096, keep=2))
    for index in range(100):
        stream.write(frame(index), [])
    stream.close()
    files = [stream.path.with_name(name) for name in ("cam.jsonl.2", "cam.jsonl.1", "cam.jsonl")]
    kept = [index for path in files for index in indexes(path)]
    assert kept == list(range(kept[0], 100))
    assert kept[0] > 0
    assert all(path.stat().st_size <= 4096 for path in files)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in files)


def test_a_restart_goes_on_in_the_same_file_after_its_last_whole_line(tmp_path: Path) -> None:
    for index in range(2):
        stream = JsonStream(tmp_path, "cam", JsonStreamSettings())
        stream.write(frame(index), [])
        stream.close()
        with stream.path.open("ab") as file:
            file.write(b'{"camera_id": "cam", "fra')
    stream = JsonStream(tmp_path, "cam", JsonStreamSettings())
    stream.write(frame(2), [])
    stream.close()
    assert indexes(stream.path) == [0, 1, 2]


def test_a_disk_that_refuses_is_an_error_and_the_same_line_may_come_again(tmp_path: Path) -> None:
    stream = JsonStream(tmp_path / "out", "cam", JsonStreamSettings())
    (tmp_path / "out").write_text("in the way")
    with pytest.raises(SinkError, match=r"cannot write .*cam\.jsonl: file exists"):
        stream.write(frame(0), [])
    (tmp_path / "out").unlink()
    stream.write(frame(0), [])
    stream.close()
    assert indexes(stream.path) == [0]
