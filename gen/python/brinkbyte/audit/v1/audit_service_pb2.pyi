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

class ChainFault(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHAIN_FAULT_UNSPECIFIED: _ClassVar[ChainFault]
    CHAIN_FAULT_ALTERED: _ClassVar[ChainFault]
    CHAIN_FAULT_REMOVED: _ClassVar[ChainFault]
    CHAIN_FAULT_INSERTED: _ClassVar[ChainFault]
    CHAIN_FAULT_REORDERED: _ClassVar[ChainFault]
    CHAIN_FAULT_REWRITTEN: _ClassVar[ChainFault]
    CHAIN_FAULT_TRUNCATED: _ClassVar[ChainFault]
CHAIN_FAULT_UNSPECIFIED: ChainFault
CHAIN_FAULT_ALTERED: ChainFault
CHAIN_FAULT_REMOVED: ChainFault
CHAIN_FAULT_INSERTED: ChainFault
CHAIN_FAULT_REORDERED: ChainFault
CHAIN_FAULT_REWRITTEN: ChainFault
CHAIN_FAULT_TRUNCATED: ChainFault

class AuditEvent(_message.Message):
    __slots__ = ("entry_id", "recorded_at", "actor_kind", "actor_id", "request_id", "action", "resource", "details", "seq", "sealed_at", "prev_hash", "hash")
    class DetailsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    RECORDED_AT_FIELD_NUMBER: _ClassVar[int]
    ACTOR_KIND_FIELD_NUMBER: _ClassVar[int]
    ACTOR_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    SEQ_FIELD_NUMBER: _ClassVar[int]
    SEALED_AT_FIELD_NUMBER: _ClassVar[int]
    PREV_HASH_FIELD_NUMBER: _ClassVar[int]
    HASH_FIELD_NUMBER: _ClassVar[int]
    entry_id: str
    recorded_at: _timestamp_pb2.Timestamp
    actor_kind: str
    actor_id: str
    request_id: str
    action: str
    resource: str
    details: _containers.ScalarMap[str, str]
    seq: int
    sealed_at: _timestamp_pb2.Timestamp
    prev_hash: str
    hash: str
    def __init__(self, entry_id: _Optional[str] = ..., recorded_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., actor_kind: _Optional[str] = ..., actor_id: _Optional[str] = ..., request_id: _Optional[str] = ..., action: _Optional[str] = ..., resource: _Optional[str] = ..., details: _Optional[_Mapping[str, str]] = ..., seq: _Optional[int] = ..., sealed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., prev_hash: _Optional[str] = ..., hash: _Optional[str] = ...) -> None: ...

class AuditHead(_message.Message):
    __slots__ = ("seq", "hash", "signed_at", "token")
    SEQ_FIELD_NUMBER: _ClassVar[int]
    HASH_FIELD_NUMBER: _ClassVar[int]
    SIGNED_AT_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    seq: int
    hash: str
    signed_at: _timestamp_pb2.Timestamp
    token: str
    def __init__(self, seq: _Optional[int] = ..., hash: _Optional[str] = ..., signed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., token: _Optional[str] = ...) -> None: ...

class ListAuditEventsRequest(_message.Message):
    __slots__ = ("tenant_id", "action", "since", "until", "page_size", "page_token")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    action: str
    since: _timestamp_pb2.Timestamp
    until: _timestamp_pb2.Timestamp
    page_size: int
    page_token: str
    def __init__(self, tenant_id: _Optional[str] = ..., action: _Optional[str] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListAuditEventsResponse(_message.Message):
    __slots__ = ("events", "next_page_token")
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[AuditEvent]
    next_page_token: str
    def __init__(self, events: _Optional[_Iterable[_Union[AuditEvent, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetAuditHeadRequest(_message.Message):
    __slots__ = ("tenant_id",)
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    def __init__(self, tenant_id: _Optional[str] = ...) -> None: ...

class GetAuditHeadResponse(_message.Message):
    __slots__ = ("head",)
    HEAD_FIELD_NUMBER: _ClassVar[int]
    head: AuditHead
    def __init__(self, head: _Optional[_Union[AuditHead, _Mapping]] = ...) -> None: ...

class VerifyAuditChainRequest(_message.Message):
    __slots__ = ("tenant_id", "kept_heads", "after_head")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    KEPT_HEADS_FIELD_NUMBER: _ClassVar[int]
    AFTER_HEAD_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    kept_heads: _containers.RepeatedScalarFieldContainer[str]
    after_head: str
    def __init__(self, tenant_id: _Optional[str] = ..., kept_heads: _Optional[_Iterable[str]] = ..., after_head: _Optional[str] = ...) -> None: ...

class VerifyAuditChainResponse(_message.Message):
    __slots__ = ("valid", "rows", "fault", "bad_seq", "bad_entry_id", "message", "complete", "unsealed", "head")
    VALID_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    FAULT_FIELD_NUMBER: _ClassVar[int]
    BAD_SEQ_FIELD_NUMBER: _ClassVar[int]
    BAD_ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_FIELD_NUMBER: _ClassVar[int]
    UNSEALED_FIELD_NUMBER: _ClassVar[int]
    HEAD_FIELD_NUMBER: _ClassVar[int]
    valid: bool
    rows: int
    fault: ChainFault
    bad_seq: int
    bad_entry_id: str
    message: str
    complete: bool
    unsealed: int
    head: AuditHead
    def __init__(self, valid: _Optional[bool] = ..., rows: _Optional[int] = ..., fault: _Optional[_Union[ChainFault, str]] = ..., bad_seq: _Optional[int] = ..., bad_entry_id: _Optional[str] = ..., message: _Optional[str] = ..., complete: _Optional[bool] = ..., unsealed: _Optional[int] = ..., head: _Optional[_Union[AuditHead, _Mapping]] = ...) -> None: ...
