import datetime

from brinkbyte.common.v1 import access_pb2 as _access_pb2
from brinkbyte.common.v1 import epoch_pb2 as _epoch_pb2
from brinkbyte.common.v1 import grace_pb2 as _grace_pb2
from brinkbyte.common.v1 import trust_pb2 as _trust_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CommandState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMMAND_STATE_UNSPECIFIED: _ClassVar[CommandState]
    COMMAND_STATE_PENDING: _ClassVar[CommandState]
    COMMAND_STATE_SENT: _ClassVar[CommandState]
    COMMAND_STATE_SUCCEEDED: _ClassVar[CommandState]
    COMMAND_STATE_FAILED: _ClassVar[CommandState]
    COMMAND_STATE_EXPIRED: _ClassVar[CommandState]

class CommandKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMMAND_KIND_UNSPECIFIED: _ClassVar[CommandKind]
    COMMAND_KIND_PING: _ClassVar[CommandKind]
    COMMAND_KIND_REFRESH_LICENSES: _ClassVar[CommandKind]
    COMMAND_KIND_RESYNC_USAGE: _ClassVar[CommandKind]
COMMAND_STATE_UNSPECIFIED: CommandState
COMMAND_STATE_PENDING: CommandState
COMMAND_STATE_SENT: CommandState
COMMAND_STATE_SUCCEEDED: CommandState
COMMAND_STATE_FAILED: CommandState
COMMAND_STATE_EXPIRED: CommandState
COMMAND_KIND_UNSPECIFIED: CommandKind
COMMAND_KIND_PING: CommandKind
COMMAND_KIND_REFRESH_LICENSES: CommandKind
COMMAND_KIND_RESYNC_USAGE: CommandKind

class CameraStatus(_message.Message):
    __slots__ = ("camera_id", "running", "frames", "refused_features", "last_inference_at", "grace_step")
    CAMERA_ID_FIELD_NUMBER: _ClassVar[int]
    RUNNING_FIELD_NUMBER: _ClassVar[int]
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FEATURES_FIELD_NUMBER: _ClassVar[int]
    LAST_INFERENCE_AT_FIELD_NUMBER: _ClassVar[int]
    GRACE_STEP_FIELD_NUMBER: _ClassVar[int]
    camera_id: str
    running: bool
    frames: int
    refused_features: _containers.RepeatedScalarFieldContainer[str]
    last_inference_at: _timestamp_pb2.Timestamp
    grace_step: _grace_pb2.GraceStep
    def __init__(self, camera_id: _Optional[str] = ..., running: _Optional[bool] = ..., frames: _Optional[int] = ..., refused_features: _Optional[_Iterable[str]] = ..., last_inference_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., grace_step: _Optional[_Union[_grace_pb2.GraceStep, str]] = ...) -> None: ...

class CountedMetric(_message.Message):
    __slots__ = ("event_type", "journalled_e5", "open_e5")
    EVENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    JOURNALLED_E5_FIELD_NUMBER: _ClassVar[int]
    OPEN_E5_FIELD_NUMBER: _ClassVar[int]
    event_type: str
    journalled_e5: int
    open_e5: int
    def __init__(self, event_type: _Optional[str] = ..., journalled_e5: _Optional[int] = ..., open_e5: _Optional[int] = ...) -> None: ...

class CountedUsage(_message.Message):
    __slots__ = ("journal_id", "last_seq", "acked_seq", "metrics", "inferences")
    JOURNAL_ID_FIELD_NUMBER: _ClassVar[int]
    LAST_SEQ_FIELD_NUMBER: _ClassVar[int]
    ACKED_SEQ_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    INFERENCES_FIELD_NUMBER: _ClassVar[int]
    journal_id: str
    last_seq: int
    acked_seq: int
    metrics: _containers.RepeatedCompositeFieldContainer[CountedMetric]
    inferences: Inferences
    def __init__(self, journal_id: _Optional[str] = ..., last_seq: _Optional[int] = ..., acked_seq: _Optional[int] = ..., metrics: _Optional[_Iterable[_Union[CountedMetric, _Mapping]]] = ..., inferences: _Optional[_Union[Inferences, _Mapping]] = ...) -> None: ...

class Inferences(_message.Message):
    __slots__ = ("since", "inferred", "counted", "restarts")
    SINCE_FIELD_NUMBER: _ClassVar[int]
    INFERRED_FIELD_NUMBER: _ClassVar[int]
    COUNTED_FIELD_NUMBER: _ClassVar[int]
    RESTARTS_FIELD_NUMBER: _ClassVar[int]
    since: _timestamp_pb2.Timestamp
    inferred: int
    counted: int
    restarts: int
    def __init__(self, since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., inferred: _Optional[int] = ..., counted: _Optional[int] = ..., restarts: _Optional[int] = ...) -> None: ...

