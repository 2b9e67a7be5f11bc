import datetime

from brinkbyte.common.v1 import access_pb2 as _access_pb2
from brinkbyte.common.v1 import epoch_pb2 as _epoch_pb2
from brinkbyte.common.v1 import money_pb2 as _money_pb2
from brinkbyte.invoice.v1 import invoice_service_pb2 as _invoice_service_pb2
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

class SubscriptionStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SUBSCRIPTION_STATUS_UNSPECIFIED: _ClassVar[SubscriptionStatus]
    SUBSCRIPTION_STATUS_TRIALING: _ClassVar[SubscriptionStatus]
    SUBSCRIPTION_STATUS_ACTIVE: _ClassVar[SubscriptionStatus]
    SUBSCRIPTION_STATUS_PAST_DUE: _ClassVar[SubscriptionStatus]
    SUBSCRIPTION_STATUS_CANCELED: _ClassVar[SubscriptionStatus]
    SUBSCRIPTION_STATUS_UNPAID: _ClassVar[SubscriptionStatus]
SUBSCRIPTION_STATUS_UNSPECIFIED: SubscriptionStatus
SUBSCRIPTION_STATUS_TRIALING: SubscriptionStatus
SUBSCRIPTION_STATUS_ACTIVE: SubscriptionStatus
SUBSCRIPTION_STATUS_PAST_DUE: SubscriptionStatus
SUBSCRIPTION_STATUS_CANCELED: SubscriptionStatus
SUBSCRIPTION_STATUS_UNPAID: SubscriptionStatus

