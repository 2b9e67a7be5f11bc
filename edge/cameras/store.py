"""SQL of cameras, camera_components and line_zones."""

import json
from collections.abc import Sequence

from edge.analytics.line_crossing import Line
from edge.cameras.model import COMPONENT_TYPES, Camera, Component, ComponentKind
from edge.cameras.settings import VideoSettings, read_settings, write_settings
from mesh.database import Connection

_UPSERT = """
insert into cameras (camera_id) select unnest($1::text[])
on conflict (camera_id) do update set updated_at = now()
"""

_COMPONENT = """
insert into camera_components (camera_id, position, kind, component, feature, settings)
values ($1, $2, $3, $4, $5, $6)
"""

_LINE = """
insert into line_zones (camera_id, name, x1, y1, x2, y2, labels)
values ($1, $2, $3, $4, $5, $6, $7)
"""


async def replace_all(conn: Connection, cameras: Sequence[Camera]) -> None:
    """Makes these the node's cameras; others are removed, what they saw is kept."""
    ids = [camera.camera_id for camera in cameras]
    await conn.execute("delete from cameras where camera_id <> all($1::text[])", ids)
    await conn.execute(_UPSERT, ids)
    await conn.execute("delete from camera_components")
    await conn.execute("delete from line_zones")
    components = [
        (
            camera.camera_id,
            position,
            component.kind.value,
            component.name,
            component.features[0],
            write_settings(component.settings),
        )
        for camera in cameras
        for position, component in enumerate(camera.components)
    ]
    lines = [
        (camera.camera_id, line.name, line.x1, line.y1, line.x2, line.y2, sorted(line.labels))
        for camera in cameras
        for line in camera.lines
    ]
    await conn.executemany(_COMPONENT, components)
    await conn.executemany(_LINE, lines)


async def load_all(conn: Connection) -> tuple[Camera, ...]:
    """The node's cameras by id; components that this version does not know are left out."""
    rows = await conn.fetch(
        "select camera_id, component, settings from camera_components order by camera_id, position"
    )
    held: dict[str, list[Component]] = {}
    for row in rows:
        if row["component"] in COMPONENT_TYPES:
            settings = read_settings(row["component"], json.loads(row["settings"]))
            held.setdefault(row["camera_id"], []).append(Component(row["component"], settings))
    lines = await _load_lines(conn)
    return tuple(
        _camera(camera_id, components, tuple(lines.get(camera_id, ())))
        for camera_id, components in held.items()
    )


async def _load_lines(conn: Connection) -> dict[str, list[Line]]:
    lines: dict[str, list[Line]] = {}
    for row in await conn.fetch("select * from line_zones order by camera_id, name"):
        line = Line(
            row["name"], row["x1"], row["y1"], row["x2"], row["y2"], frozenset(row["labels"])
        )
        lines.setdefault(row["camera_id"], []).append(line)
    return lines


def _camera(camera_id: str, components: Sequence[Component], lines: tuple[Line, ...]) -> Camera:
    (source,) = (part.settings for part in components if isinstance(part.settings, VideoSettings))
    return Camera(
        camera_id,
        source,
        tuple(part for part in components if part.kind is ComponentKind.PROCESSOR),
        tuple(part for part in components if part.kind is ComponentKind.SINK),
        lines,
    )
