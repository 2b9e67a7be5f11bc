import datetime

from brinkbyte.common.v1 import access_pb2 as _access_pb2
from brinkbyte.common.v1 import money_pb2 as _money_pb2
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

class CostBasis(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COST_BASIS_UNSPECIFIED: _ClassVar[CostBasis]
    COST_BASIS_SPENT: _ClassVar[CostBasis]
    COST_BASIS_PROJECTED: _ClassVar[CostBasis]
COST_BASIS_UNSPECIFIED: CostBasis
COST_BASIS_SPENT: CostBasis
COST_BASIS_PROJECTED: CostBasis

class CostAlert(_message.Message):
    __slots__ = ("cost_alert_id", "basis", "amount", "percents", "display_name", "created_at")
    COST_ALERT_ID_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    PERCENTS_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    cost_alert_id: str
    basis: CostBasis
    amount: _money_pb2.Money
    percents: _containers.RepeatedScalarFieldContainer[int]
    display_name: str
    created_at: _timestamp_pb2.Timestamp
    def __init__(self, cost_alert_id: _Optional[str] = ..., basis: _Optional[_Union[CostBasis, str]] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., percents: _Optional[_Iterable[int]] = ..., display_name: _Optional[str] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SetCostAlertRequest(_message.Message):
    __slots__ = ("tenant_id", "basis", "amount", "percents", "display_name")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    PERCENTS_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    basis: CostBasis
    amount: _money_pb2.Money
    percents: _containers.RepeatedScalarFieldContainer[int]
    display_name: str
    def __init__(self, tenant_id: _Optional[str] = ..., basis: _Optional[_Union[CostBasis, str]] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., percents: _Optional[_Iterable[int]] = ..., display_name: _Optional[str] = ...) -> None: ...

class SetCostAlertResponse(_message.Message):
    __slots__ = ("cost_alert",)
    COST_ALERT_FIELD_NUMBER: _ClassVar[int]
    cost_alert: CostAlert
    def __init__(self, cost_alert: _Optional[_Union[CostAlert, _Mapping]] = ...) -> None: ...

class ListCostAlertsRequest(_message.Message):
    __slots__ = ("tenant_id", "page_size", "page_token")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    page_size: int
    page_token: str
    def __init__(self, tenant_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListCostAlertsResponse(_message.Message):
    __slots__ = ("cost_alerts", "next_page_token")
    COST_ALERTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    cost_alerts: _containers.RepeatedCompositeFieldContainer[CostAlert]
    next_page_token: str
    def __init__(self, cost_alerts: _Optional[_Iterable[_Union[CostAlert, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RemoveCostAlertRequest(_message.Message):
    __slots__ = ("tenant_id", "cost_alert_id")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    COST_ALERT_ID_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    cost_alert_id: str
    def __init__(self, tenant_id: _Optional[str] = ..., cost_alert_id: _Optional[str] = ...) -> None: ...

class RemoveCostAlertResponse(_message.Message):
    __slots__ = ("removed",)
    REMOVED_FIELD_NUMBER: _ClassVar[int]
    removed: bool
    def __init__(self, removed: _Optional[bool] = ...) -> None: ...
