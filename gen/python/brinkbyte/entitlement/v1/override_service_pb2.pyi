import datetime

from brinkbyte.common.v1 import access_pb2 as _access_pb2
from brinkbyte.common.v1 import epoch_pb2 as _epoch_pb2
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

class PricedKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PRICED_KIND_UNSPECIFIED: _ClassVar[PricedKind]
    PRICED_KIND_METRIC: _ClassVar[PricedKind]
    PRICED_KIND_ITEM: _ClassVar[PricedKind]
    PRICED_KIND_PLAN: _ClassVar[PricedKind]
PRICED_KIND_UNSPECIFIED: PricedKind
PRICED_KIND_METRIC: PricedKind
PRICED_KIND_ITEM: PricedKind
PRICED_KIND_PLAN: PricedKind

class FeatureOverride(_message.Message):
    __slots__ = ("feature", "allowed", "camera_id")
    FEATURE_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_FIELD_NUMBER: _ClassVar[int]
    CAMERA_ID_FIELD_NUMBER: _ClassVar[int]
    feature: str
    allowed: bool
    camera_id: str
    def __init__(self, feature: _Optional[str] = ..., allowed: _Optional[bool] = ..., camera_id: _Optional[str] = ...) -> None: ...

class QuotaOverride(_message.Message):
    __slots__ = ("metric", "included", "ceiling")
    METRIC_FIELD_NUMBER: _ClassVar[int]
    INCLUDED_FIELD_NUMBER: _ClassVar[int]
    CEILING_FIELD_NUMBER: _ClassVar[int]
    metric: str
    included: str
    ceiling: str
    def __init__(self, metric: _Optional[str] = ..., included: _Optional[str] = ..., ceiling: _Optional[str] = ...) -> None: ...

class CurrencyPrice(_message.Message):
    __slots__ = ("currency", "price")
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    currency: str
    price: str
    def __init__(self, currency: _Optional[str] = ..., price: _Optional[str] = ...) -> None: ...

class PriceOverride(_message.Message):
    __slots__ = ("kind", "family", "name", "prices")
    KIND_FIELD_NUMBER: _ClassVar[int]
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PRICES_FIELD_NUMBER: _ClassVar[int]
    kind: PricedKind
    family: str
    name: str
    prices: _containers.RepeatedCompositeFieldContainer[CurrencyPrice]
    def __init__(self, kind: _Optional[_Union[PricedKind, str]] = ..., family: _Optional[str] = ..., name: _Optional[str] = ..., prices: _Optional[_Iterable[_Union[CurrencyPrice, _Mapping]]] = ...) -> None: ...

class Override(_message.Message):
    __slots__ = ("override_id", "feature", "quota", "price", "reason", "created_at", "expires_at", "expired")
    OVERRIDE_ID_FIELD_NUMBER: _ClassVar[int]
    FEATURE_FIELD_NUMBER: _ClassVar[int]
    QUOTA_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    EXPIRED_FIELD_NUMBER: _ClassVar[int]
    override_id: str
    feature: FeatureOverride
    quota: QuotaOverride
    price: PriceOverride
    reason: str
    created_at: _timestamp_pb2.Timestamp
    expires_at: _timestamp_pb2.Timestamp
    expired: bool
    def __init__(self, override_id: _Optional[str] = ..., feature: _Optional[_Union[FeatureOverride, _Mapping]] = ..., quota: _Optional[_Union[QuotaOverride, _Mapping]] = ..., price: _Optional[_Union[PriceOverride, _Mapping]] = ..., reason: _Optional[str] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expired: _Optional[bool] = ...) -> None: ...

class SetOverrideRequest(_message.Message):
    __slots__ = ("tenant_id", "feature", "quota", "price", "reason", "expires_at")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    FEATURE_FIELD_NUMBER: _ClassVar[int]
    QUOTA_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    feature: FeatureOverride
    quota: QuotaOverride
    price: PriceOverride
    reason: str
    expires_at: _timestamp_pb2.Timestamp
    def __init__(self, tenant_id: _Optional[str] = ..., feature: _Optional[_Union[FeatureOverride, _Mapping]] = ..., quota: _Optional[_Union[QuotaOverride, _Mapping]] = ..., price: _Optional[_Union[PriceOverride, _Mapping]] = ..., reason: _Optional[str] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SetOverrideResponse(_message.Message):
    __slots__ = ("override", "epoch")
    OVERRIDE_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    override: Override
    epoch: _epoch_pb2.Epoch
    def __init__(self, override: _Optional[_Union[Override, _Mapping]] = ..., epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ...) -> None: ...

class RemoveOverrideRequest(_message.Message):
    __slots__ = ("tenant_id", "override_id")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    OVERRIDE_ID_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    override_id: str
    def __init__(self, tenant_id: _Optional[str] = ..., override_id: _Optional[str] = ...) -> None: ...

class RemoveOverrideResponse(_message.Message):
    __slots__ = ("removed", "epoch")
    REMOVED_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    removed: bool
    epoch: _epoch_pb2.Epoch
    def __init__(self, removed: _Optional[bool] = ..., epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ...) -> None: ...

class ListOverridesRequest(_message.Message):
    __slots__ = ("tenant_id", "page_size", "page_token")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    page_size: int
    page_token: str
    def __init__(self, tenant_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListOverridesResponse(_message.Message):
    __slots__ = ("overrides", "next_page_token")
    OVERRIDES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    overrides: _containers.RepeatedCompositeFieldContainer[Override]
    next_page_token: str
    def __init__(self, overrides: _Optional[_Iterable[_Union[Override, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
