from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CatalogDocument(_message.Message):
    __slots__ = ("currencies", "annual_discount", "packs", "metrics", "families")
    class PacksEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: CatalogPack
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[CatalogPack, _Mapping]] = ...) -> None: ...
    class MetricsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: CatalogMetric
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[CatalogMetric, _Mapping]] = ...) -> None: ...
    class FamiliesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: CatalogFamily
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[CatalogFamily, _Mapping]] = ...) -> None: ...
    CURRENCIES_FIELD_NUMBER: _ClassVar[int]
    ANNUAL_DISCOUNT_FIELD_NUMBER: _ClassVar[int]
    PACKS_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    FAMILIES_FIELD_NUMBER: _ClassVar[int]
    currencies: _containers.RepeatedScalarFieldContainer[str]
    annual_discount: str
    packs: _containers.MessageMap[str, CatalogPack]
    metrics: _containers.MessageMap[str, CatalogMetric]
    families: _containers.MessageMap[str, CatalogFamily]
    def __init__(self, currencies: _Optional[_Iterable[str]] = ..., annual_discount: _Optional[str] = ..., packs: _Optional[_Mapping[str, CatalogPack]] = ..., metrics: _Optional[_Mapping[str, CatalogMetric]] = ..., families: _Optional[_Mapping[str, CatalogFamily]] = ...) -> None: ...

class CatalogPack(_message.Message):
    __slots__ = ("title", "features")
    class FeaturesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _struct_pb2.Value
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ...) -> None: ...
    TITLE_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    title: str
    features: _containers.MessageMap[str, _struct_pb2.Value]
    def __init__(self, title: _Optional[str] = ..., features: _Optional[_Mapping[str, _struct_pb2.Value]] = ...) -> None: ...

class CatalogFeature(_message.Message):
    __slots__ = ("kind", "metric", "when_unknown")
    KIND_FIELD_NUMBER: _ClassVar[int]
    METRIC_FIELD_NUMBER: _ClassVar[int]
    WHEN_UNKNOWN_FIELD_NUMBER: _ClassVar[int]
    kind: str
    metric: str
    when_unknown: str
    def __init__(self, kind: _Optional[str] = ..., metric: _Optional[str] = ..., when_unknown: _Optional[str] = ...) -> None: ...

class CatalogMetric(_message.Message):
    __slots__ = ("title", "unit", "prices", "when_unknown", "price_scheme", "stripe_scale")
    class PricesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    TITLE_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    PRICES_FIELD_NUMBER: _ClassVar[int]
    WHEN_UNKNOWN_FIELD_NUMBER: _ClassVar[int]
    PRICE_SCHEME_FIELD_NUMBER: _ClassVar[int]
    STRIPE_SCALE_FIELD_NUMBER: _ClassVar[int]
    title: str
    unit: str
    prices: _containers.ScalarMap[str, str]
    when_unknown: str
    price_scheme: CatalogScheme
    stripe_scale: int
    def __init__(self, title: _Optional[str] = ..., unit: _Optional[str] = ..., prices: _Optional[_Mapping[str, str]] = ..., when_unknown: _Optional[str] = ..., price_scheme: _Optional[_Union[CatalogScheme, _Mapping]] = ..., stripe_scale: _Optional[int] = ...) -> None: ...

class CatalogFamily(_message.Message):
    __slots__ = ("title", "plans", "items")
    class PlansEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: CatalogPlan
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[CatalogPlan, _Mapping]] = ...) -> None: ...
    class ItemsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: CatalogItem
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[CatalogItem, _Mapping]] = ...) -> None: ...
    TITLE_FIELD_NUMBER: _ClassVar[int]
    PLANS_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    title: str
    plans: _containers.MessageMap[str, CatalogPlan]
    items: _containers.MessageMap[str, CatalogItem]
    def __init__(self, title: _Optional[str] = ..., plans: _Optional[_Mapping[str, CatalogPlan]] = ..., items: _Optional[_Mapping[str, CatalogItem]] = ...) -> None: ...

class CatalogPlan(_message.Message):
    __slots__ = ("title", "prices", "trial_days", "offline_grace_days", "grace_ladder", "limits", "quotas", "soft_cap")
    class LimitsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _struct_pb2.Value
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ...) -> None: ...
    class QuotasEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: CatalogQuota
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[CatalogQuota, _Mapping]] = ...) -> None: ...
    TITLE_FIELD_NUMBER: _ClassVar[int]
    PRICES_FIELD_NUMBER: _ClassVar[int]
    TRIAL_DAYS_FIELD_NUMBER: _ClassVar[int]
    OFFLINE_GRACE_DAYS_FIELD_NUMBER: _ClassVar[int]
    GRACE_LADDER_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    QUOTAS_FIELD_NUMBER: _ClassVar[int]
    SOFT_CAP_FIELD_NUMBER: _ClassVar[int]
    title: str
    prices: _struct_pb2.Value
    trial_days: int
    offline_grace_days: int
    grace_ladder: _containers.RepeatedCompositeFieldContainer[CatalogGraceStep]
    limits: _containers.MessageMap[str, _struct_pb2.Value]
    quotas: _containers.MessageMap[str, CatalogQuota]
    soft_cap: CatalogSoftCap
    def __init__(self, title: _Optional[str] = ..., prices: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ..., trial_days: _Optional[int] = ..., offline_grace_days: _Optional[int] = ..., grace_ladder: _Optional[_Iterable[_Union[CatalogGraceStep, _Mapping]]] = ..., limits: _Optional[_Mapping[str, _struct_pb2.Value]] = ..., quotas: _Optional[_Mapping[str, CatalogQuota]] = ..., soft_cap: _Optional[_Union[CatalogSoftCap, _Mapping]] = ...) -> None: ...

