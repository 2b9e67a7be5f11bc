import datetime

from brinkbyte.common.v1 import access_pb2 as _access_pb2
from brinkbyte.common.v1 import decision_pb2 as _decision_pb2
from brinkbyte.common.v1 import epoch_pb2 as _epoch_pb2
from brinkbyte.common.v1 import error_reason_pb2 as _error_reason_pb2
from brinkbyte.common.v1 import grace_pb2 as _grace_pb2
from brinkbyte.license.v1 import license_service_pb2 as _license_service_pb2
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

class PipelineState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PIPELINE_STATE_UNSPECIFIED: _ClassVar[PipelineState]
    PIPELINE_STATE_STARTING: _ClassVar[PipelineState]
    PIPELINE_STATE_RUNNING: _ClassVar[PipelineState]
    PIPELINE_STATE_REFUSED: _ClassVar[PipelineState]
    PIPELINE_STATE_FINISHED: _ClassVar[PipelineState]
    PIPELINE_STATE_FAILED: _ClassVar[PipelineState]

class TrackStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRACK_STATUS_UNSPECIFIED: _ClassVar[TrackStatus]
    TRACK_STATUS_ACCEPTED: _ClassVar[TrackStatus]
    TRACK_STATUS_DUPLICATE: _ClassVar[TrackStatus]
    TRACK_STATUS_CONFLICT: _ClassVar[TrackStatus]
    TRACK_STATUS_REJECTED: _ClassVar[TrackStatus]
    TRACK_STATUS_REFUSED: _ClassVar[TrackStatus]

class LicenseSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LICENSE_SOURCE_UNSPECIFIED: _ClassVar[LicenseSource]
    LICENSE_SOURCE_MEMORY: _ClassVar[LicenseSource]
    LICENSE_SOURCE_REDIS: _ClassVar[LicenseSource]
    LICENSE_SOURCE_POSTGRES: _ClassVar[LicenseSource]
    LICENSE_SOURCE_CLOUD: _ClassVar[LicenseSource]
    LICENSE_SOURCE_BUNDLE: _ClassVar[LicenseSource]
PIPELINE_STATE_UNSPECIFIED: PipelineState
PIPELINE_STATE_STARTING: PipelineState
PIPELINE_STATE_RUNNING: PipelineState
PIPELINE_STATE_REFUSED: PipelineState
PIPELINE_STATE_FINISHED: PipelineState
PIPELINE_STATE_FAILED: PipelineState
TRACK_STATUS_UNSPECIFIED: TrackStatus
TRACK_STATUS_ACCEPTED: TrackStatus
TRACK_STATUS_DUPLICATE: TrackStatus
TRACK_STATUS_CONFLICT: TrackStatus
TRACK_STATUS_REJECTED: TrackStatus
TRACK_STATUS_REFUSED: TrackStatus
LICENSE_SOURCE_UNSPECIFIED: LicenseSource
LICENSE_SOURCE_MEMORY: LicenseSource
LICENSE_SOURCE_REDIS: LicenseSource
LICENSE_SOURCE_POSTGRES: LicenseSource
LICENSE_SOURCE_CLOUD: LicenseSource
LICENSE_SOURCE_BUNDLE: LicenseSource

class GetNodeRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetNodeResponse(_message.Message):
    __slots__ = ("device_id", "tenant_id", "software_version", "cloud_connected", "inference_ready", "epoch", "certificate_not_after")
    DEVICE_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    SOFTWARE_VERSION_FIELD_NUMBER: _ClassVar[int]
    CLOUD_CONNECTED_FIELD_NUMBER: _ClassVar[int]
    INFERENCE_READY_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_NOT_AFTER_FIELD_NUMBER: _ClassVar[int]
    device_id: str
    tenant_id: str
    software_version: str
    cloud_connected: bool
    inference_ready: bool
    epoch: _epoch_pb2.Epoch
    certificate_not_after: _timestamp_pb2.Timestamp
    def __init__(self, device_id: _Optional[str] = ..., tenant_id: _Optional[str] = ..., software_version: _Optional[str] = ..., cloud_connected: _Optional[bool] = ..., inference_ready: _Optional[bool] = ..., epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ..., certificate_not_after: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListCamerasRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class RefusedFeature(_message.Message):
    __slots__ = ("feature", "reason", "message")
    FEATURE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    feature: str
    reason: _error_reason_pb2.ErrorReason
    message: str
    def __init__(self, feature: _Optional[str] = ..., reason: _Optional[_Union[_error_reason_pb2.ErrorReason, str]] = ..., message: _Optional[str] = ...) -> None: ...

class Camera(_message.Message):
    __slots__ = ("camera_id", "source", "state", "reason", "message", "frames", "detections", "features", "refused_features", "grace_step", "grace_message", "frame_stride")
    CAMERA_ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    DETECTIONS_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FEATURES_FIELD_NUMBER: _ClassVar[int]
    GRACE_STEP_FIELD_NUMBER: _ClassVar[int]
    GRACE_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    FRAME_STRIDE_FIELD_NUMBER: _ClassVar[int]
    camera_id: str
    source: str
    state: PipelineState
    reason: _error_reason_pb2.ErrorReason
    message: str
    frames: int
    detections: int
    features: _containers.RepeatedScalarFieldContainer[str]
    refused_features: _containers.RepeatedCompositeFieldContainer[RefusedFeature]
    grace_step: _grace_pb2.GraceStep
    grace_message: str
    frame_stride: int
    def __init__(self, camera_id: _Optional[str] = ..., source: _Optional[str] = ..., state: _Optional[_Union[PipelineState, str]] = ..., reason: _Optional[_Union[_error_reason_pb2.ErrorReason, str]] = ..., message: _Optional[str] = ..., frames: _Optional[int] = ..., detections: _Optional[int] = ..., features: _Optional[_Iterable[str]] = ..., refused_features: _Optional[_Iterable[_Union[RefusedFeature, _Mapping]]] = ..., grace_step: _Optional[_Union[_grace_pb2.GraceStep, str]] = ..., grace_message: _Optional[str] = ..., frame_stride: _Optional[int] = ...) -> None: ...

class ListCamerasResponse(_message.Message):
    __slots__ = ("cameras", "next_page_token")
    CAMERAS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    cameras: _containers.RepeatedCompositeFieldContainer[Camera]
    next_page_token: str
    def __init__(self, cameras: _Optional[_Iterable[_Union[Camera, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListTelemetryRequest(_message.Message):
    __slots__ = ("camera_id", "event_type", "page_size", "page_token")
    CAMERA_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    camera_id: str
    event_type: str
    page_size: int
    page_token: str
    def __init__(self, camera_id: _Optional[str] = ..., event_type: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class TelemetryEvent(_message.Message):
    __slots__ = ("telemetry_id", "event_type", "event_time", "frame_index", "payload")
    TELEMETRY_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    FRAME_INDEX_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    telemetry_id: str
    event_type: str
    event_time: _timestamp_pb2.Timestamp
    frame_index: int
    payload: str
    def __init__(self, telemetry_id: _Optional[str] = ..., event_type: _Optional[str] = ..., event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., frame_index: _Optional[int] = ..., payload: _Optional[str] = ...) -> None: ...

class ListTelemetryResponse(_message.Message):
    __slots__ = ("events", "next_page_token")
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[TelemetryEvent]
    next_page_token: str
    def __init__(self, events: _Optional[_Iterable[_Union[TelemetryEvent, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetUsageStateRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class MetricUsage(_message.Message):
    __slots__ = ("event_type", "quantity", "journalled_quantity")
    EVENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    JOURNALLED_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    event_type: str
    quantity: str
    journalled_quantity: str
    def __init__(self, event_type: _Optional[str] = ..., quantity: _Optional[str] = ..., journalled_quantity: _Optional[str] = ...) -> None: ...

class GetUsageStateResponse(_message.Message):
    __slots__ = ("journal_id", "last_seq", "acked_seq", "metrics", "duplicates", "last_acked_at", "pending_events", "waiting_since", "lag_seconds", "behind", "last_error", "held_bytes", "max_bytes", "refused")
    JOURNAL_ID_FIELD_NUMBER: _ClassVar[int]
    LAST_SEQ_FIELD_NUMBER: _ClassVar[int]
    ACKED_SEQ_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    DUPLICATES_FIELD_NUMBER: _ClassVar[int]
    LAST_ACKED_AT_FIELD_NUMBER: _ClassVar[int]
    PENDING_EVENTS_FIELD_NUMBER: _ClassVar[int]
    WAITING_SINCE_FIELD_NUMBER: _ClassVar[int]
    LAG_SECONDS_FIELD_NUMBER: _ClassVar[int]
    BEHIND_FIELD_NUMBER: _ClassVar[int]
    LAST_ERROR_FIELD_NUMBER: _ClassVar[int]
    HELD_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_BYTES_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    journal_id: str
    last_seq: int
    acked_seq: int
    metrics: _containers.RepeatedCompositeFieldContainer[MetricUsage]
    duplicates: int
    last_acked_at: _timestamp_pb2.Timestamp
    pending_events: int
    waiting_since: _timestamp_pb2.Timestamp
    lag_seconds: float
    behind: bool
    last_error: str
    held_bytes: int
    max_bytes: int
    refused: int
    def __init__(self, journal_id: _Optional[str] = ..., last_seq: _Optional[int] = ..., acked_seq: _Optional[int] = ..., metrics: _Optional[_Iterable[_Union[MetricUsage, _Mapping]]] = ..., duplicates: _Optional[int] = ..., last_acked_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., pending_events: _Optional[int] = ..., waiting_since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., lag_seconds: _Optional[float] = ..., behind: _Optional[bool] = ..., last_error: _Optional[str] = ..., held_bytes: _Optional[int] = ..., max_bytes: _Optional[int] = ..., refused: _Optional[int] = ...) -> None: ...

class TrackedEvent(_message.Message):
    __slots__ = ("event_id", "event_type", "resource_id", "quantity", "event_time", "request_id", "dimensions")
    class DimensionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    DIMENSIONS_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    event_type: str
    resource_id: str
    quantity: str
    event_time: _timestamp_pb2.Timestamp
    request_id: str
    dimensions: _containers.ScalarMap[str, str]
    def __init__(self, event_id: _Optional[str] = ..., event_type: _Optional[str] = ..., resource_id: _Optional[str] = ..., quantity: _Optional[str] = ..., event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., request_id: _Optional[str] = ..., dimensions: _Optional[_Mapping[str, str]] = ...) -> None: ...

class TrackResult(_message.Message):
    __slots__ = ("event_id", "status", "reason", "message")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    status: TrackStatus
    reason: _error_reason_pb2.ErrorReason
    message: str
    def __init__(self, event_id: _Optional[str] = ..., status: _Optional[_Union[TrackStatus, str]] = ..., reason: _Optional[_Union[_error_reason_pb2.ErrorReason, str]] = ..., message: _Optional[str] = ...) -> None: ...

class TrackUsageRequest(_message.Message):
    __slots__ = ("events", "within_quota")
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    WITHIN_QUOTA_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[TrackedEvent]
    within_quota: bool
    def __init__(self, events: _Optional[_Iterable[_Union[TrackedEvent, _Mapping]]] = ..., within_quota: _Optional[bool] = ...) -> None: ...

class TrackUsageResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[TrackResult]
    def __init__(self, results: _Optional[_Iterable[_Union[TrackResult, _Mapping]]] = ...) -> None: ...

class GetQuotaStateRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class NodeQuota(_message.Message):
    __slots__ = ("metric", "allowed", "reason", "message", "granted", "remaining", "expires_at", "answered_at", "resets_at", "refusals")
    METRIC_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    GRANTED_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_AT_FIELD_NUMBER: _ClassVar[int]
    RESETS_AT_FIELD_NUMBER: _ClassVar[int]
    REFUSALS_FIELD_NUMBER: _ClassVar[int]
    metric: str
    allowed: bool
    reason: _error_reason_pb2.ErrorReason
    message: str
    granted: str
    remaining: str
    expires_at: _timestamp_pb2.Timestamp
    answered_at: _timestamp_pb2.Timestamp
    resets_at: _timestamp_pb2.Timestamp
    refusals: int
    def __init__(self, metric: _Optional[str] = ..., allowed: _Optional[bool] = ..., reason: _Optional[_Union[_error_reason_pb2.ErrorReason, str]] = ..., message: _Optional[str] = ..., granted: _Optional[str] = ..., remaining: _Optional[str] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., answered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., resets_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., refusals: _Optional[int] = ...) -> None: ...

class GetQuotaStateResponse(_message.Message):
    __slots__ = ("quotas",)
    QUOTAS_FIELD_NUMBER: _ClassVar[int]
    quotas: _containers.RepeatedCompositeFieldContainer[NodeQuota]
    def __init__(self, quotas: _Optional[_Iterable[_Union[NodeQuota, _Mapping]]] = ...) -> None: ...

class ListLicensesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class HeldLicense(_message.Message):
    __slots__ = ("camera_id", "allowed", "reason", "message", "license_mode", "enabled_growth_packs", "valid_until", "expires_at", "issued_at", "grace_step", "source", "refreshed_at", "cached_until")
    CAMERA_ID_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    LICENSE_MODE_FIELD_NUMBER: _ClassVar[int]
    ENABLED_GROWTH_PACKS_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    ISSUED_AT_FIELD_NUMBER: _ClassVar[int]
    GRACE_STEP_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    REFRESHED_AT_FIELD_NUMBER: _ClassVar[int]
    CACHED_UNTIL_FIELD_NUMBER: _ClassVar[int]
    camera_id: str
    allowed: bool
    reason: _error_reason_pb2.ErrorReason
    message: str
    license_mode: _license_service_pb2.LicenseMode
    enabled_growth_packs: _containers.RepeatedScalarFieldContainer[str]
    valid_until: _timestamp_pb2.Timestamp
    expires_at: _timestamp_pb2.Timestamp
    issued_at: _timestamp_pb2.Timestamp
    grace_step: _grace_pb2.GraceStep
    source: LicenseSource
    refreshed_at: _timestamp_pb2.Timestamp
    cached_until: _timestamp_pb2.Timestamp
    def __init__(self, camera_id: _Optional[str] = ..., allowed: _Optional[bool] = ..., reason: _Optional[_Union[_error_reason_pb2.ErrorReason, str]] = ..., message: _Optional[str] = ..., license_mode: _Optional[_Union[_license_service_pb2.LicenseMode, str]] = ..., enabled_growth_packs: _Optional[_Iterable[str]] = ..., valid_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., issued_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., grace_step: _Optional[_Union[_grace_pb2.GraceStep, str]] = ..., source: _Optional[_Union[LicenseSource, str]] = ..., refreshed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., cached_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListLicensesResponse(_message.Message):
    __slots__ = ("licenses", "epoch", "clock_fault", "next_page_token")
    LICENSES_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    CLOCK_FAULT_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    licenses: _containers.RepeatedCompositeFieldContainer[HeldLicense]
    epoch: _epoch_pb2.Epoch
    clock_fault: str
    next_page_token: str
    def __init__(self, licenses: _Optional[_Iterable[_Union[HeldLicense, _Mapping]]] = ..., epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ..., clock_fault: _Optional[str] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RefreshLicensesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RefreshLicensesResponse(_message.Message):
    __slots__ = ("cameras", "epoch")
    CAMERAS_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    cameras: int
    epoch: _epoch_pb2.Epoch
    def __init__(self, cameras: _Optional[int] = ..., epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ...) -> None: ...

class ExplainDecisionRequest(_message.Message):
    __slots__ = ("camera_id", "feature")
    CAMERA_ID_FIELD_NUMBER: _ClassVar[int]
    FEATURE_FIELD_NUMBER: _ClassVar[int]
    camera_id: str
    feature: str
    def __init__(self, camera_id: _Optional[str] = ..., feature: _Optional[str] = ...) -> None: ...

class ExplainDecisionResponse(_message.Message):
    __slots__ = ("allowed", "reason", "message", "steps", "license", "offline", "decided_at")
    ALLOWED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    LICENSE_FIELD_NUMBER: _ClassVar[int]
    OFFLINE_FIELD_NUMBER: _ClassVar[int]
    DECIDED_AT_FIELD_NUMBER: _ClassVar[int]
    allowed: bool
    reason: _error_reason_pb2.ErrorReason
    message: str
    steps: _containers.RepeatedCompositeFieldContainer[_decision_pb2.DecisionStep]
    license: HeldLicense
    offline: bool
    decided_at: _timestamp_pb2.Timestamp
    def __init__(self, allowed: _Optional[bool] = ..., reason: _Optional[_Union[_error_reason_pb2.ErrorReason, str]] = ..., message: _Optional[str] = ..., steps: _Optional[_Iterable[_Union[_decision_pb2.DecisionStep, _Mapping]]] = ..., license: _Optional[_Union[HeldLicense, _Mapping]] = ..., offline: _Optional[bool] = ..., decided_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ImportOfflineBundleRequest(_message.Message):
    __slots__ = ("bundle",)
    BUNDLE_FIELD_NUMBER: _ClassVar[int]
    bundle: str
    def __init__(self, bundle: _Optional[str] = ...) -> None: ...

class ImportOfflineBundleResponse(_message.Message):
    __slots__ = ("camera_ids", "issued_at", "expires_at", "epoch")
    CAMERA_IDS_FIELD_NUMBER: _ClassVar[int]
    ISSUED_AT_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    camera_ids: _containers.RepeatedScalarFieldContainer[str]
    issued_at: _timestamp_pb2.Timestamp
    expires_at: _timestamp_pb2.Timestamp
    epoch: _epoch_pb2.Epoch
    def __init__(self, camera_ids: _Optional[_Iterable[str]] = ..., issued_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ...) -> None: ...
