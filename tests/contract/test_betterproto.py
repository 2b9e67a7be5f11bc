"""Both Python views of the contracts write and read the same bytes."""

import datetime as dt
import importlib
from pathlib import Path

import pytest
from brinkbyte.common.v1 import epoch_pb2
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2
from brinkbyte.license.v1 import license_service_pb2
from brinkbyte.usage.v1 import usage_service_pb2
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given, settings

from gen.betterproto.brinkbyte.common.v1 import Epoch
from gen.betterproto.brinkbyte.heartbeat import v1 as heartbeat
from gen.betterproto.brinkbyte.license import v1 as license_
from gen.betterproto.brinkbyte.usage import v1 as usage
from tests.contract.messages import filled

PYTHON = Path(__file__).resolve().parents[2] / "gen" / "python"

WHEN = dt.datetime(2026, 1, 31, 23, 59, 59, 250000, tzinfo=dt.UTC)


def timestamp() -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(WHEN)
    return stamp


def test_a_validation_answer() -> None:
    upb = license_service_pb2.ValidateCameraResponse(
        is_valid=True,
        license_mode=license_service_pb2.LICENSE_MODE_BASE,
        enabled_growth_packs=["advanced_analytics", "industry"],
        valid_until=timestamp(),
        cameras_allowed=100,
        epoch=epoch_pb2.Epoch(incarnation="i", number=7),
    )
    mine = license_.ValidateCameraResponse(
        is_valid=True,
        license_mode=license_.LicenseMode.BASE,
        enabled_growth_packs=["advanced_analytics", "industry"],
        valid_until=WHEN,
        cameras_allowed=100,
        epoch=Epoch(incarnation="i", number=7),
    )
    assert bytes(mine) == upb.SerializeToString(deterministic=True)
    assert license_.ValidateCameraResponse.parse(upb.SerializeToString()) == mine


def test_a_oneof_of_the_heartbeat() -> None:
    upb = heartbeat_service_pb2.ConnectRequest(
        sequence=3,
        command_result=heartbeat_service_pb2.CommandResult(
            command_id="c-1",
            state=heartbeat_service_pb2.COMMAND_STATE_FAILED,
            detail="no such camera",
        ),
    )
    mine = heartbeat.ConnectRequest(
        sequence=3,
        command_result=heartbeat.CommandResult(
            command_id="c-1", state=heartbeat.CommandState.FAILED, detail="no such camera"
        ),
    )
    assert bytes(mine) == upb.SerializeToString(deterministic=True)
    assert heartbeat.ConnectRequest.parse(upb.SerializeToString()) == mine


def test_a_journal_event_with_dimensions() -> None:
    upb = usage_service_pb2.JournalEvent(
        event_type="inference_frame",
        resource_id="cam-1",
        quantity_e5=3_000_000,
        event_time_us=1_767_225_600_000_000,
        dimensions={"model": "scene_detector"},
    )
    mine = usage.JournalEvent(
        event_type="inference_frame",
        resource_id="cam-1",
        quantity_e5=3_000_000,
        event_time_us=1_767_225_600_000_000,
        dimensions={"model": "scene_detector"},
    )
    assert bytes(mine) == upb.SerializeToString(deterministic=True)


def contracts() -> list[Descriptor]:
    """Every message of the contracts that stands on its own."""
    modules = [
        importlib.import_module(str(path.relative_to(PYTHON))[:-3].replace("/", "."))
        for path in sorted(PYTHON.glob("brinkbyte/*/v1/*_pb2.py"))
    ]
    return [kind for each in modules for kind in each.DESCRIPTOR.message_types_by_name.values()]


@pytest.mark.parametrize("kind", contracts(), ids=lambda kind: kind.full_name)
def test_every_message_is_read_and_written_alike(kind: Descriptor) -> None:
    """A datetime holds microseconds; a map's entries have no order of their own."""
    package = importlib.import_module(f"gen.betterproto.{kind.file.package}")
    ours = getattr(package, kind.name)

    @settings(max_examples=10)
    @given(filled(kind, finest_ns=1000))
    def alike(message: Message) -> None:
        sent = message.SerializeToString()
        written = bytes(ours.parse(sent))
        assert len(written) == len(sent)
        assert GetMessageClass(kind).FromString(written) == message

    alike()