class DeviceStatus(_message.Message):
    __slots__ = ("software_version", "cameras", "usage_backlog", "inference_ready", "reported_at", "rights_epoch", "usage")
    SOFTWARE_VERSION_FIELD_NUMBER: _ClassVar[int]
    CAMERAS_FIELD_NUMBER: _ClassVar[int]
    USAGE_BACKLOG_FIELD_NUMBER: _ClassVar[int]
    INFERENCE_READY_FIELD_NUMBER: _ClassVar[int]
    REPORTED_AT_FIELD_NUMBER: _ClassVar[int]
    RIGHTS_EPOCH_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    software_version: str
    cameras: _containers.RepeatedCompositeFieldContainer[CameraStatus]
    usage_backlog: int
    inference_ready: bool
    reported_at: _timestamp_pb2.Timestamp
    rights_epoch: _epoch_pb2.Epoch
    usage: CountedUsage
    def __init__(self, software_version: _Optional[str] = ..., cameras: _Optional[_Iterable[_Union[CameraStatus, _Mapping]]] = ..., usage_backlog: _Optional[int] = ..., inference_ready: _Optional[bool] = ..., reported_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., rights_epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ..., usage: _Optional[_Union[CountedUsage, _Mapping]] = ...) -> None: ...

class Hello(_message.Message):
    __slots__ = ("status", "epoch")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    status: DeviceStatus
    epoch: _epoch_pb2.Epoch
    def __init__(self, status: _Optional[_Union[DeviceStatus, _Mapping]] = ..., epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ...) -> None: ...

class CommandResult(_message.Message):
    __slots__ = ("command_id", "state", "detail")
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    command_id: str
    state: CommandState
    detail: str
    def __init__(self, command_id: _Optional[str] = ..., state: _Optional[_Union[CommandState, str]] = ..., detail: _Optional[str] = ...) -> None: ...

class ConnectRequest(_message.Message):
    __slots__ = ("sequence", "hello", "status", "command_result")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    HELLO_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    COMMAND_RESULT_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    hello: Hello
    status: DeviceStatus
    command_result: CommandResult
    def __init__(self, sequence: _Optional[int] = ..., hello: _Optional[_Union[Hello, _Mapping]] = ..., status: _Optional[_Union[DeviceStatus, _Mapping]] = ..., command_result: _Optional[_Union[CommandResult, _Mapping]] = ...) -> None: ...

