import datetime

from brinkbyte.common.v1 import access_pb2 as _access_pb2
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

class UsageProblemKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    USAGE_PROBLEM_KIND_UNSPECIFIED: _ClassVar[UsageProblemKind]
    USAGE_PROBLEM_KIND_REJECTED: _ClassVar[UsageProblemKind]
    USAGE_PROBLEM_KIND_CONFLICT: _ClassVar[UsageProblemKind]
    USAGE_PROBLEM_KIND_UNCOUNTED: _ClassVar[UsageProblemKind]
    USAGE_PROBLEM_KIND_HELD: _ClassVar[UsageProblemKind]

class HeldResolution(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HELD_RESOLUTION_UNSPECIFIED: _ClassVar[HeldResolution]
    HELD_RESOLUTION_ACCEPT: _ClassVar[HeldResolution]
    HELD_RESOLUTION_DISCARD: _ClassVar[HeldResolution]
USAGE_PROBLEM_KIND_UNSPECIFIED: UsageProblemKind
USAGE_PROBLEM_KIND_REJECTED: UsageProblemKind
USAGE_PROBLEM_KIND_CONFLICT: UsageProblemKind
USAGE_PROBLEM_KIND_UNCOUNTED: UsageProblemKind
USAGE_PROBLEM_KIND_HELD: UsageProblemKind
HELD_RESOLUTION_UNSPECIFIED: HeldResolution
HELD_RESOLUTION_ACCEPT: HeldResolution
HELD_RESOLUTION_DISCARD: HeldResolution

class UsageProblem(_message.Message):
    __slots__ = ("kind", "tenant_id", "event_id", "event_type", "reason", "reporter", "payload", "times", "first_seen_at", "last_seen_at")
    KIND_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REPORTER_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    TIMES_FIELD_NUMBER: _ClassVar[int]
    FIRST_SEEN_AT_FIELD_NUMBER: _ClassVar[int]
    LAST_SEEN_AT_FIELD_NUMBER: _ClassVar[int]
    kind: UsageProblemKind
    tenant_id: str
    event_id: str
    event_type: str
    reason: str
    reporter: str
    payload: str
    times: int
    first_seen_at: _timestamp_pb2.Timestamp
    last_seen_at: _timestamp_pb2.Timestamp
    def __init__(self, kind: _Optional[_Union[UsageProblemKind, str]] = ..., tenant_id: _Optional[str] = ..., event_id: _Optional[str] = ..., event_type: _Optional[str] = ..., reason: _Optional[str] = ..., reporter: _Optional[str] = ..., payload: _Optional[str] = ..., times: _Optional[int] = ..., first_seen_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_seen_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListUsageProblemsRequest(_message.Message):
    __slots__ = ("tenant_id", "kind", "page_size", "page_token")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    kind: UsageProblemKind
    page_size: int
    page_token: str
    def __init__(self, tenant_id: _Optional[str] = ..., kind: _Optional[_Union[UsageProblemKind, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListUsageProblemsResponse(_message.Message):
    __slots__ = ("problems", "next_page_token")
    PROBLEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    problems: _containers.RepeatedCompositeFieldContainer[UsageProblem]
    next_page_token: str
    def __init__(self, problems: _Optional[_Iterable[_Union[UsageProblem, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class HeldBatch(_message.Message):
    __slots__ = ("journal_id", "device_id", "first_seq", "events", "head_hash", "held_at", "resolution", "reason", "resolved_at")
    JOURNAL_ID_FIELD_NUMBER: _ClassVar[int]
    DEVICE_ID_FIELD_NUMBER: _ClassVar[int]
    FIRST_SEQ_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    HEAD_HASH_FIELD_NUMBER: _ClassVar[int]
    HELD_AT_FIELD_NUMBER: _ClassVar[int]
    RESOLUTION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    RESOLVED_AT_FIELD_NUMBER: _ClassVar[int]
    journal_id: str
    device_id: str
    first_seq: int
    events: int
    head_hash: str
    held_at: _timestamp_pb2.Timestamp
    resolution: HeldResolution
    reason: str
    resolved_at: _timestamp_pb2.Timestamp
    def __init__(self, journal_id: _Optional[str] = ..., device_id: _Optional[str] = ..., first_seq: _Optional[int] = ..., events: _Optional[int] = ..., head_hash: _Optional[str] = ..., held_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., resolution: _Optional[_Union[HeldResolution, str]] = ..., reason: _Optional[str] = ..., resolved_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListHeldBatchesRequest(_message.Message):
    __slots__ = ("tenant_id", "page_size", "page_token")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    page_size: int
    page_token: str
    def __init__(self, tenant_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListHeldBatchesResponse(_message.Message):
    __slots__ = ("batches", "next_page_token")
    BATCHES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    batches: _containers.RepeatedCompositeFieldContainer[HeldBatch]
    next_page_token: str
    def __init__(self, batches: _Optional[_Iterable[_Union[HeldBatch, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ResolveHeldBatchesRequest(_message.Message):
    __slots__ = ("tenant_id", "journal_id", "resolution", "reason")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_ID_FIELD_NUMBER: _ClassVar[int]
    RESOLUTION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    journal_id: str
    resolution: HeldResolution
    reason: str
    def __init__(self, tenant_id: _Optional[str] = ..., journal_id: _Optional[str] = ..., resolution: _Optional[_Union[HeldResolution, str]] = ..., reason: _Optional[str] = ...) -> None: ...

class ResolveHeldBatchesResponse(_message.Message):
    __slots__ = ("batches", "recorded", "known", "rejected", "remaining")
    BATCHES_FIELD_NUMBER: _ClassVar[int]
    RECORDED_FIELD_NUMBER: _ClassVar[int]
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    batches: int
    recorded: int
    known: int
    rejected: int
    remaining: int
    def __init__(self, batches: _Optional[int] = ..., recorded: _Optional[int] = ..., known: _Optional[int] = ..., rejected: _Optional[int] = ..., remaining: _Optional[int] = ...) -> None: ...