class CatalogGraceStep(_message.Message):
    __slots__ = ("step", "after_percent", "frame_stride")
    STEP_FIELD_NUMBER: _ClassVar[int]
    AFTER_PERCENT_FIELD_NUMBER: _ClassVar[int]
    FRAME_STRIDE_FIELD_NUMBER: _ClassVar[int]
    step: str
    after_percent: int
    frame_stride: int
    def __init__(self, step: _Optional[str] = ..., after_percent: _Optional[int] = ..., frame_stride: _Optional[int] = ...) -> None: ...

class CatalogQuota(_message.Message):
    __slots__ = ("included", "cap", "overage", "period", "carry_over_percent", "overage_scheme")
    class OverageEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    INCLUDED_FIELD_NUMBER: _ClassVar[int]
    CAP_FIELD_NUMBER: _ClassVar[int]
    OVERAGE_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    CARRY_OVER_PERCENT_FIELD_NUMBER: _ClassVar[int]
    OVERAGE_SCHEME_FIELD_NUMBER: _ClassVar[int]
    included: str
    cap: str
    overage: _containers.ScalarMap[str, str]
    period: _struct_pb2.Value
    carry_over_percent: int
    overage_scheme: CatalogScheme
    def __init__(self, included: _Optional[str] = ..., cap: _Optional[str] = ..., overage: _Optional[_Mapping[str, str]] = ..., period: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ..., carry_over_percent: _Optional[int] = ..., overage_scheme: _Optional[_Union[CatalogScheme, _Mapping]] = ...) -> None: ...

class CatalogScheme(_message.Message):
    __slots__ = ("model", "prices", "tiers", "size")
    class PricesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PRICES_FIELD_NUMBER: _ClassVar[int]
    TIERS_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    model: str
    prices: _containers.ScalarMap[str, str]
    tiers: _containers.RepeatedCompositeFieldContainer[CatalogTier]
    size: str
    def __init__(self, model: _Optional[str] = ..., prices: _Optional[_Mapping[str, str]] = ..., tiers: _Optional[_Iterable[_Union[CatalogTier, _Mapping]]] = ..., size: _Optional[str] = ...) -> None: ...

class CatalogTier(_message.Message):
    __slots__ = ("up_to", "unit_prices", "flat")
    class UnitPricesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class FlatEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    UP_TO_FIELD_NUMBER: _ClassVar[int]
    UNIT_PRICES_FIELD_NUMBER: _ClassVar[int]
    FLAT_FIELD_NUMBER: _ClassVar[int]
    up_to: str
    unit_prices: _containers.ScalarMap[str, str]
    flat: _containers.ScalarMap[str, str]
    def __init__(self, up_to: _Optional[str] = ..., unit_prices: _Optional[_Mapping[str, str]] = ..., flat: _Optional[_Mapping[str, str]] = ...) -> None: ...

class CatalogRollingPeriod(_message.Message):
    __slots__ = ("rolling_days",)
    ROLLING_DAYS_FIELD_NUMBER: _ClassVar[int]
    rolling_days: int
    def __init__(self, rolling_days: _Optional[int] = ...) -> None: ...

class CatalogSoftCap(_message.Message):
    __slots__ = ("alert_percents", "grace_days", "ceiling_percent")
    ALERT_PERCENTS_FIELD_NUMBER: _ClassVar[int]
    GRACE_DAYS_FIELD_NUMBER: _ClassVar[int]
    CEILING_PERCENT_FIELD_NUMBER: _ClassVar[int]
    alert_percents: _containers.RepeatedScalarFieldContainer[int]
    grace_days: int
    ceiling_percent: int
    def __init__(self, alert_percents: _Optional[_Iterable[int]] = ..., grace_days: _Optional[int] = ..., ceiling_percent: _Optional[int] = ...) -> None: ...

class CatalogItem(_message.Message):
    __slots__ = ("title", "per", "prices", "pack")
    class PricesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    TITLE_FIELD_NUMBER: _ClassVar[int]
    PER_FIELD_NUMBER: _ClassVar[int]
    PRICES_FIELD_NUMBER: _ClassVar[int]
    PACK_FIELD_NUMBER: _ClassVar[int]
    title: str
    per: str
    prices: _containers.ScalarMap[str, str]
    pack: str
    def __init__(self, title: _Optional[str] = ..., per: _Optional[str] = ..., prices: _Optional[_Mapping[str, str]] = ..., pack: _Optional[str] = ...) -> None: ...