class Command(_message.Message):
    __slots__ = ("command_id", "kind", "resync_from_seq", "deadline")
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    RESYNC_FROM_SEQ_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_FIELD_NUMBER: _ClassVar[int]
    command_id: str
    kind: CommandKind
    resync_from_seq: int
    deadline: _timestamp_pb2.Timestamp
    def __init__(self, command_id: _Optional[str] = ..., kind: _Optional[_Union[CommandKind, str]] = ..., resync_from_seq: _Optional[int] = ..., deadline: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Welcome(_message.Message):
    __slots__ = ("server_time", "epoch", "trust")
    SERVER_TIME_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    TRUST_FIELD_NUMBER: _ClassVar[int]
    server_time: _timestamp_pb2.Timestamp
    epoch: _epoch_pb2.Epoch
    trust: _trust_pb2.Trust
    def __init__(self, server_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ..., trust: _Optional[_Union[_trust_pb2.Trust, _Mapping]] = ...) -> None: ...

class RightsChanged(_message.Message):
    __slots__ = ("epoch", "trust", "revocation_list")
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    TRUST_FIELD_NUMBER: _ClassVar[int]
    REVOCATION_LIST_FIELD_NUMBER: _ClassVar[int]
    epoch: _epoch_pb2.Epoch
    trust: _trust_pb2.Trust
    revocation_list: str
    def __init__(self, epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ..., trust: _Optional[_Union[_trust_pb2.Trust, _Mapping]] = ..., revocation_list: _Optional[str] = ...) -> None: ...

class FullStateRequest(_message.Message):
    __slots__ = ("expected_sequence",)
    EXPECTED_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    expected_sequence: int
    def __init__(self, expected_sequence: _Optional[int] = ...) -> None: ...

class ConnectResponse(_message.Message):
    __slots__ = ("sequence", "welcome", "command", "rights_changed", "full_state_request")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    WELCOME_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    RIGHTS_CHANGED_FIELD_NUMBER: _ClassVar[int]
    FULL_STATE_REQUEST_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    welcome: Welcome
    command: Command
    rights_changed: RightsChanged
    full_state_request: FullStateRequest
    def __init__(self, sequence: _Optional[int] = ..., welcome: _Optional[_Union[Welcome, _Mapping]] = ..., command: _Optional[_Union[Command, _Mapping]] = ..., rights_changed: _Optional[_Union[RightsChanged, _Mapping]] = ..., full_state_request: _Optional[_Union[FullStateRequest, _Mapping]] = ...) -> None: ...

class HeartbeatRequest(_message.Message):
    __slots__ = ("tenant_id", "device_id", "status")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    DEVICE_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    device_id: str
    status: DeviceStatus
    def __init__(self, tenant_id: _Optional[str] = ..., device_id: _Optional[str] = ..., status: _Optional[_Union[DeviceStatus, _Mapping]] = ...) -> None: ...

class HeartbeatResponse(_message.Message):
    __slots__ = ("server_time", "epoch", "pending_commands", "trust")
    SERVER_TIME_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    PENDING_COMMANDS_FIELD_NUMBER: _ClassVar[int]
    TRUST_FIELD_NUMBER: _ClassVar[int]
    server_time: _timestamp_pb2.Timestamp
    epoch: _epoch_pb2.Epoch
    pending_commands: int
    trust: _trust_pb2.Trust
    def __init__(self, server_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ..., pending_commands: _Optional[int] = ..., trust: _Optional[_Union[_trust_pb2.Trust, _Mapping]] = ...) -> None: ...

class Device(_message.Message):
    __slots__ = ("device_id", "tenant_id", "hardware_id", "display_name", "online", "last_seen_at", "status", "enrolled_at", "retired_at")
    DEVICE_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    HARDWARE_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    ONLINE_FIELD_NUMBER: _ClassVar[int]
    LAST_SEEN_AT_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    ENROLLED_AT_FIELD_NUMBER: _ClassVar[int]
    RETIRED_AT_FIELD_NUMBER: _ClassVar[int]
    device_id: str
    tenant_id: str
    hardware_id: str
    display_name: str
    online: bool
    last_seen_at: _timestamp_pb2.Timestamp
    status: DeviceStatus
    enrolled_at: _timestamp_pb2.Timestamp
    retired_at: _timestamp_pb2.Timestamp
    def __init__(self, device_id: _Optional[str] = ..., tenant_id: _Optional[str] = ..., hardware_id: _Optional[str] = ..., display_name: _Optional[str] = ..., online: _Optional[bool] = ..., last_seen_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., status: _Optional[_Union[DeviceStatus, _Mapping]] = ..., enrolled_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., retired_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListDevicesRequest(_message.Message):
    __slots__ = ("tenant_id", "page_size", "page_token")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    page_size: int
    page_token: str
    def __init__(self, tenant_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListDevicesResponse(_message.Message):
    __slots__ = ("devices", "next_page_token")
    DEVICES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    devices: _containers.RepeatedCompositeFieldContainer[Device]
    next_page_token: str
    def __init__(self, devices: _Optional[_Iterable[_Union[Device, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetDeviceRequest(_message.Message):
    __slots__ = ("device_id", "tenant_id")
    DEVICE_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    device_id: str
    tenant_id: str
    def __init__(self, device_id: _Optional[str] = ..., tenant_id: _Optional[str] = ...) -> None: ...

class GetDeviceResponse(_message.Message):
    __slots__ = ("device",)
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    device: Device
    def __init__(self, device: _Optional[_Union[Device, _Mapping]] = ...) -> None: ...

class SendCommandRequest(_message.Message):
    __slots__ = ("device_id", "tenant_id", "command_id", "kind", "resync_from_seq", "ttl_seconds")
    DEVICE_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    RESYNC_FROM_SEQ_FIELD_NUMBER: _ClassVar[int]
    TTL_SECONDS_FIELD_NUMBER: _ClassVar[int]
    device_id: str
    tenant_id: str
    command_id: str
    kind: CommandKind
    resync_from_seq: int
    ttl_seconds: int
    def __init__(self, device_id: _Optional[str] = ..., tenant_id: _Optional[str] = ..., command_id: _Optional[str] = ..., kind: _Optional[_Union[CommandKind, str]] = ..., resync_from_seq: _Optional[int] = ..., ttl_seconds: _Optional[int] = ...) -> None: ...

class CommandRecord(_message.Message):
    __slots__ = ("command", "state", "detail", "finished_at")
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    FINISHED_AT_FIELD_NUMBER: _ClassVar[int]
    command: Command
    state: CommandState
    detail: str
    finished_at: _timestamp_pb2.Timestamp
    def __init__(self, command: _Optional[_Union[Command, _Mapping]] = ..., state: _Optional[_Union[CommandState, str]] = ..., detail: _Optional[str] = ..., finished_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SendCommandResponse(_message.Message):
    __slots__ = ("record",)
    RECORD_FIELD_NUMBER: _ClassVar[int]
    record: CommandRecord
    def __init__(self, record: _Optional[_Union[CommandRecord, _Mapping]] = ...) -> None: ...

class GetCommandRequest(_message.Message):
    __slots__ = ("device_id", "command_id", "tenant_id")
    DEVICE_ID_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    device_id: str
    command_id: str
    tenant_id: str
    def __init__(self, device_id: _Optional[str] = ..., command_id: _Optional[str] = ..., tenant_id: _Optional[str] = ...) -> None: ...

class GetCommandResponse(_message.Message):
    __slots__ = ("record",)
    RECORD_FIELD_NUMBER: _ClassVar[int]
    record: CommandRecord
    def __init__(self, record: _Optional[_Union[CommandRecord, _Mapping]] = ...) -> None: ...
