"""The cameras file: what it says is what runs, and what is wrong in it is named."""

import json
from pathlib import Path

import pytest

from edge.analytics.counting import Every
from edge.analytics.line_crossing import Line
from edge.cameras import store
from edge.cameras.configuration import load_cameras
from edge.cameras.model import Camera, Component
from edge.cameras.settings import (
    CountingSettings,
    JsonStreamSettings,
    NoSettings,
    Pacing,
    VideoSettings,
)
from mesh.database import Database, Role
from mesh.errors import ConfigError

WHOLE = """
cameras:
  - camera_id: north-gate
    source: {component: video, url: clips/north.mp4, pacing: fastest, resume: true}
    processors:
      - component: detection
      - {component: counting, every: frame}
      - component: line_crossing
    sinks:
      - {component: json_stream, max_bytes: 5000}
    lines:
      - {name: entry, x1: 0, y1: 120, x2: 320, y2: 120.5, labels: [car, bus]}
  - camera_id: south
    source: {component: video, url: "rtsp://admin:secret@10.0.0.7/stream"}
"""


def written(directory: Path, text: str) -> Path:
    path = directory / "cameras.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def north(directory: Path) -> Camera:
    return Camera(
        "north-gate",
        VideoSettings(str(directory / "clips/north.mp4"), Pacing.FASTEST, resume=True),
        (
            Component("detection", NoSettings()),
            Component("counting", CountingSettings(Every.FRAME)),
            Component("line_crossing", NoSettings()),
        ),
        (Component("json_stream", JsonStreamSettings(max_bytes=5000)),),
        (Line("entry", 0, 120, 320, 120.5, frozenset({"car", "bus"})),),
    )


def test_a_file_says_everything_of_its_cameras(tmp_path: Path) -> None:
    first, second = load_cameras(written(tmp_path, WHOLE))
    assert first == north(tmp_path)
    assert second.source == VideoSettings("rtsp://admin:secret@10.0.0.7/stream")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("pacing: fastest", "pacing: slow"), "cameras[0].source.pacing: input should be"),
        (("url: clips/north.mp4, ", ""), "cameras[0].source.url: field required"),
        (("component: detection", "component: detektion"), "cameras[0].processors[0].component"),
        (("component: json_stream", "component: counting"), "cameras[0].sinks[0].component"),
        (("every: frame", "feature: detection"), "cameras[0].processors[1].feature: unexpected"),
        (("component: line_crossing", "component: counting"), "cameras[0].processors[2].component"),
        (("max_bytes: 5000", "max_bytes: 5"), "cameras[0].sinks[0].max_bytes: input should be"),
        (("camera_id: south", "camera_id: north-gate"), "cameras[1].camera_id: 'north-gate' is"),
        (("camera_id: south", "camera: south"), "cameras[1].camera_id: field required"),
        (("x2: 320, y2: 120.5", "x2: 0, y2: 120"), "cameras[0].lines[0]: begins where it ends"),
        (("resume: true", "resume: true, loop: true"), "cameras[0].source.resume: needs"),
        (("cameras:", "kameras:"), "cameras: field required"),
        (("cameras:", "cameras: ]"), "is not YAML"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(
    tmp_path: Path, change: tuple[str, str], problem: str
) -> None:
    path = written(tmp_path, WHOLE.replace(*change))
    with pytest.raises(ConfigError) as refused:
        load_cameras(path)
    assert f"{path}: {problem}" in refused.value.message


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    text = WHOLE.replace("pacing: fastest", "pacing: slow").replace("every: frame", "every: 2")
    with pytest.raises(ConfigError) as refused:
        load_cameras(written(tmp_path, text))
    assert len(refused.value.message.splitlines()) == 2


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cameras\.yaml: cannot be read: No such file"):
        load_cameras(tmp_path / "cameras.yaml")


async def test_the_tables_give_back_what_the_file_said(
    tmp_path: Path, edge_database: Database
) -> None:
    cameras = load_cameras(written(tmp_path, WHOLE))
    for _ in range(2):
        async with edge_database.transaction(Role.APP) as conn:
            await store.replace_all(conn, cameras)
        async with edge_database.transaction(Role.APP) as conn:
            assert await store.load_all(conn) == cameras
    async with edge_database.transaction(Role.APP) as conn:
        await store.replace_all(conn, cameras[1:])
        assert await store.load_all(conn) == cameras[1:]


async def test_a_table_cannot_choose_what_permits_a_component(
    tmp_path: Path, new_database: Database
) -> None:
    sizes = WHOLE.replace("component: detection", "component: object_size").replace(
        ", resume: true", ""
    )
    async with new_database.transaction(Role.APP) as conn:
        await store.replace_all(conn, load_cameras(written(tmp_path, sizes)))
        feature = await conn.fetchval(
            "update camera_components set feature = 'detection' "
            "where component = 'object_size' returning feature"
        )
        assert feature == "detection"
        camera = (await store.load_all(conn))[0]
    assert camera.processors[0].features == ("object_size",)


async def test_settings_in_the_table_are_a_plain_object(
    tmp_path: Path, new_database: Database
) -> None:
    async with new_database.transaction(Role.APP) as conn:
        await store.replace_all(conn, load_cameras(written(tmp_path, WHOLE)))
        settings = await conn.fetchval(
            "select settings from camera_components where component = 'counting'"
        )
    assert json.loads(settings) == {"every": "frame"}
