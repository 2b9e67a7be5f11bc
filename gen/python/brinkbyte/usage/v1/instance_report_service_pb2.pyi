import datetime

from brinkbyte.common.v1 import access_pb2 as _access_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class InstanceReport(_message.Message):
    __slots__ = ("tenant_id", "instance_id", "active_devices", "total_devices", "reported_at")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_DEVICES_FIELD_NUMBER: _ClassVar[int]
    TOTAL_DEVICES_FIELD_NUMBER: _ClassVar[int]
    REPORTED_AT_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    instance_id: str
    active_devices: int
    total_devices: int
    reported_at: _timestamp_pb2.Timestamp
    def __init__(self, tenant_id: _Optional[str] = ..., instance_id: _Optional[str] = ..., active_devices: _Optional[int] = ..., total_devices: _Optional[int] = ..., reported_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ReportInstanceRequest(_message.Message):
    __slots__ = ("tenant_id", "instance_id", "active_devices", "total_devices")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_DEVICES_FIELD_NUMBER: _ClassVar[int]
    TOTAL_DEVICES_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    instance_id: str
    active_devices: int
    total_devices: int
    def __init__(self, tenant_id: _Optional[str] = ..., instance_id: _Optional[str] = ..., active_devices: _Optional[int] = ..., total_devices: _Optional[int] = ...) -> None: ...

class ReportInstanceResponse(_message.Message):
    __slots__ = ("report",)
    REPORT_FIELD_NUMBER: _ClassVar[int]
    report: InstanceReport
    def __init__(self, report: _Optional[_Union[InstanceReport, _Mapping]] = ...) -> None: ...

class ListInstanceReportsRequest(_message.Message):
    __slots__ = ("tenant_id", "instance_id", "page_size", "page_token")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    instance_id: str
    page_size: int
    page_token: str
    def __init__(self, tenant_id: _Optional[str] = ..., instance_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListInstanceReportsResponse(_message.Message):
    __slots__ = ("reports", "next_page_token")
    REPORTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    reports: _containers.RepeatedCompositeFieldContainer[InstanceReport]
    next_page_token: str
    def __init__(self, reports: _Optional[_Iterable[_Union[InstanceReport, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetLatestInstanceReportsRequest(_message.Message):
    __slots__ = ("tenant_id", "page_size", "page_token")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    page_size: int
    page_token: str
    def __init__(self, tenant_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class GetLatestInstanceReportsResponse(_message.Message):
    __slots__ = ("reports", "next_page_token")
    REPORTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    reports: _containers.RepeatedCompositeFieldContainer[InstanceReport]
    next_page_token: str
    def __init__(self, reports: _Optional[_Iterable[_Union[InstanceReport, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CleanUpInstanceReportsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CleanUpInstanceReportsResponse(_message.Message):
    __slots__ = ("deleted",)
    DELETED_FIELD_NUMBER: _ClassVar[int]
    deleted: int
    def __init__(self, deleted: _Optional[int] = ...) -> None: ...
