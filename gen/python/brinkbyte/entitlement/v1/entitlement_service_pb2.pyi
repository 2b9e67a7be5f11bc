import datetime

from brinkbyte.common.v1 import access_pb2 as _access_pb2
from brinkbyte.common.v1 import epoch_pb2 as _epoch_pb2
from brinkbyte.common.v1 import error_reason_pb2 as _error_reason_pb2
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

class QuotaCap(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    QUOTA_CAP_UNSPECIFIED: _ClassVar[QuotaCap]
    QUOTA_CAP_HARD: _ClassVar[QuotaCap]
    QUOTA_CAP_SOFT: _ClassVar[QuotaCap]
    QUOTA_CAP_NONE: _ClassVar[QuotaCap]

class LeaseState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LEASE_STATE_UNSPECIFIED: _ClassVar[LeaseState]
    LEASE_STATE_ACTIVE: _ClassVar[LeaseState]
    LEASE_STATE_ENDED: _ClassVar[LeaseState]
    LEASE_STATE_CLOSED: _ClassVar[LeaseState]
    LEASE_STATE_RELEASED: _ClassVar[LeaseState]
QUOTA_CAP_UNSPECIFIED: QuotaCap
QUOTA_CAP_HARD: QuotaCap
QUOTA_CAP_SOFT: QuotaCap
QUOTA_CAP_NONE: QuotaCap
LEASE_STATE_UNSPECIFIED: LeaseState
LEASE_STATE_ACTIVE: LeaseState
LEASE_STATE_ENDED: LeaseState
LEASE_STATE_CLOSED: LeaseState
LEASE_STATE_RELEASED: LeaseState

class Entitlement(_message.Message):
    __slots__ = ("feature", "growth_pack", "allowed", "reason", "message", "origin", "warning", "metric", "quota")
    FEATURE_FIELD_NUMBER: _ClassVar[int]
    GROWTH_PACK_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    WARNING_FIELD_NUMBER: _ClassVar[int]
    METRIC_FIELD_NUMBER: _ClassVar[int]
    QUOTA_FIELD_NUMBER: _ClassVar[int]
    feature: str
    growth_pack: str
    allowed: bool
    reason: _error_reason_pb2.ErrorReason
    message: str
    origin: str
    warning: str
    metric: str
    quota: QuotaStatus
    def __init__(self, feature: _Optional[str] = ..., growth_pack: _Optional[str] = ..., allowed: _Optional[bool] = ..., reason: _Optional[_Union[_error_reason_pb2.ErrorReason, str]] = ..., message: _Optional[str] = ..., origin: _Optional[str] = ..., warning: _Optional[str] = ..., metric: _Optional[str] = ..., quota: _Optional[_Union[QuotaStatus, _Mapping]] = ...) -> None: ...

class CheckEntitlementRequest(_message.Message):
    __slots__ = ("tenant_id", "camera_id", "feature")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    CAMERA_ID_FIELD_NUMBER: _ClassVar[int]
    FEATURE_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    camera_id: str
    feature: str
    def __init__(self, tenant_id: _Optional[str] = ..., camera_id: _Optional[str] = ..., feature: _Optional[str] = ...) -> None: ...

class CheckEntitlementResponse(_message.Message):
    __slots__ = ("allowed", "reason", "message", "feature", "growth_pack", "origin", "limit", "used", "remaining", "resets_at", "cached_until", "epoch", "warning", "metric")
    ALLOWED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    FEATURE_FIELD_NUMBER: _ClassVar[int]
    GROWTH_PACK_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    USED_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    RESETS_AT_FIELD_NUMBER: _ClassVar[int]
    CACHED_UNTIL_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    WARNING_FIELD_NUMBER: _ClassVar[int]
    METRIC_FIELD_NUMBER: _ClassVar[int]
    allowed: bool
    reason: _error_reason_pb2.ErrorReason
    message: str
    feature: str
    growth_pack: str
    origin: str
    limit: str
    used: str
    remaining: str
    resets_at: _timestamp_pb2.Timestamp
    cached_until: _timestamp_pb2.Timestamp
    epoch: _epoch_pb2.Epoch
    warning: str
    metric: str
    def __init__(self, allowed: _Optional[bool] = ..., reason: _Optional[_Union[_error_reason_pb2.ErrorReason, str]] = ..., message: _Optional[str] = ..., feature: _Optional[str] = ..., growth_pack: _Optional[str] = ..., origin: _Optional[str] = ..., limit: _Optional[str] = ..., used: _Optional[str] = ..., remaining: _Optional[str] = ..., resets_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., cached_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ..., warning: _Optional[str] = ..., metric: _Optional[str] = ...) -> None: ...

class ListEntitlementsRequest(_message.Message):
    __slots__ = ("tenant_id", "camera_id")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    CAMERA_ID_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    camera_id: str
    def __init__(self, tenant_id: _Optional[str] = ..., camera_id: _Optional[str] = ...) -> None: ...

class ListEntitlementsResponse(_message.Message):
    __slots__ = ("entitlements", "epoch")
    ENTITLEMENTS_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    entitlements: _containers.RepeatedCompositeFieldContainer[Entitlement]
    epoch: _epoch_pb2.Epoch
    def __init__(self, entitlements: _Optional[_Iterable[_Union[Entitlement, _Mapping]]] = ..., epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ...) -> None: ...

class CheckEntitlementsRequest(_message.Message):
    __slots__ = ("tenant_id", "camera_ids", "features")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    CAMERA_IDS_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    camera_ids: _containers.RepeatedScalarFieldContainer[str]
    features: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, tenant_id: _Optional[str] = ..., camera_ids: _Optional[_Iterable[str]] = ..., features: _Optional[_Iterable[str]] = ...) -> None: ...

