import datetime

from brinkbyte.common.v1 import access_pb2 as _access_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class UsageStep(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    USAGE_STEP_UNSPECIFIED: _ClassVar[UsageStep]
    USAGE_STEP_INFERENCE: _ClassVar[UsageStep]
    USAGE_STEP_JOURNAL: _ClassVar[UsageStep]
    USAGE_STEP_LEDGER: _ClassVar[UsageStep]
    USAGE_STEP_AGGREGATE: _ClassVar[UsageStep]
    USAGE_STEP_INVOICE: _ClassVar[UsageStep]
    USAGE_STEP_STRIPE: _ClassVar[UsageStep]
USAGE_STEP_UNSPECIFIED: UsageStep
USAGE_STEP_INFERENCE: UsageStep
USAGE_STEP_JOURNAL: UsageStep
USAGE_STEP_LEDGER: UsageStep
USAGE_STEP_AGGREGATE: UsageStep
USAGE_STEP_INVOICE: UsageStep
USAGE_STEP_STRIPE: UsageStep

class StepSum(_message.Message):
    __slots__ = ("step", "event_type", "device_id", "quantity", "events")
    STEP_FIELD_NUMBER: _ClassVar[int]
    EVENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    DEVICE_ID_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    step: UsageStep
    event_type: str
    device_id: str
    quantity: str
    events: int
    def __init__(self, step: _Optional[_Union[UsageStep, str]] = ..., event_type: _Optional[str] = ..., device_id: _Optional[str] = ..., quantity: _Optional[str] = ..., events: _Optional[int] = ...) -> None: ...

class UsageDrift(_message.Message):
    __slots__ = ("from_step", "to_step", "event_type", "device_id", "invoice_id", "window_start", "expected", "found", "message", "healed")
    FROM_STEP_FIELD_NUMBER: _ClassVar[int]
    TO_STEP_FIELD_NUMBER: _ClassVar[int]
    EVENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    DEVICE_ID_FIELD_NUMBER: _ClassVar[int]
    INVOICE_ID_FIELD_NUMBER: _ClassVar[int]
    WINDOW_START_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_FIELD_NUMBER: _ClassVar[int]
    FOUND_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    HEALED_FIELD_NUMBER: _ClassVar[int]
    from_step: UsageStep
    to_step: UsageStep
    event_type: str
    device_id: str
    invoice_id: str
    window_start: _timestamp_pb2.Timestamp
    expected: str
    found: str
    message: str
    healed: bool
    def __init__(self, from_step: _Optional[_Union[UsageStep, str]] = ..., to_step: _Optional[_Union[UsageStep, str]] = ..., event_type: _Optional[str] = ..., device_id: _Optional[str] = ..., invoice_id: _Optional[str] = ..., window_start: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expected: _Optional[str] = ..., found: _Optional[str] = ..., message: _Optional[str] = ..., healed: _Optional[bool] = ...) -> None: ...

class TenantReconciliation(_message.Message):
    __slots__ = ("tenant_id", "sums", "drifts", "notes")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    SUMS_FIELD_NUMBER: _ClassVar[int]
    DRIFTS_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    sums: _containers.RepeatedCompositeFieldContainer[StepSum]
    drifts: _containers.RepeatedCompositeFieldContainer[UsageDrift]
    notes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, tenant_id: _Optional[str] = ..., sums: _Optional[_Iterable[_Union[StepSum, _Mapping]]] = ..., drifts: _Optional[_Iterable[_Union[UsageDrift, _Mapping]]] = ..., notes: _Optional[_Iterable[str]] = ...) -> None: ...

class ReconcileUsageRequest(_message.Message):
    __slots__ = ("tenant_id", "start_time", "end_time", "heal", "page_size", "page_token")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    HEAL_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    heal: bool
    page_size: int
    page_token: str
    def __init__(self, tenant_id: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., heal: _Optional[bool] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ReconcileUsageResponse(_message.Message):
    __slots__ = ("tenants", "next_page_token")
    TENANTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tenants: _containers.RepeatedCompositeFieldContainer[TenantReconciliation]
    next_page_token: str
    def __init__(self, tenants: _Optional[_Iterable[_Union[TenantReconciliation, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
