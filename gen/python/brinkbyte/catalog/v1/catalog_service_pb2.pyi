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

class FeatureKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FEATURE_KIND_UNSPECIFIED: _ClassVar[FeatureKind]
    FEATURE_KIND_MODEL: _ClassVar[FeatureKind]
    FEATURE_KIND_ANALYTIC: _ClassVar[FeatureKind]
    FEATURE_KIND_OUTPUT: _ClassVar[FeatureKind]

class SoldPer(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SOLD_PER_UNSPECIFIED: _ClassVar[SoldPer]
    SOLD_PER_CAMERA: _ClassVar[SoldPer]
    SOLD_PER_TENANT: _ClassVar[SoldPer]
    SOLD_PER_DEVICE: _ClassVar[SoldPer]
FEATURE_KIND_UNSPECIFIED: FeatureKind
FEATURE_KIND_MODEL: FeatureKind
FEATURE_KIND_ANALYTIC: FeatureKind
FEATURE_KIND_OUTPUT: FeatureKind
SOLD_PER_UNSPECIFIED: SoldPer
SOLD_PER_CAMERA: SoldPer
SOLD_PER_TENANT: SoldPer
SOLD_PER_DEVICE: SoldPer

class GetCatalogRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Feature(_message.Message):
    __slots__ = ("name", "kind", "metric")
    NAME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    METRIC_FIELD_NUMBER: _ClassVar[int]
    name: str
    kind: FeatureKind
    metric: str
    def __init__(self, name: _Optional[str] = ..., kind: _Optional[_Union[FeatureKind, str]] = ..., metric: _Optional[str] = ...) -> None: ...

class GrowthPack(_message.Message):
    __slots__ = ("name", "sold_per", "unit_price", "currency", "features")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SOLD_PER_FIELD_NUMBER: _ClassVar[int]
    UNIT_PRICE_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    name: str
    sold_per: SoldPer
    unit_price: str
    currency: str
    features: _containers.RepeatedCompositeFieldContainer[Feature]
    def __init__(self, name: _Optional[str] = ..., sold_per: _Optional[_Union[SoldPer, str]] = ..., unit_price: _Optional[str] = ..., currency: _Optional[str] = ..., features: _Optional[_Iterable[_Union[Feature, _Mapping]]] = ...) -> None: ...

class Metric(_message.Message):
    __slots__ = ("name", "unit", "unit_price", "currency", "price_scheme")
    NAME_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    UNIT_PRICE_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    PRICE_SCHEME_FIELD_NUMBER: _ClassVar[int]
    name: str
    unit: str
    unit_price: str
    currency: str
    price_scheme: PriceScheme
    def __init__(self, name: _Optional[str] = ..., unit: _Optional[str] = ..., unit_price: _Optional[str] = ..., currency: _Optional[str] = ..., price_scheme: _Optional[_Union[PriceScheme, _Mapping]] = ...) -> None: ...

class PriceScheme(_message.Message):
    __slots__ = ("model", "price", "size", "tiers")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    TIERS_FIELD_NUMBER: _ClassVar[int]
    model: str
    price: str
    size: str
    tiers: _containers.RepeatedCompositeFieldContainer[PriceTier]
    def __init__(self, model: _Optional[str] = ..., price: _Optional[str] = ..., size: _Optional[str] = ..., tiers: _Optional[_Iterable[_Union[PriceTier, _Mapping]]] = ...) -> None: ...

class PriceTier(_message.Message):
    __slots__ = ("up_to", "unit_price", "flat")
    UP_TO_FIELD_NUMBER: _ClassVar[int]
    UNIT_PRICE_FIELD_NUMBER: _ClassVar[int]
    FLAT_FIELD_NUMBER: _ClassVar[int]
    up_to: str
    unit_price: str
    flat: str
    def __init__(self, up_to: _Optional[str] = ..., unit_price: _Optional[str] = ..., flat: _Optional[str] = ...) -> None: ...

class PlanLimit(_message.Message):
    __slots__ = ("name", "count", "unlimited", "enabled")
    NAME_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    UNLIMITED_FIELD_NUMBER: _ClassVar[int]
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    name: str
    count: int
    unlimited: bool
    enabled: bool
    def __init__(self, name: _Optional[str] = ..., count: _Optional[int] = ..., unlimited: _Optional[bool] = ..., enabled: _Optional[bool] = ...) -> None: ...

class PlanQuota(_message.Message):
    __slots__ = ("metric", "included", "cap", "overage_price", "period", "rolling_days", "carry_over_percent", "overage_scheme")
    METRIC_FIELD_NUMBER: _ClassVar[int]
    INCLUDED_FIELD_NUMBER: _ClassVar[int]
    CAP_FIELD_NUMBER: _ClassVar[int]
    OVERAGE_PRICE_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    ROLLING_DAYS_FIELD_NUMBER: _ClassVar[int]
    CARRY_OVER_PERCENT_FIELD_NUMBER: _ClassVar[int]
    OVERAGE_SCHEME_FIELD_NUMBER: _ClassVar[int]
    metric: str
    included: str
    cap: str
    overage_price: str
    period: str
    rolling_days: int
    carry_over_percent: int
    overage_scheme: PriceScheme
    def __init__(self, metric: _Optional[str] = ..., included: _Optional[str] = ..., cap: _Optional[str] = ..., overage_price: _Optional[str] = ..., period: _Optional[str] = ..., rolling_days: _Optional[int] = ..., carry_over_percent: _Optional[int] = ..., overage_scheme: _Optional[_Union[PriceScheme, _Mapping]] = ...) -> None: ...

class Plan(_message.Message):
    __slots__ = ("family", "name", "title", "price", "currency", "trial_days", "limits", "quotas")
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    TRIAL_DAYS_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    QUOTAS_FIELD_NUMBER: _ClassVar[int]
    family: str
    name: str
    title: str
    price: str
    currency: str
    trial_days: int
    limits: _containers.RepeatedCompositeFieldContainer[PlanLimit]
    quotas: _containers.RepeatedCompositeFieldContainer[PlanQuota]
    def __init__(self, family: _Optional[str] = ..., name: _Optional[str] = ..., title: _Optional[str] = ..., price: _Optional[str] = ..., currency: _Optional[str] = ..., trial_days: _Optional[int] = ..., limits: _Optional[_Iterable[_Union[PlanLimit, _Mapping]]] = ..., quotas: _Optional[_Iterable[_Union[PlanQuota, _Mapping]]] = ...) -> None: ...

class Item(_message.Message):
    __slots__ = ("family", "name", "title", "sold_per", "growth_pack", "unit_price", "currency")
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    SOLD_PER_FIELD_NUMBER: _ClassVar[int]
    GROWTH_PACK_FIELD_NUMBER: _ClassVar[int]
    UNIT_PRICE_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    family: str
    name: str
    title: str
    sold_per: SoldPer
    growth_pack: str
    unit_price: str
    currency: str
    def __init__(self, family: _Optional[str] = ..., name: _Optional[str] = ..., title: _Optional[str] = ..., sold_per: _Optional[_Union[SoldPer, str]] = ..., growth_pack: _Optional[str] = ..., unit_price: _Optional[str] = ..., currency: _Optional[str] = ...) -> None: ...

class GetCatalogResponse(_message.Message):
    __slots__ = ("version", "growth_packs", "metrics", "plans", "items", "number")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    GROWTH_PACKS_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    PLANS_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    version: str
    growth_packs: _containers.RepeatedCompositeFieldContainer[GrowthPack]
    metrics: _containers.RepeatedCompositeFieldContainer[Metric]
    plans: _containers.RepeatedCompositeFieldContainer[Plan]
    items: _containers.RepeatedCompositeFieldContainer[Item]
    number: int
    def __init__(self, version: _Optional[str] = ..., growth_packs: _Optional[_Iterable[_Union[GrowthPack, _Mapping]]] = ..., metrics: _Optional[_Iterable[_Union[Metric, _Mapping]]] = ..., plans: _Optional[_Iterable[_Union[Plan, _Mapping]]] = ..., items: _Optional[_Iterable[_Union[Item, _Mapping]]] = ..., number: _Optional[int] = ...) -> None: ...

class CatalogProblem(_message.Message):
    __slots__ = ("line", "path", "text")
    LINE_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    line: int
    path: str
    text: str
    def __init__(self, line: _Optional[int] = ..., path: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class CatalogChange(_message.Message):
    __slots__ = ("sign", "subject", "text", "holders")
    SIGN_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    HOLDERS_FIELD_NUMBER: _ClassVar[int]
    sign: str
    subject: str
    text: str
    holders: int
    def __init__(self, sign: _Optional[str] = ..., subject: _Optional[str] = ..., text: _Optional[str] = ..., holders: _Optional[int] = ...) -> None: ...

class CatalogVersion(_message.Message):
    __slots__ = ("number", "version", "applied_at", "applied_by")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    APPLIED_AT_FIELD_NUMBER: _ClassVar[int]
    APPLIED_BY_FIELD_NUMBER: _ClassVar[int]
    number: int
    version: str
    applied_at: _timestamp_pb2.Timestamp
    applied_by: str
    def __init__(self, number: _Optional[int] = ..., version: _Optional[str] = ..., applied_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., applied_by: _Optional[str] = ...) -> None: ...

class ValidateCatalogRequest(_message.Message):
    __slots__ = ("document",)
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    document: str
    def __init__(self, document: _Optional[str] = ...) -> None: ...

class ValidateCatalogResponse(_message.Message):
    __slots__ = ("problems",)
    PROBLEMS_FIELD_NUMBER: _ClassVar[int]
    problems: _containers.RepeatedCompositeFieldContainer[CatalogProblem]
    def __init__(self, problems: _Optional[_Iterable[_Union[CatalogProblem, _Mapping]]] = ...) -> None: ...

class DiffCatalogRequest(_message.Message):
    __slots__ = ("document",)
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    document: str
    def __init__(self, document: _Optional[str] = ...) -> None: ...

class DiffCatalogResponse(_message.Message):
    __slots__ = ("live_number", "changes", "held", "tenants", "stripe")
    LIVE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    TENANTS_FIELD_NUMBER: _ClassVar[int]
    STRIPE_FIELD_NUMBER: _ClassVar[int]
    live_number: int
    changes: _containers.RepeatedCompositeFieldContainer[CatalogChange]
    held: _containers.RepeatedScalarFieldContainer[str]
    tenants: int
    stripe: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, live_number: _Optional[int] = ..., changes: _Optional[_Iterable[_Union[CatalogChange, _Mapping]]] = ..., held: _Optional[_Iterable[str]] = ..., tenants: _Optional[int] = ..., stripe: _Optional[_Iterable[str]] = ...) -> None: ...

class ApplyCatalogRequest(_message.Message):
    __slots__ = ("document", "expected_number")
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_NUMBER_FIELD_NUMBER: _ClassVar[int]
    document: str
    expected_number: int
    def __init__(self, document: _Optional[str] = ..., expected_number: _Optional[int] = ...) -> None: ...

class ApplyCatalogResponse(_message.Message):
    __slots__ = ("live", "changes", "tenants")
    LIVE_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    TENANTS_FIELD_NUMBER: _ClassVar[int]
    live: CatalogVersion
    changes: _containers.RepeatedCompositeFieldContainer[CatalogChange]
    tenants: int
    def __init__(self, live: _Optional[_Union[CatalogVersion, _Mapping]] = ..., changes: _Optional[_Iterable[_Union[CatalogChange, _Mapping]]] = ..., tenants: _Optional[int] = ...) -> None: ...

class ListCatalogVersionsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListCatalogVersionsResponse(_message.Message):
    __slots__ = ("versions", "next_page_token")
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    versions: _containers.RepeatedCompositeFieldContainer[CatalogVersion]
    next_page_token: str
    def __init__(self, versions: _Optional[_Iterable[_Union[CatalogVersion, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetCatalogDocumentRequest(_message.Message):
    __slots__ = ("number",)
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    number: int
    def __init__(self, number: _Optional[int] = ...) -> None: ...

class GetCatalogDocumentResponse(_message.Message):
    __slots__ = ("version", "document")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    version: CatalogVersion
    document: str
    def __init__(self, version: _Optional[_Union[CatalogVersion, _Mapping]] = ..., document: _Optional[str] = ...) -> None: ...