class Subscription(_message.Message):
    __slots__ = ("family", "plan", "status", "catalog_number", "anchor", "trial_ends_at")
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    CATALOG_NUMBER_FIELD_NUMBER: _ClassVar[int]
    ANCHOR_FIELD_NUMBER: _ClassVar[int]
    TRIAL_ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    family: str
    plan: str
    status: SubscriptionStatus
    catalog_number: int
    anchor: _timestamp_pb2.Timestamp
    trial_ends_at: _timestamp_pb2.Timestamp
    def __init__(self, family: _Optional[str] = ..., plan: _Optional[str] = ..., status: _Optional[_Union[SubscriptionStatus, str]] = ..., catalog_number: _Optional[int] = ..., anchor: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., trial_ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListSubscriptionsRequest(_message.Message):
    __slots__ = ("tenant_id",)
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    def __init__(self, tenant_id: _Optional[str] = ...) -> None: ...

class ListSubscriptionsResponse(_message.Message):
    __slots__ = ("subscriptions",)
    SUBSCRIPTIONS_FIELD_NUMBER: _ClassVar[int]
    subscriptions: _containers.RepeatedCompositeFieldContainer[Subscription]
    def __init__(self, subscriptions: _Optional[_Iterable[_Union[Subscription, _Mapping]]] = ...) -> None: ...

class ChangePlanRequest(_message.Message):
    __slots__ = ("tenant_id", "family", "plan")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    family: str
    plan: str
    def __init__(self, tenant_id: _Optional[str] = ..., family: _Optional[str] = ..., plan: _Optional[str] = ...) -> None: ...

class ChangePlanResponse(_message.Message):
    __slots__ = ("subscription", "epoch")
    SUBSCRIPTION_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    subscription: Subscription
    epoch: _epoch_pb2.Epoch
    def __init__(self, subscription: _Optional[_Union[Subscription, _Mapping]] = ..., epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ...) -> None: ...

class MoveSubscriptionRequest(_message.Message):
    __slots__ = ("tenant_id", "family")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    family: str
    def __init__(self, tenant_id: _Optional[str] = ..., family: _Optional[str] = ...) -> None: ...

class MoveSubscriptionResponse(_message.Message):
    __slots__ = ("subscription", "epoch")
    SUBSCRIPTION_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    subscription: Subscription
    epoch: _epoch_pb2.Epoch
    def __init__(self, subscription: _Optional[_Union[Subscription, _Mapping]] = ..., epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ...) -> None: ...

class PreviewPlanChangeRequest(_message.Message):
    __slots__ = ("tenant_id", "family", "plan", "add_growth_packs", "remove_growth_packs", "cameras")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    ADD_GROWTH_PACKS_FIELD_NUMBER: _ClassVar[int]
    REMOVE_GROWTH_PACKS_FIELD_NUMBER: _ClassVar[int]
    CAMERAS_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    family: str
    plan: str
    add_growth_packs: _containers.RepeatedScalarFieldContainer[str]
    remove_growth_packs: _containers.RepeatedScalarFieldContainer[str]
    cameras: int
    def __init__(self, tenant_id: _Optional[str] = ..., family: _Optional[str] = ..., plan: _Optional[str] = ..., add_growth_packs: _Optional[_Iterable[str]] = ..., remove_growth_packs: _Optional[_Iterable[str]] = ..., cameras: _Optional[int] = ...) -> None: ...

class LimitChange(_message.Message):
    __slots__ = ("name", "before", "after", "in_use", "exceeded")
    NAME_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    IN_USE_FIELD_NUMBER: _ClassVar[int]
    EXCEEDED_FIELD_NUMBER: _ClassVar[int]
    name: str
    before: str
    after: str
    in_use: int
    exceeded: bool
    def __init__(self, name: _Optional[str] = ..., before: _Optional[str] = ..., after: _Optional[str] = ..., in_use: _Optional[int] = ..., exceeded: _Optional[bool] = ...) -> None: ...

class QuotaChange(_message.Message):
    __slots__ = ("metric", "included_before", "included_after", "hard_after", "used", "exceeded")
    METRIC_FIELD_NUMBER: _ClassVar[int]
    INCLUDED_BEFORE_FIELD_NUMBER: _ClassVar[int]
    INCLUDED_AFTER_FIELD_NUMBER: _ClassVar[int]
    HARD_AFTER_FIELD_NUMBER: _ClassVar[int]
    USED_FIELD_NUMBER: _ClassVar[int]
    EXCEEDED_FIELD_NUMBER: _ClassVar[int]
    metric: str
    included_before: str
    included_after: str
    hard_after: bool
    used: str
    exceeded: bool
    def __init__(self, metric: _Optional[str] = ..., included_before: _Optional[str] = ..., included_after: _Optional[str] = ..., hard_after: _Optional[bool] = ..., used: _Optional[str] = ..., exceeded: _Optional[bool] = ...) -> None: ...

class InvoiceSide(_message.Message):
    __slots__ = ("lines", "subtotal")
    LINES_FIELD_NUMBER: _ClassVar[int]
    SUBTOTAL_FIELD_NUMBER: _ClassVar[int]
    lines: _containers.RepeatedCompositeFieldContainer[_invoice_service_pb2.InvoiceLine]
    subtotal: _money_pb2.Money
    def __init__(self, lines: _Optional[_Iterable[_Union[_invoice_service_pb2.InvoiceLine, _Mapping]]] = ..., subtotal: _Optional[_Union[_money_pb2.Money, _Mapping]] = ...) -> None: ...

class PreviewPlanChangeResponse(_message.Message):
    __slots__ = ("features_won", "features_lost", "limits", "quotas", "invoice_before", "invoice_after")
    FEATURES_WON_FIELD_NUMBER: _ClassVar[int]
    FEATURES_LOST_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    QUOTAS_FIELD_NUMBER: _ClassVar[int]
    INVOICE_BEFORE_FIELD_NUMBER: _ClassVar[int]
    INVOICE_AFTER_FIELD_NUMBER: _ClassVar[int]
    features_won: _containers.RepeatedScalarFieldContainer[str]
    features_lost: _containers.RepeatedScalarFieldContainer[str]
    limits: _containers.RepeatedCompositeFieldContainer[LimitChange]
    quotas: _containers.RepeatedCompositeFieldContainer[QuotaChange]
    invoice_before: InvoiceSide
    invoice_after: InvoiceSide
    def __init__(self, features_won: _Optional[_Iterable[str]] = ..., features_lost: _Optional[_Iterable[str]] = ..., limits: _Optional[_Iterable[_Union[LimitChange, _Mapping]]] = ..., quotas: _Optional[_Iterable[_Union[QuotaChange, _Mapping]]] = ..., invoice_before: _Optional[_Union[InvoiceSide, _Mapping]] = ..., invoice_after: _Optional[_Union[InvoiceSide, _Mapping]] = ...) -> None: ...