class EntitlementGroup(_message.Message):
    __slots__ = ("camera_ids", "entitlements")
    CAMERA_IDS_FIELD_NUMBER: _ClassVar[int]
    ENTITLEMENTS_FIELD_NUMBER: _ClassVar[int]
    camera_ids: _containers.RepeatedScalarFieldContainer[str]
    entitlements: _containers.RepeatedCompositeFieldContainer[Entitlement]
    def __init__(self, camera_ids: _Optional[_Iterable[str]] = ..., entitlements: _Optional[_Iterable[_Union[Entitlement, _Mapping]]] = ...) -> None: ...

class CheckEntitlementsResponse(_message.Message):
    __slots__ = ("groups", "cached_until", "epoch")
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    CACHED_UNTIL_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    groups: _containers.RepeatedCompositeFieldContainer[EntitlementGroup]
    cached_until: _timestamp_pb2.Timestamp
    epoch: _epoch_pb2.Epoch
    def __init__(self, groups: _Optional[_Iterable[_Union[EntitlementGroup, _Mapping]]] = ..., cached_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ...) -> None: ...

class QuotaStatus(_message.Message):
    __slots__ = ("metric", "unit", "cap", "included", "carried_over", "limit", "used", "reserved", "leased", "remaining", "used_percent", "period_start", "resets_at", "grace_until", "over_cap", "origin")
    METRIC_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    CAP_FIELD_NUMBER: _ClassVar[int]
    INCLUDED_FIELD_NUMBER: _ClassVar[int]
    CARRIED_OVER_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    USED_FIELD_NUMBER: _ClassVar[int]
    RESERVED_FIELD_NUMBER: _ClassVar[int]
    LEASED_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    USED_PERCENT_FIELD_NUMBER: _ClassVar[int]
    PERIOD_START_FIELD_NUMBER: _ClassVar[int]
    RESETS_AT_FIELD_NUMBER: _ClassVar[int]
    GRACE_UNTIL_FIELD_NUMBER: _ClassVar[int]
    OVER_CAP_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    metric: str
    unit: str
    cap: QuotaCap
    included: str
    carried_over: str
    limit: str
    used: str
    reserved: str
    leased: str
    remaining: str
    used_percent: int
    period_start: _timestamp_pb2.Timestamp
    resets_at: _timestamp_pb2.Timestamp
    grace_until: _timestamp_pb2.Timestamp
    over_cap: str
    origin: str
    def __init__(self, metric: _Optional[str] = ..., unit: _Optional[str] = ..., cap: _Optional[_Union[QuotaCap, str]] = ..., included: _Optional[str] = ..., carried_over: _Optional[str] = ..., limit: _Optional[str] = ..., used: _Optional[str] = ..., reserved: _Optional[str] = ..., leased: _Optional[str] = ..., remaining: _Optional[str] = ..., used_percent: _Optional[int] = ..., period_start: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., resets_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., grace_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., over_cap: _Optional[str] = ..., origin: _Optional[str] = ...) -> None: ...

