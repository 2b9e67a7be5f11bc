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

class BillingInterval(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BILLING_INTERVAL_UNSPECIFIED: _ClassVar[BillingInterval]
    BILLING_INTERVAL_MONTH: _ClassVar[BillingInterval]
    BILLING_INTERVAL_YEAR: _ClassVar[BillingInterval]

class ChangeTime(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANGE_TIME_UNSPECIFIED: _ClassVar[ChangeTime]
    CHANGE_TIME_NOW: _ClassVar[ChangeTime]
    CHANGE_TIME_PERIOD_END: _ClassVar[ChangeTime]

class DunningStage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DUNNING_STAGE_UNSPECIFIED: _ClassVar[DunningStage]
    DUNNING_STAGE_PAST_DUE: _ClassVar[DunningStage]
    DUNNING_STAGE_GRACE: _ClassVar[DunningStage]
    DUNNING_STAGE_SUSPENDED: _ClassVar[DunningStage]
    DUNNING_STAGE_CANCELED: _ClassVar[DunningStage]

class Issuer(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ISSUER_UNSPECIFIED: _ClassVar[Issuer]
    ISSUER_LOCAL: _ClassVar[Issuer]
    ISSUER_STRIPE: _ClassVar[Issuer]
SUBSCRIPTION_STATUS_UNSPECIFIED: SubscriptionStatus
SUBSCRIPTION_STATUS_TRIALING: SubscriptionStatus
SUBSCRIPTION_STATUS_ACTIVE: SubscriptionStatus
SUBSCRIPTION_STATUS_PAST_DUE: SubscriptionStatus
SUBSCRIPTION_STATUS_CANCELED: SubscriptionStatus
SUBSCRIPTION_STATUS_UNPAID: SubscriptionStatus
BILLING_INTERVAL_UNSPECIFIED: BillingInterval
BILLING_INTERVAL_MONTH: BillingInterval
BILLING_INTERVAL_YEAR: BillingInterval
CHANGE_TIME_UNSPECIFIED: ChangeTime
CHANGE_TIME_NOW: ChangeTime
CHANGE_TIME_PERIOD_END: ChangeTime
DUNNING_STAGE_UNSPECIFIED: DunningStage
DUNNING_STAGE_PAST_DUE: DunningStage
DUNNING_STAGE_GRACE: DunningStage
DUNNING_STAGE_SUSPENDED: DunningStage
DUNNING_STAGE_CANCELED: DunningStage
ISSUER_UNSPECIFIED: Issuer
ISSUER_LOCAL: Issuer
ISSUER_STRIPE: Issuer

class PendingPlan(_message.Message):
    __slots__ = ("plan", "interval", "at")
    PLAN_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    plan: str
    interval: BillingInterval
    at: _timestamp_pb2.Timestamp
    def __init__(self, plan: _Optional[str] = ..., interval: _Optional[_Union[BillingInterval, str]] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class LatePayment(_message.Message):
    __slots__ = ("invoice", "due_since", "stage", "next_stage_at", "attempts", "next_attempt_at")
    INVOICE_FIELD_NUMBER: _ClassVar[int]
    DUE_SINCE_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    NEXT_STAGE_AT_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_ATTEMPT_AT_FIELD_NUMBER: _ClassVar[int]
    invoice: str
    due_since: _timestamp_pb2.Timestamp
    stage: DunningStage
    next_stage_at: _timestamp_pb2.Timestamp
    attempts: int
    next_attempt_at: _timestamp_pb2.Timestamp
    def __init__(self, invoice: _Optional[str] = ..., due_since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., stage: _Optional[_Union[DunningStage, str]] = ..., next_stage_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., attempts: _Optional[int] = ..., next_attempt_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Subscription(_message.Message):
    __slots__ = ("family", "plan", "status", "catalog_number", "anchor", "trial_ends_at", "interval", "cancel_at", "ended_at", "pending", "paid_through")
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    CATALOG_NUMBER_FIELD_NUMBER: _ClassVar[int]
    ANCHOR_FIELD_NUMBER: _ClassVar[int]
    TRIAL_ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_FIELD_NUMBER: _ClassVar[int]
    CANCEL_AT_FIELD_NUMBER: _ClassVar[int]
    ENDED_AT_FIELD_NUMBER: _ClassVar[int]
    PENDING_FIELD_NUMBER: _ClassVar[int]
    PAID_THROUGH_FIELD_NUMBER: _ClassVar[int]
    family: str
    plan: str
    status: SubscriptionStatus
    catalog_number: int
    anchor: _timestamp_pb2.Timestamp
    trial_ends_at: _timestamp_pb2.Timestamp
    interval: BillingInterval
    cancel_at: _timestamp_pb2.Timestamp
    ended_at: _timestamp_pb2.Timestamp
    pending: PendingPlan
    paid_through: _timestamp_pb2.Timestamp
    def __init__(self, family: _Optional[str] = ..., plan: _Optional[str] = ..., status: _Optional[_Union[SubscriptionStatus, str]] = ..., catalog_number: _Optional[int] = ..., anchor: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., trial_ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., interval: _Optional[_Union[BillingInterval, str]] = ..., cancel_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., pending: _Optional[_Union[PendingPlan, _Mapping]] = ..., paid_through: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetSubscriptionRequest(_message.Message):
    __slots__ = ("tenant_id", "family")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    family: str
    def __init__(self, tenant_id: _Optional[str] = ..., family: _Optional[str] = ...) -> None: ...

class GetSubscriptionResponse(_message.Message):
    __slots__ = ("subscription", "period_start", "period_end", "limits", "issuer", "late_payment", "subscriptions")
    class LimitsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    SUBSCRIPTION_FIELD_NUMBER: _ClassVar[int]
    PERIOD_START_FIELD_NUMBER: _ClassVar[int]
    PERIOD_END_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    LATE_PAYMENT_FIELD_NUMBER: _ClassVar[int]
    SUBSCRIPTIONS_FIELD_NUMBER: _ClassVar[int]
    subscription: Subscription
    period_start: _timestamp_pb2.Timestamp
    period_end: _timestamp_pb2.Timestamp
    limits: _containers.ScalarMap[str, str]
    issuer: Issuer
    late_payment: LatePayment
    subscriptions: _containers.RepeatedCompositeFieldContainer[Subscription]
    def __init__(self, subscription: _Optional[_Union[Subscription, _Mapping]] = ..., period_start: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., period_end: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., limits: _Optional[_Mapping[str, str]] = ..., issuer: _Optional[_Union[Issuer, str]] = ..., late_payment: _Optional[_Union[LatePayment, _Mapping]] = ..., subscriptions: _Optional[_Iterable[_Union[Subscription, _Mapping]]] = ...) -> None: ...

class StartTrialRequest(_message.Message):
    __slots__ = ("tenant_id", "family")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    family: str
    def __init__(self, tenant_id: _Optional[str] = ..., family: _Optional[str] = ...) -> None: ...

class StartTrialResponse(_message.Message):
    __slots__ = ("subscription",)
    SUBSCRIPTION_FIELD_NUMBER: _ClassVar[int]
    subscription: Subscription
    def __init__(self, subscription: _Optional[_Union[Subscription, _Mapping]] = ...) -> None: ...

class CheckoutRequest(_message.Message):
    __slots__ = ("tenant_id", "family", "plan", "interval", "success_url", "cancel_url", "cameras")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_FIELD_NUMBER: _ClassVar[int]
    SUCCESS_URL_FIELD_NUMBER: _ClassVar[int]
    CANCEL_URL_FIELD_NUMBER: _ClassVar[int]
    CAMERAS_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    family: str
    plan: str
    interval: BillingInterval
    success_url: str
    cancel_url: str
    cameras: int
    def __init__(self, tenant_id: _Optional[str] = ..., family: _Optional[str] = ..., plan: _Optional[str] = ..., interval: _Optional[_Union[BillingInterval, str]] = ..., success_url: _Optional[str] = ..., cancel_url: _Optional[str] = ..., cameras: _Optional[int] = ...) -> None: ...

class CheckoutResponse(_message.Message):
    __slots__ = ("url", "subscription", "epoch")
    URL_FIELD_NUMBER: _ClassVar[int]
    SUBSCRIPTION_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    url: str
    subscription: Subscription
    epoch: _epoch_pb2.Epoch
    def __init__(self, url: _Optional[str] = ..., subscription: _Optional[_Union[Subscription, _Mapping]] = ..., epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ...) -> None: ...

class CancelSubscriptionRequest(_message.Message):
    __slots__ = ("tenant_id", "family", "when")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    WHEN_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    family: str
    when: ChangeTime
    def __init__(self, tenant_id: _Optional[str] = ..., family: _Optional[str] = ..., when: _Optional[_Union[ChangeTime, str]] = ...) -> None: ...

class CancelSubscriptionResponse(_message.Message):
    __slots__ = ("subscription", "epoch")
    SUBSCRIPTION_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    subscription: Subscription
    epoch: _epoch_pb2.Epoch
    def __init__(self, subscription: _Optional[_Union[Subscription, _Mapping]] = ..., epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ...) -> None: ...

class ResumeSubscriptionRequest(_message.Message):
    __slots__ = ("tenant_id", "family")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    family: str
    def __init__(self, tenant_id: _Optional[str] = ..., family: _Optional[str] = ...) -> None: ...

class ResumeSubscriptionResponse(_message.Message):
    __slots__ = ("subscription", "epoch")
    SUBSCRIPTION_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    subscription: Subscription
    epoch: _epoch_pb2.Epoch
    def __init__(self, subscription: _Optional[_Union[Subscription, _Mapping]] = ..., epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ...) -> None: ...

class OpenPortalRequest(_message.Message):
    __slots__ = ("tenant_id", "return_url")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    RETURN_URL_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    return_url: str
    def __init__(self, tenant_id: _Optional[str] = ..., return_url: _Optional[str] = ...) -> None: ...

class OpenPortalResponse(_message.Message):
    __slots__ = ("url",)
    URL_FIELD_NUMBER: _ClassVar[int]
    url: str
    def __init__(self, url: _Optional[str] = ...) -> None: ...

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
    __slots__ = ("tenant_id", "family", "plan", "when", "interval")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    WHEN_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    family: str
    plan: str
    when: ChangeTime
    interval: BillingInterval
    def __init__(self, tenant_id: _Optional[str] = ..., family: _Optional[str] = ..., plan: _Optional[str] = ..., when: _Optional[_Union[ChangeTime, str]] = ..., interval: _Optional[_Union[BillingInterval, str]] = ...) -> None: ...

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
