"""How good the detections in the node's telemetry are, against the rendered ground truth."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

import asyncpg

from deploy.detector.boxes import Detection
from deploy.detector.evaluate import Score, match
from deploy.detector.video import read_truth
from deploy.local.cameras import Clips


async def score(dsn: str, clips: Clips, licensed: Mapping[str, Collection[str]]) -> Score:
    """Compares every frame of every camera; `licensed` are the classes a camera may report."""
    connection = await asyncpg.connect(dsn)
    try:
        total = Score()
        for camera_id, labels in licensed.items():
            rows = await connection.fetch(
                "select frame_index, payload from telemetry_events "
                "where camera_id = $1 and event_type = 'detection'",
                camera_id,
            )
            found = {row["frame_index"]: _detections(row["payload"]) for row in rows}
            for index, truth in enumerate(read_truth(clips.path(camera_id))):
                expected = [box for box in truth if box.label in labels]
                total += match(found.get(index, ()), expected)
    finally:
        await connection.close()
    return total


def _detections(payload: str) -> tuple[Detection, ...]:
    return tuple(
        Detection(box["label"], box["x1"], box["y1"], box["x2"], box["y2"], box["score"])
        for box in json.loads(payload)["boxes"]
    )