class GetQuotaStatusRequest(_message.Message):
    __slots__ = ("tenant_id", "metric")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    METRIC_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    metric: str
    def __init__(self, tenant_id: _Optional[str] = ..., metric: _Optional[str] = ...) -> None: ...

class GetQuotaStatusResponse(_message.Message):
    __slots__ = ("quotas",)
    QUOTAS_FIELD_NUMBER: _ClassVar[int]
    quotas: _containers.RepeatedCompositeFieldContainer[QuotaStatus]
    def __init__(self, quotas: _Optional[_Iterable[_Union[QuotaStatus, _Mapping]]] = ...) -> None: ...

class ListQuotaAlertsRequest(_message.Message):
    __slots__ = ("tenant_id", "page_size", "page_token")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    page_size: int
    page_token: str
    def __init__(self, tenant_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class QuotaAlert(_message.Message):
    __slots__ = ("metric", "percent", "used", "included", "period_start", "raised_at")
    METRIC_FIELD_NUMBER: _ClassVar[int]
    PERCENT_FIELD_NUMBER: _ClassVar[int]
    USED_FIELD_NUMBER: _ClassVar[int]
    INCLUDED_FIELD_NUMBER: _ClassVar[int]
    PERIOD_START_FIELD_NUMBER: _ClassVar[int]
    RAISED_AT_FIELD_NUMBER: _ClassVar[int]
    metric: str
    percent: int
    used: str
    included: str
    period_start: _timestamp_pb2.Timestamp
    raised_at: _timestamp_pb2.Timestamp
    def __init__(self, metric: _Optional[str] = ..., percent: _Optional[int] = ..., used: _Optional[str] = ..., included: _Optional[str] = ..., period_start: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., raised_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListQuotaAlertsResponse(_message.Message):
    __slots__ = ("alerts", "next_page_token")
    ALERTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    alerts: _containers.RepeatedCompositeFieldContainer[QuotaAlert]
    next_page_token: str
    def __init__(self, alerts: _Optional[_Iterable[_Union[QuotaAlert, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class Reservation(_message.Message):
    __slots__ = ("operation_id", "metric", "quantity", "ttl_seconds")
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    METRIC_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    TTL_SECONDS_FIELD_NUMBER: _ClassVar[int]
    operation_id: str
    metric: str
    quantity: str
    ttl_seconds: int
    def __init__(self, operation_id: _Optional[str] = ..., metric: _Optional[str] = ..., quantity: _Optional[str] = ..., ttl_seconds: _Optional[int] = ...) -> None: ...

class Commitment(_message.Message):
    __slots__ = ("operation_id", "quantity", "resource_id", "request_id", "dimensions")
    class DimensionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    DIMENSIONS_FIELD_NUMBER: _ClassVar[int]
    operation_id: str
    quantity: str
    resource_id: str
    request_id: str
    dimensions: _containers.ScalarMap[str, str]
    def __init__(self, operation_id: _Optional[str] = ..., quantity: _Optional[str] = ..., resource_id: _Optional[str] = ..., request_id: _Optional[str] = ..., dimensions: _Optional[_Mapping[str, str]] = ...) -> None: ...

class ReserveQuotaRequest(_message.Message):
    __slots__ = ("tenant_id", "reservation")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    RESERVATION_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    reservation: Reservation
    def __init__(self, tenant_id: _Optional[str] = ..., reservation: _Optional[_Union[Reservation, _Mapping]] = ...) -> None: ...

class ReserveQuotaResponse(_message.Message):
    __slots__ = ("expires_at", "quota")
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    QUOTA_FIELD_NUMBER: _ClassVar[int]
    expires_at: _timestamp_pb2.Timestamp
    quota: QuotaStatus
    def __init__(self, expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., quota: _Optional[_Union[QuotaStatus, _Mapping]] = ...) -> None: ...

class CommitQuotaRequest(_message.Message):
    __slots__ = ("tenant_id", "commitment")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    commitment: Commitment
    def __init__(self, tenant_id: _Optional[str] = ..., commitment: _Optional[_Union[Commitment, _Mapping]] = ...) -> None: ...

class CommitQuotaResponse(_message.Message):
    __slots__ = ("over_cap", "quota")
    OVER_CAP_FIELD_NUMBER: _ClassVar[int]
    QUOTA_FIELD_NUMBER: _ClassVar[int]
    over_cap: str
    quota: QuotaStatus
    def __init__(self, over_cap: _Optional[str] = ..., quota: _Optional[_Union[QuotaStatus, _Mapping]] = ...) -> None: ...

class ReleaseQuotaRequest(_message.Message):
    __slots__ = ("tenant_id", "operation_id")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    operation_id: str
    def __init__(self, tenant_id: _Optional[str] = ..., operation_id: _Optional[str] = ...) -> None: ...

class ReleaseQuotaResponse(_message.Message):
    __slots__ = ("quota",)
    QUOTA_FIELD_NUMBER: _ClassVar[int]
    quota: QuotaStatus
    def __init__(self, quota: _Optional[_Union[QuotaStatus, _Mapping]] = ...) -> None: ...

class QuotaOperation(_message.Message):
    __slots__ = ("reserve", "commit", "release")
    RESERVE_FIELD_NUMBER: _ClassVar[int]
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    reserve: Reservation
    commit: Commitment
    release: str
    def __init__(self, reserve: _Optional[_Union[Reservation, _Mapping]] = ..., commit: _Optional[_Union[Commitment, _Mapping]] = ..., release: _Optional[str] = ...) -> None: ...

class QuotaOperationResult(_message.Message):
    __slots__ = ("done", "reason", "message", "remaining", "resets_at", "over_cap", "limit", "used")
    DONE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    RESETS_AT_FIELD_NUMBER: _ClassVar[int]
    OVER_CAP_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    USED_FIELD_NUMBER: _ClassVar[int]
    done: bool
    reason: _error_reason_pb2.ErrorReason
    message: str
    remaining: str
    resets_at: _timestamp_pb2.Timestamp
    over_cap: str
    limit: str
    used: str
    def __init__(self, done: _Optional[bool] = ..., reason: _Optional[_Union[_error_reason_pb2.ErrorReason, str]] = ..., message: _Optional[str] = ..., remaining: _Optional[str] = ..., resets_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., over_cap: _Optional[str] = ..., limit: _Optional[str] = ..., used: _Optional[str] = ...) -> None: ...

class ApplyQuotaOperationsRequest(_message.Message):
    __slots__ = ("tenant_id", "operations")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    operations: _containers.RepeatedCompositeFieldContainer[QuotaOperation]
    def __init__(self, tenant_id: _Optional[str] = ..., operations: _Optional[_Iterable[_Union[QuotaOperation, _Mapping]]] = ...) -> None: ...

class ApplyQuotaOperationsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[QuotaOperationResult]
    def __init__(self, results: _Optional[_Iterable[_Union[QuotaOperationResult, _Mapping]]] = ...) -> None: ...

class LeaseSettlement(_message.Message):
    __slots__ = ("lease_id", "spent", "through_seq")
    LEASE_ID_FIELD_NUMBER: _ClassVar[int]
    SPENT_FIELD_NUMBER: _ClassVar[int]
    THROUGH_SEQ_FIELD_NUMBER: _ClassVar[int]
    lease_id: str
    spent: str
    through_seq: int
    def __init__(self, lease_id: _Optional[str] = ..., spent: _Optional[str] = ..., through_seq: _Optional[int] = ...) -> None: ...

class Lease(_message.Message):
    __slots__ = ("lease_id", "device_id", "journal_id", "metric", "granted", "settled", "state", "granted_at", "expires_at", "over_cap")
    LEASE_ID_FIELD_NUMBER: _ClassVar[int]
    DEVICE_ID_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_ID_FIELD_NUMBER: _ClassVar[int]
    METRIC_FIELD_NUMBER: _ClassVar[int]
    GRANTED_FIELD_NUMBER: _ClassVar[int]
    SETTLED_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    GRANTED_AT_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    OVER_CAP_FIELD_NUMBER: _ClassVar[int]
    lease_id: str
    device_id: str
    journal_id: str
    metric: str
    granted: str
    settled: str
    state: LeaseState
    granted_at: _timestamp_pb2.Timestamp
    expires_at: _timestamp_pb2.Timestamp
    over_cap: str
    def __init__(self, lease_id: _Optional[str] = ..., device_id: _Optional[str] = ..., journal_id: _Optional[str] = ..., metric: _Optional[str] = ..., granted: _Optional[str] = ..., settled: _Optional[str] = ..., state: _Optional[_Union[LeaseState, str]] = ..., granted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., over_cap: _Optional[str] = ...) -> None: ...

class AcquireLeaseRequest(_message.Message):
    __slots__ = ("metric", "journal_id", "wanted", "settlement")
    METRIC_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_ID_FIELD_NUMBER: _ClassVar[int]
    WANTED_FIELD_NUMBER: _ClassVar[int]
    SETTLEMENT_FIELD_NUMBER: _ClassVar[int]
    metric: str
    journal_id: str
    wanted: str
    settlement: LeaseSettlement
    def __init__(self, metric: _Optional[str] = ..., journal_id: _Optional[str] = ..., wanted: _Optional[str] = ..., settlement: _Optional[_Union[LeaseSettlement, _Mapping]] = ...) -> None: ...

class AcquireLeaseResponse(_message.Message):
    __slots__ = ("lease", "quota")
    LEASE_FIELD_NUMBER: _ClassVar[int]
    QUOTA_FIELD_NUMBER: _ClassVar[int]
    lease: Lease
    quota: QuotaStatus
    def __init__(self, lease: _Optional[_Union[Lease, _Mapping]] = ..., quota: _Optional[_Union[QuotaStatus, _Mapping]] = ...) -> None: ...

class ReturnLeaseRequest(_message.Message):
    __slots__ = ("settlement",)
    SETTLEMENT_FIELD_NUMBER: _ClassVar[int]
    settlement: LeaseSettlement
    def __init__(self, settlement: _Optional[_Union[LeaseSettlement, _Mapping]] = ...) -> None: ...

class ReturnLeaseResponse(_message.Message):
    __slots__ = ("lease",)
    LEASE_FIELD_NUMBER: _ClassVar[int]
    lease: Lease
    def __init__(self, lease: _Optional[_Union[Lease, _Mapping]] = ...) -> None: ...

class ListLeasesRequest(_message.Message):
    __slots__ = ("tenant_id", "page_size", "page_token")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    page_size: int
    page_token: str
    def __init__(self, tenant_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListLeasesResponse(_message.Message):
    __slots__ = ("leases", "next_page_token")
    LEASES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    leases: _containers.RepeatedCompositeFieldContainer[Lease]
    next_page_token: str
    def __init__(self, leases: _Optional[_Iterable[_Union[Lease, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ForceReleaseLeaseRequest(_message.Message):
    __slots__ = ("tenant_id", "lease_id", "reason")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    lease_id: str
    reason: str
    def __init__(self, tenant_id: _Optional[str] = ..., lease_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ForceReleaseLeaseResponse(_message.Message):
    __slots__ = ("lease",)
    LEASE_FIELD_NUMBER: _ClassVar[int]
    lease: Lease
    def __init__(self, lease: _Optional[_Union[Lease, _Mapping]] = ...) -> None: ...
