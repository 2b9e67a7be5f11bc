import datetime

from brinkbyte.common.v1 import access_pb2 as _access_pb2
from brinkbyte.common.v1 import error_reason_pb2 as _error_reason_pb2
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

class EventStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EVENT_STATUS_UNSPECIFIED: _ClassVar[EventStatus]
    EVENT_STATUS_ACCEPTED: _ClassVar[EventStatus]
    EVENT_STATUS_DUPLICATE: _ClassVar[EventStatus]
    EVENT_STATUS_CONFLICT: _ClassVar[EventStatus]
    EVENT_STATUS_REJECTED: _ClassVar[EventStatus]

class UsageWindow(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    USAGE_WINDOW_UNSPECIFIED: _ClassVar[UsageWindow]
    USAGE_WINDOW_HOUR: _ClassVar[UsageWindow]
    USAGE_WINDOW_DAY: _ClassVar[UsageWindow]
    USAGE_WINDOW_MONTH: _ClassVar[UsageWindow]
    USAGE_WINDOW_MINUTE: _ClassVar[UsageWindow]
    USAGE_WINDOW_PERIOD: _ClassVar[UsageWindow]
EVENT_STATUS_UNSPECIFIED: EventStatus
EVENT_STATUS_ACCEPTED: EventStatus
EVENT_STATUS_DUPLICATE: EventStatus
EVENT_STATUS_CONFLICT: EventStatus
EVENT_STATUS_REJECTED: EventStatus
USAGE_WINDOW_UNSPECIFIED: UsageWindow
USAGE_WINDOW_HOUR: UsageWindow
USAGE_WINDOW_DAY: UsageWindow
USAGE_WINDOW_MONTH: UsageWindow
USAGE_WINDOW_MINUTE: UsageWindow
USAGE_WINDOW_PERIOD: UsageWindow

class UsageEvent(_message.Message):
    __slots__ = ("event_id", "event_type", "resource_id", "quantity", "unit", "event_time", "request_id", "dimensions")
    class DimensionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    DIMENSIONS_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    event_type: str
    resource_id: str
    quantity: str
    unit: str
    event_time: _timestamp_pb2.Timestamp
    request_id: str
    dimensions: _containers.ScalarMap[str, str]
    def __init__(self, event_id: _Optional[str] = ..., event_type: _Optional[str] = ..., resource_id: _Optional[str] = ..., quantity: _Optional[str] = ..., unit: _Optional[str] = ..., event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., request_id: _Optional[str] = ..., dimensions: _Optional[_Mapping[str, str]] = ...) -> None: ...

class EventResult(_message.Message):
    __slots__ = ("event_id", "status", "reason")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    status: EventStatus
    reason: str
    def __init__(self, event_id: _Optional[str] = ..., status: _Optional[_Union[EventStatus, str]] = ..., reason: _Optional[str] = ...) -> None: ...

class ReportUsageRequest(_message.Message):
    __slots__ = ("tenant_id", "device_id", "events")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    DEVICE_ID_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    device_id: str
    events: _containers.RepeatedCompositeFieldContainer[UsageEvent]
    def __init__(self, tenant_id: _Optional[str] = ..., device_id: _Optional[str] = ..., events: _Optional[_Iterable[_Union[UsageEvent, _Mapping]]] = ...) -> None: ...

class ReportUsageResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[EventResult]
    def __init__(self, results: _Optional[_Iterable[_Union[EventResult, _Mapping]]] = ...) -> None: ...

class JournalEvent(_message.Message):
    __slots__ = ("event_type", "resource_id", "quantity_e5", "event_time_us", "dimensions", "request_id")
    class DimensionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    EVENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_E5_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_US_FIELD_NUMBER: _ClassVar[int]
    DIMENSIONS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    event_type: str
    resource_id: str
    quantity_e5: int
    event_time_us: int
    dimensions: _containers.ScalarMap[str, str]
    request_id: str
    def __init__(self, event_type: _Optional[str] = ..., resource_id: _Optional[str] = ..., quantity_e5: _Optional[int] = ..., event_time_us: _Optional[int] = ..., dimensions: _Optional[_Mapping[str, str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class JournalHello(_message.Message):
    __slots__ = ("journal_id", "last_seq", "first_seq")
    JOURNAL_ID_FIELD_NUMBER: _ClassVar[int]
    LAST_SEQ_FIELD_NUMBER: _ClassVar[int]
    FIRST_SEQ_FIELD_NUMBER: _ClassVar[int]
    journal_id: str
    last_seq: int
    first_seq: int
    def __init__(self, journal_id: _Optional[str] = ..., last_seq: _Optional[int] = ..., first_seq: _Optional[int] = ...) -> None: ...

class JournalBatch(_message.Message):
    __slots__ = ("first_seq", "previous_hash", "payloads")
    FIRST_SEQ_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_HASH_FIELD_NUMBER: _ClassVar[int]
    PAYLOADS_FIELD_NUMBER: _ClassVar[int]
    first_seq: int
    previous_hash: bytes
    payloads: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, first_seq: _Optional[int] = ..., previous_hash: _Optional[bytes] = ..., payloads: _Optional[_Iterable[bytes]] = ...) -> None: ...

class StreamUsageRequest(_message.Message):
    __slots__ = ("hello", "batch")
    HELLO_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    hello: JournalHello
    batch: JournalBatch
    def __init__(self, hello: _Optional[_Union[JournalHello, _Mapping]] = ..., batch: _Optional[_Union[JournalBatch, _Mapping]] = ...) -> None: ...

class JournalReady(_message.Message):
    __slots__ = ("through_seq", "through_hash", "window")
    THROUGH_SEQ_FIELD_NUMBER: _ClassVar[int]
    THROUGH_HASH_FIELD_NUMBER: _ClassVar[int]
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    through_seq: int
    through_hash: bytes
    window: int
    def __init__(self, through_seq: _Optional[int] = ..., through_hash: _Optional[bytes] = ..., window: _Optional[int] = ...) -> None: ...

class JournalException(_message.Message):
    __slots__ = ("seq", "status", "reason")
    SEQ_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    seq: int
    status: EventStatus
    reason: str
    def __init__(self, seq: _Optional[int] = ..., status: _Optional[_Union[EventStatus, str]] = ..., reason: _Optional[str] = ...) -> None: ...

class JournalAck(_message.Message):
    __slots__ = ("through_seq", "duplicates", "exceptions")
    THROUGH_SEQ_FIELD_NUMBER: _ClassVar[int]
    DUPLICATES_FIELD_NUMBER: _ClassVar[int]
    EXCEPTIONS_FIELD_NUMBER: _ClassVar[int]
    through_seq: int
    duplicates: int
    exceptions: _containers.RepeatedCompositeFieldContainer[JournalException]
    def __init__(self, through_seq: _Optional[int] = ..., duplicates: _Optional[int] = ..., exceptions: _Optional[_Iterable[_Union[JournalException, _Mapping]]] = ...) -> None: ...

class JournalResync(_message.Message):
    __slots__ = ("resync_from_seq",)
    RESYNC_FROM_SEQ_FIELD_NUMBER: _ClassVar[int]
    resync_from_seq: int
    def __init__(self, resync_from_seq: _Optional[int] = ...) -> None: ...

class JournalFork(_message.Message):
    __slots__ = ("seq", "reason", "message")
    SEQ_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    seq: int
    reason: _error_reason_pb2.ErrorReason
    message: str
    def __init__(self, seq: _Optional[int] = ..., reason: _Optional[_Union[_error_reason_pb2.ErrorReason, str]] = ..., message: _Optional[str] = ...) -> None: ...

class StreamUsageResponse(_message.Message):
    __slots__ = ("ready", "ack", "resync", "fork")
    READY_FIELD_NUMBER: _ClassVar[int]
    ACK_FIELD_NUMBER: _ClassVar[int]
    RESYNC_FIELD_NUMBER: _ClassVar[int]
    FORK_FIELD_NUMBER: _ClassVar[int]
    ready: JournalReady
    ack: JournalAck
    resync: JournalResync
    fork: JournalFork
    def __init__(self, ready: _Optional[_Union[JournalReady, _Mapping]] = ..., ack: _Optional[_Union[JournalAck, _Mapping]] = ..., resync: _Optional[_Union[JournalResync, _Mapping]] = ..., fork: _Optional[_Union[JournalFork, _Mapping]] = ...) -> None: ...

class QueryUsageRequest(_message.Message):
    __slots__ = ("tenant_id", "event_type", "start_time", "end_time", "window", "page_size", "page_token", "count_unique")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    COUNT_UNIQUE_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    event_type: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    window: UsageWindow
    page_size: int
    page_token: str
    count_unique: bool
    def __init__(self, tenant_id: _Optional[str] = ..., event_type: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., window: _Optional[_Union[UsageWindow, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., count_unique: _Optional[bool] = ...) -> None: ...

class UsagePoint(_message.Message):
    __slots__ = ("event_type", "unit", "window_start", "quantity", "events", "max_quantity", "unique_resources")
    EVENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    WINDOW_START_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    MAX_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    UNIQUE_RESOURCES_FIELD_NUMBER: _ClassVar[int]
    event_type: str
    unit: str
    window_start: _timestamp_pb2.Timestamp
    quantity: str
    events: int
    max_quantity: str
    unique_resources: int
    def __init__(self, event_type: _Optional[str] = ..., unit: _Optional[str] = ..., window_start: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., quantity: _Optional[str] = ..., events: _Optional[int] = ..., max_quantity: _Optional[str] = ..., unique_resources: _Optional[int] = ...) -> None: ...

class QueryUsageResponse(_message.Message):
    __slots__ = ("points", "next_page_token")
    POINTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    points: _containers.RepeatedCompositeFieldContainer[UsagePoint]
    next_page_token: str
    def __init__(self, points: _Optional[_Iterable[_Union[UsagePoint, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
