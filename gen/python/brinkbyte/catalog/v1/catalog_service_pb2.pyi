from brinkbyte.common.v1 import access_pb2 as _access_pb2
from google.api import annotations_pb2 as _annotations_pb2
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
FEATURE_KIND_UNSPECIFIED: FeatureKind
FEATURE_KIND_MODEL: FeatureKind
FEATURE_KIND_ANALYTIC: FeatureKind
FEATURE_KIND_OUTPUT: FeatureKind
SOLD_PER_UNSPECIFIED: SoldPer
SOLD_PER_CAMERA: SoldPer
SOLD_PER_TENANT: SoldPer

class GetCatalogRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Feature(_message.Message):
    __slots__ = ("name", "kind")
    NAME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    name: str
    kind: FeatureKind
    def __init__(self, name: _Optional[str] = ..., kind: _Optional[_Union[FeatureKind, str]] = ...) -> None: ...

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
    __slots__ = ("name", "unit", "unit_price", "currency")
    NAME_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    UNIT_PRICE_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    name: str
    unit: str
    unit_price: str
    currency: str
    def __init__(self, name: _Optional[str] = ..., unit: _Optional[str] = ..., unit_price: _Optional[str] = ..., currency: _Optional[str] = ...) -> None: ...

class GetCatalogResponse(_message.Message):
    __slots__ = ("version", "growth_packs", "metrics")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    GROWTH_PACKS_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    version: str
    growth_packs: _containers.RepeatedCompositeFieldContainer[GrowthPack]
    metrics: _containers.RepeatedCompositeFieldContainer[Metric]
    def __init__(self, version: _Optional[str] = ..., growth_packs: _Optional[_Iterable[_Union[GrowthPack, _Mapping]]] = ..., metrics: _Optional[_Iterable[_Union[Metric, _Mapping]]] = ...) -> None: ...
