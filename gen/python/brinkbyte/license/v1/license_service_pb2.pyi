import datetime

from brinkbyte.common.v1 import access_pb2 as _access_pb2
from brinkbyte.common.v1 import decision_pb2 as _decision_pb2
from brinkbyte.common.v1 import epoch_pb2 as _epoch_pb2
from brinkbyte.common.v1 import error_reason_pb2 as _error_reason_pb2
from brinkbyte.common.v1 import trust_pb2 as _trust_pb2
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

class LicenseMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LICENSE_MODE_UNSPECIFIED: _ClassVar[LicenseMode]
    LICENSE_MODE_TRIAL: _ClassVar[LicenseMode]
    LICENSE_MODE_BASE: _ClassVar[LicenseMode]
    LICENSE_MODE_UNLICENSED: _ClassVar[LicenseMode]

class LicenseStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LICENSE_STATUS_UNSPECIFIED: _ClassVar[LicenseStatus]
    LICENSE_STATUS_ACTIVE: _ClassVar[LicenseStatus]
    LICENSE_STATUS_SUSPENDED: _ClassVar[LicenseStatus]
    LICENSE_STATUS_EXPIRED: _ClassVar[LicenseStatus]

class LicenseChangeKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LICENSE_CHANGE_KIND_UNSPECIFIED: _ClassVar[LicenseChangeKind]
    LICENSE_CHANGE_KIND_ISSUED: _ClassVar[LicenseChangeKind]
    LICENSE_CHANGE_KIND_SUSPENDED: _ClassVar[LicenseChangeKind]
    LICENSE_CHANGE_KIND_RESUMED: _ClassVar[LicenseChangeKind]
    LICENSE_CHANGE_KIND_REVOKED: _ClassVar[LicenseChangeKind]
    LICENSE_CHANGE_KIND_RENEWED: _ClassVar[LicenseChangeKind]
    LICENSE_CHANGE_KIND_UPGRADED: _ClassVar[LicenseChangeKind]
    LICENSE_CHANGE_KIND_CAMERAS_ADDED: _ClassVar[LicenseChangeKind]
    LICENSE_CHANGE_KIND_CAMERA_ASSIGNED: _ClassVar[LicenseChangeKind]
    LICENSE_CHANGE_KIND_CAMERA_MOVED: _ClassVar[LicenseChangeKind]
    LICENSE_CHANGE_KIND_CAMERA_RELEASED: _ClassVar[LicenseChangeKind]
    LICENSE_CHANGE_KIND_FINGERPRINT_RESET: _ClassVar[LicenseChangeKind]
    LICENSE_CHANGE_KIND_CATALOG_CHANGED: _ClassVar[LicenseChangeKind]
    LICENSE_CHANGE_KIND_OVERRIDE_CHANGED: _ClassVar[LicenseChangeKind]
    LICENSE_CHANGE_KIND_PLAN_CHANGED: _ClassVar[LicenseChangeKind]
LICENSE_MODE_UNSPECIFIED: LicenseMode
LICENSE_MODE_TRIAL: LicenseMode
LICENSE_MODE_BASE: LicenseMode
LICENSE_MODE_UNLICENSED: LicenseMode
LICENSE_STATUS_UNSPECIFIED: LicenseStatus
LICENSE_STATUS_ACTIVE: LicenseStatus
LICENSE_STATUS_SUSPENDED: LicenseStatus
LICENSE_STATUS_EXPIRED: LicenseStatus
LICENSE_CHANGE_KIND_UNSPECIFIED: LicenseChangeKind
LICENSE_CHANGE_KIND_ISSUED: LicenseChangeKind
LICENSE_CHANGE_KIND_SUSPENDED: LicenseChangeKind
LICENSE_CHANGE_KIND_RESUMED: LicenseChangeKind
LICENSE_CHANGE_KIND_REVOKED: LicenseChangeKind
LICENSE_CHANGE_KIND_RENEWED: LicenseChangeKind
LICENSE_CHANGE_KIND_UPGRADED: LicenseChangeKind
LICENSE_CHANGE_KIND_CAMERAS_ADDED: LicenseChangeKind
LICENSE_CHANGE_KIND_CAMERA_ASSIGNED: LicenseChangeKind
LICENSE_CHANGE_KIND_CAMERA_MOVED: LicenseChangeKind
LICENSE_CHANGE_KIND_CAMERA_RELEASED: LicenseChangeKind
LICENSE_CHANGE_KIND_FINGERPRINT_RESET: LicenseChangeKind
LICENSE_CHANGE_KIND_CATALOG_CHANGED: LicenseChangeKind
LICENSE_CHANGE_KIND_OVERRIDE_CHANGED: LicenseChangeKind
LICENSE_CHANGE_KIND_PLAN_CHANGED: LicenseChangeKind

class License(_message.Message):
    __slots__ = ("tenant_id", "license_mode", "status", "reason", "status_reason", "status_since", "cameras_allowed", "cameras_used", "growth_packs", "valid_from", "valid_until")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    LICENSE_MODE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    STATUS_REASON_FIELD_NUMBER: _ClassVar[int]
    STATUS_SINCE_FIELD_NUMBER: _ClassVar[int]
    CAMERAS_ALLOWED_FIELD_NUMBER: _ClassVar[int]
    CAMERAS_USED_FIELD_NUMBER: _ClassVar[int]
    GROWTH_PACKS_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    license_mode: LicenseMode
    status: LicenseStatus
    reason: _error_reason_pb2.ErrorReason
    status_reason: str
    status_since: _timestamp_pb2.Timestamp
    cameras_allowed: int
    cameras_used: int
    growth_packs: _containers.RepeatedScalarFieldContainer[str]
    valid_from: _timestamp_pb2.Timestamp
    valid_until: _timestamp_pb2.Timestamp
    def __init__(self, tenant_id: _Optional[str] = ..., license_mode: _Optional[_Union[LicenseMode, str]] = ..., status: _Optional[_Union[LicenseStatus, str]] = ..., reason: _Optional[_Union[_error_reason_pb2.ErrorReason, str]] = ..., status_reason: _Optional[str] = ..., status_since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., cameras_allowed: _Optional[int] = ..., cameras_used: _Optional[int] = ..., growth_packs: _Optional[_Iterable[str]] = ..., valid_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., valid_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CameraLicense(_message.Message):
    __slots__ = ("camera_id", "license_mode", "status", "enabled_growth_packs", "valid_until", "device_id", "fingerprint")
    CAMERA_ID_FIELD_NUMBER: _ClassVar[int]
    LICENSE_MODE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    ENABLED_GROWTH_PACKS_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    DEVICE_ID_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    camera_id: str
    license_mode: LicenseMode
    status: LicenseStatus
    enabled_growth_packs: _containers.RepeatedScalarFieldContainer[str]
    valid_until: _timestamp_pb2.Timestamp
    device_id: str
    fingerprint: str
    def __init__(self, camera_id: _Optional[str] = ..., license_mode: _Optional[_Union[LicenseMode, str]] = ..., status: _Optional[_Union[LicenseStatus, str]] = ..., enabled_growth_packs: _Optional[_Iterable[str]] = ..., valid_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., device_id: _Optional[str] = ..., fingerprint: _Optional[str] = ...) -> None: ...

class ValidateCameraRequest(_message.Message):
    __slots__ = ("camera_id", "tenant_id", "device_id", "fingerprint")
    CAMERA_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    DEVICE_ID_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    camera_id: str
    tenant_id: str
    device_id: str
    fingerprint: str
    def __init__(self, camera_id: _Optional[str] = ..., tenant_id: _Optional[str] = ..., device_id: _Optional[str] = ..., fingerprint: _Optional[str] = ...) -> None: ...

class ValidateCameraResponse(_message.Message):
    __slots__ = ("is_valid", "license_mode", "enabled_growth_packs", "valid_until", "cameras_allowed", "cameras_used", "status", "reason", "message", "cached_until", "epoch")
    IS_VALID_FIELD_NUMBER: _ClassVar[int]
    LICENSE_MODE_FIELD_NUMBER: _ClassVar[int]
    ENABLED_GROWTH_PACKS_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    CAMERAS_ALLOWED_FIELD_NUMBER: _ClassVar[int]
    CAMERAS_USED_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    CACHED_UNTIL_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    is_valid: bool
    license_mode: LicenseMode
    enabled_growth_packs: _containers.RepeatedScalarFieldContainer[str]
    valid_until: _timestamp_pb2.Timestamp
    cameras_allowed: int
    cameras_used: int
    status: LicenseStatus
    reason: _error_reason_pb2.ErrorReason
    message: str
    cached_until: _timestamp_pb2.Timestamp
    epoch: _epoch_pb2.Epoch
    def __init__(self, is_valid: _Optional[bool] = ..., license_mode: _Optional[_Union[LicenseMode, str]] = ..., enabled_growth_packs: _Optional[_Iterable[str]] = ..., valid_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., cameras_allowed: _Optional[int] = ..., cameras_used: _Optional[int] = ..., status: _Optional[_Union[LicenseStatus, str]] = ..., reason: _Optional[_Union[_error_reason_pb2.ErrorReason, str]] = ..., message: _Optional[str] = ..., cached_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ...) -> None: ...

class CameraFingerprint(_message.Message):
    __slots__ = ("camera_id", "fingerprint")
    CAMERA_ID_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    camera_id: str
    fingerprint: str
    def __init__(self, camera_id: _Optional[str] = ..., fingerprint: _Optional[str] = ...) -> None: ...

class BatchValidateCamerasRequest(_message.Message):
    __slots__ = ("camera_ids", "tenant_id", "device_id", "fingerprints")
    CAMERA_IDS_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    DEVICE_ID_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINTS_FIELD_NUMBER: _ClassVar[int]
    camera_ids: _containers.RepeatedScalarFieldContainer[str]
    tenant_id: str
    device_id: str
    fingerprints: _containers.RepeatedCompositeFieldContainer[CameraFingerprint]
    def __init__(self, camera_ids: _Optional[_Iterable[str]] = ..., tenant_id: _Optional[str] = ..., device_id: _Optional[str] = ..., fingerprints: _Optional[_Iterable[_Union[CameraFingerprint, _Mapping]]] = ...) -> None: ...

class CameraValidation(_message.Message):
    __slots__ = ("camera_id", "validation")
    CAMERA_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATION_FIELD_NUMBER: _ClassVar[int]
    camera_id: str
    validation: ValidateCameraResponse
    def __init__(self, camera_id: _Optional[str] = ..., validation: _Optional[_Union[ValidateCameraResponse, _Mapping]] = ...) -> None: ...

class BatchValidateCamerasResponse(_message.Message):
    __slots__ = ("validations", "device_token", "epoch")
    VALIDATIONS_FIELD_NUMBER: _ClassVar[int]
    DEVICE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    validations: _containers.RepeatedCompositeFieldContainer[CameraValidation]
    device_token: str
    epoch: _epoch_pb2.Epoch
    def __init__(self, validations: _Optional[_Iterable[_Union[CameraValidation, _Mapping]]] = ..., device_token: _Optional[str] = ..., epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ...) -> None: ...

class IssueLicenseRequest(_message.Message):
    __slots__ = ("tenant_id", "license_mode", "cameras_allowed", "growth_packs", "valid_until")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    LICENSE_MODE_FIELD_NUMBER: _ClassVar[int]
    CAMERAS_ALLOWED_FIELD_NUMBER: _ClassVar[int]
    GROWTH_PACKS_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    license_mode: LicenseMode
    cameras_allowed: int
    growth_packs: _containers.RepeatedScalarFieldContainer[str]
    valid_until: _timestamp_pb2.Timestamp
    def __init__(self, tenant_id: _Optional[str] = ..., license_mode: _Optional[_Union[LicenseMode, str]] = ..., cameras_allowed: _Optional[int] = ..., growth_packs: _Optional[_Iterable[str]] = ..., valid_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class IssueLicenseResponse(_message.Message):
    __slots__ = ("epoch",)
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    epoch: _epoch_pb2.Epoch
    def __init__(self, epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ...) -> None: ...

class AssignCameraLicenseRequest(_message.Message):
    __slots__ = ("tenant_id", "camera_id", "growth_packs")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    CAMERA_ID_FIELD_NUMBER: _ClassVar[int]
    GROWTH_PACKS_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    camera_id: str
    growth_packs: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, tenant_id: _Optional[str] = ..., camera_id: _Optional[str] = ..., growth_packs: _Optional[_Iterable[str]] = ...) -> None: ...

class AssignCameraLicenseResponse(_message.Message):
    __slots__ = ("camera_license", "epoch")
    CAMERA_LICENSE_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    camera_license: CameraLicense
    epoch: _epoch_pb2.Epoch
    def __init__(self, camera_license: _Optional[_Union[CameraLicense, _Mapping]] = ..., epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ...) -> None: ...

class ListCameraLicensesRequest(_message.Message):
    __slots__ = ("tenant_id", "page_size", "page_token")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    page_size: int
    page_token: str
    def __init__(self, tenant_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListCameraLicensesResponse(_message.Message):
    __slots__ = ("camera_licenses", "next_page_token")
    CAMERA_LICENSES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    camera_licenses: _containers.RepeatedCompositeFieldContainer[CameraLicense]
    next_page_token: str
    def __init__(self, camera_licenses: _Optional[_Iterable[_Union[CameraLicense, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetLicenseTokenRequest(_message.Message):
    __slots__ = ("tenant_id",)
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    def __init__(self, tenant_id: _Optional[str] = ...) -> None: ...

class GetLicenseTokenResponse(_message.Message):
    __slots__ = ("license", "expires_at")
    LICENSE_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    license: str
    expires_at: _timestamp_pb2.Timestamp
    def __init__(self, license: _Optional[str] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetPublicKeysRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class PublicKey(_message.Message):
    __slots__ = ("kid", "public_key_pem", "n", "e")
    KID_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEY_PEM_FIELD_NUMBER: _ClassVar[int]
    N_FIELD_NUMBER: _ClassVar[int]
    E_FIELD_NUMBER: _ClassVar[int]
    kid: str
    public_key_pem: str
    n: str
    e: str
    def __init__(self, kid: _Optional[str] = ..., public_key_pem: _Optional[str] = ..., n: _Optional[str] = ..., e: _Optional[str] = ...) -> None: ...

class GetPublicKeysResponse(_message.Message):
    __slots__ = ("keys", "jwks", "trust")
    KEYS_FIELD_NUMBER: _ClassVar[int]
    JWKS_FIELD_NUMBER: _ClassVar[int]
    TRUST_FIELD_NUMBER: _ClassVar[int]
    keys: _containers.RepeatedCompositeFieldContainer[PublicKey]
    jwks: str
    trust: _trust_pb2.Trust
    def __init__(self, keys: _Optional[_Iterable[_Union[PublicKey, _Mapping]]] = ..., jwks: _Optional[str] = ..., trust: _Optional[_Union[_trust_pb2.Trust, _Mapping]] = ...) -> None: ...

class GetRevocationListRequest(_message.Message):
    __slots__ = ("tenant_id",)
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    def __init__(self, tenant_id: _Optional[str] = ...) -> None: ...

class GetRevocationListResponse(_message.Message):
    __slots__ = ("revocation_list", "epoch")
    REVOCATION_LIST_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    revocation_list: str
    epoch: _epoch_pb2.Epoch
    def __init__(self, revocation_list: _Optional[str] = ..., epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ...) -> None: ...

class ExportOfflineBundleRequest(_message.Message):
    __slots__ = ("device_id", "tenant_id", "camera_ids")
    DEVICE_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    CAMERA_IDS_FIELD_NUMBER: _ClassVar[int]
    device_id: str
    tenant_id: str
    camera_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, device_id: _Optional[str] = ..., tenant_id: _Optional[str] = ..., camera_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class ExportOfflineBundleResponse(_message.Message):
    __slots__ = ("bundle", "validations", "expires_at")
    BUNDLE_FIELD_NUMBER: _ClassVar[int]
    VALIDATIONS_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    bundle: str
    validations: _containers.RepeatedCompositeFieldContainer[CameraValidation]
    expires_at: _timestamp_pb2.Timestamp
    def __init__(self, bundle: _Optional[str] = ..., validations: _Optional[_Iterable[_Union[CameraValidation, _Mapping]]] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class VerifyTokenRequest(_message.Message):
    __slots__ = ("license",)
    LICENSE_FIELD_NUMBER: _ClassVar[int]
    license: str
    def __init__(self, license: _Optional[str] = ...) -> None: ...

class VerifyTokenResponse(_message.Message):
    __slots__ = ("valid", "reason", "message", "claims")
    VALID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    CLAIMS_FIELD_NUMBER: _ClassVar[int]
    valid: bool
    reason: _error_reason_pb2.ErrorReason
    message: str
    claims: str
    def __init__(self, valid: _Optional[bool] = ..., reason: _Optional[_Union[_error_reason_pb2.ErrorReason, str]] = ..., message: _Optional[str] = ..., claims: _Optional[str] = ...) -> None: ...

class GetLicenseRequest(_message.Message):
    __slots__ = ("tenant_id",)
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    def __init__(self, tenant_id: _Optional[str] = ...) -> None: ...

class GetLicenseResponse(_message.Message):
    __slots__ = ("license", "epoch")
    LICENSE_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    license: License
    epoch: _epoch_pb2.Epoch
    def __init__(self, license: _Optional[_Union[License, _Mapping]] = ..., epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ...) -> None: ...

class SuspendLicenseRequest(_message.Message):
    __slots__ = ("tenant_id", "reason")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    reason: str
    def __init__(self, tenant_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class SuspendLicenseResponse(_message.Message):
    __slots__ = ("license", "epoch")
    LICENSE_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    license: License
    epoch: _epoch_pb2.Epoch
    def __init__(self, license: _Optional[_Union[License, _Mapping]] = ..., epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ...) -> None: ...

class RevokeLicenseRequest(_message.Message):
    __slots__ = ("tenant_id", "reason", "cancel_subscriptions")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CANCEL_SUBSCRIPTIONS_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    reason: str
    cancel_subscriptions: bool
    def __init__(self, tenant_id: _Optional[str] = ..., reason: _Optional[str] = ..., cancel_subscriptions: _Optional[bool] = ...) -> None: ...

class RevokeLicenseResponse(_message.Message):
    __slots__ = ("license", "epoch")
    LICENSE_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    license: License
    epoch: _epoch_pb2.Epoch
    def __init__(self, license: _Optional[_Union[License, _Mapping]] = ..., epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ...) -> None: ...

class ResumeLicenseRequest(_message.Message):
    __slots__ = ("tenant_id",)
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    def __init__(self, tenant_id: _Optional[str] = ...) -> None: ...

class ResumeLicenseResponse(_message.Message):
    __slots__ = ("license", "epoch")
    LICENSE_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    license: License
    epoch: _epoch_pb2.Epoch
    def __init__(self, license: _Optional[_Union[License, _Mapping]] = ..., epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ...) -> None: ...

class RenewLicenseRequest(_message.Message):
    __slots__ = ("tenant_id", "valid_until", "allow_shortening")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    ALLOW_SHORTENING_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    valid_until: _timestamp_pb2.Timestamp
    allow_shortening: bool
    def __init__(self, tenant_id: _Optional[str] = ..., valid_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., allow_shortening: _Optional[bool] = ...) -> None: ...

class RenewLicenseResponse(_message.Message):
    __slots__ = ("license", "epoch")
    LICENSE_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    license: License
    epoch: _epoch_pb2.Epoch
    def __init__(self, license: _Optional[_Union[License, _Mapping]] = ..., epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ...) -> None: ...

class UpgradeLicenseRequest(_message.Message):
    __slots__ = ("tenant_id", "license_mode", "cameras_allowed", "add_growth_packs", "remove_growth_packs", "valid_until")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    LICENSE_MODE_FIELD_NUMBER: _ClassVar[int]
    CAMERAS_ALLOWED_FIELD_NUMBER: _ClassVar[int]
    ADD_GROWTH_PACKS_FIELD_NUMBER: _ClassVar[int]
    REMOVE_GROWTH_PACKS_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    license_mode: LicenseMode
    cameras_allowed: int
    add_growth_packs: _containers.RepeatedScalarFieldContainer[str]
    remove_growth_packs: _containers.RepeatedScalarFieldContainer[str]
    valid_until: _timestamp_pb2.Timestamp
    def __init__(self, tenant_id: _Optional[str] = ..., license_mode: _Optional[_Union[LicenseMode, str]] = ..., cameras_allowed: _Optional[int] = ..., add_growth_packs: _Optional[_Iterable[str]] = ..., remove_growth_packs: _Optional[_Iterable[str]] = ..., valid_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class UpgradeLicenseResponse(_message.Message):
    __slots__ = ("license", "epoch")
    LICENSE_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    license: License
    epoch: _epoch_pb2.Epoch
    def __init__(self, license: _Optional[_Union[License, _Mapping]] = ..., epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ...) -> None: ...

class MoveCameraLicenseRequest(_message.Message):
    __slots__ = ("camera_id", "device_id", "tenant_id")
    CAMERA_ID_FIELD_NUMBER: _ClassVar[int]
    DEVICE_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    camera_id: str
    device_id: str
    tenant_id: str
    def __init__(self, camera_id: _Optional[str] = ..., device_id: _Optional[str] = ..., tenant_id: _Optional[str] = ...) -> None: ...

class MoveCameraLicenseResponse(_message.Message):
    __slots__ = ("camera_license", "epoch")
    CAMERA_LICENSE_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    camera_license: CameraLicense
    epoch: _epoch_pb2.Epoch
    def __init__(self, camera_license: _Optional[_Union[CameraLicense, _Mapping]] = ..., epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ...) -> None: ...

class ReleaseCameraLicenseRequest(_message.Message):
    __slots__ = ("camera_id", "tenant_id")
    CAMERA_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    camera_id: str
    tenant_id: str
    def __init__(self, camera_id: _Optional[str] = ..., tenant_id: _Optional[str] = ...) -> None: ...

class ReleaseCameraLicenseResponse(_message.Message):
    __slots__ = ("released", "epoch")
    RELEASED_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    released: bool
    epoch: _epoch_pb2.Epoch
    def __init__(self, released: _Optional[bool] = ..., epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ...) -> None: ...

class ResetCameraFingerprintRequest(_message.Message):
    __slots__ = ("camera_id", "tenant_id")
    CAMERA_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    camera_id: str
    tenant_id: str
    def __init__(self, camera_id: _Optional[str] = ..., tenant_id: _Optional[str] = ...) -> None: ...

class ResetCameraFingerprintResponse(_message.Message):
    __slots__ = ("camera_license", "epoch")
    CAMERA_LICENSE_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    camera_license: CameraLicense
    epoch: _epoch_pb2.Epoch
    def __init__(self, camera_license: _Optional[_Union[CameraLicense, _Mapping]] = ..., epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ...) -> None: ...

class ExplainDecisionRequest(_message.Message):
    __slots__ = ("camera_id", "feature", "at", "tenant_id", "device_id", "fingerprint")
    CAMERA_ID_FIELD_NUMBER: _ClassVar[int]
    FEATURE_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    DEVICE_ID_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    camera_id: str
    feature: str
    at: _timestamp_pb2.Timestamp
    tenant_id: str
    device_id: str
    fingerprint: str
    def __init__(self, camera_id: _Optional[str] = ..., feature: _Optional[str] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., tenant_id: _Optional[str] = ..., device_id: _Optional[str] = ..., fingerprint: _Optional[str] = ...) -> None: ...

class ExplainDecisionResponse(_message.Message):
    __slots__ = ("allowed", "reason", "message", "steps", "at", "epoch")
    ALLOWED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    allowed: bool
    reason: _error_reason_pb2.ErrorReason
    message: str
    steps: _containers.RepeatedCompositeFieldContainer[_decision_pb2.DecisionStep]
    at: _timestamp_pb2.Timestamp
    epoch: _epoch_pb2.Epoch
    def __init__(self, allowed: _Optional[bool] = ..., reason: _Optional[_Union[_error_reason_pb2.ErrorReason, str]] = ..., message: _Optional[str] = ..., steps: _Optional[_Iterable[_Union[_decision_pb2.DecisionStep, _Mapping]]] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ...) -> None: ...

class WatchLicensesRequest(_message.Message):
    __slots__ = ("tenant_id", "after")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    after: _epoch_pb2.Epoch
    def __init__(self, tenant_id: _Optional[str] = ..., after: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ...) -> None: ...

class LicenseSnapshot(_message.Message):
    __slots__ = ("epoch",)
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    epoch: _epoch_pb2.Epoch
    def __init__(self, epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ...) -> None: ...

class LicenseChange(_message.Message):
    __slots__ = ("epoch", "kind", "camera_ids", "changed_at")
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    CAMERA_IDS_FIELD_NUMBER: _ClassVar[int]
    CHANGED_AT_FIELD_NUMBER: _ClassVar[int]
    epoch: _epoch_pb2.Epoch
    kind: LicenseChangeKind
    camera_ids: _containers.RepeatedScalarFieldContainer[str]
    changed_at: _timestamp_pb2.Timestamp
    def __init__(self, epoch: _Optional[_Union[_epoch_pb2.Epoch, _Mapping]] = ..., kind: _Optional[_Union[LicenseChangeKind, str]] = ..., camera_ids: _Optional[_Iterable[str]] = ..., changed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class WatchLicensesResponse(_message.Message):
    __slots__ = ("snapshot", "change")
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    snapshot: LicenseSnapshot
    change: LicenseChange
    def __init__(self, snapshot: _Optional[_Union[LicenseSnapshot, _Mapping]] = ..., change: _Optional[_Union[LicenseChange, _Mapping]] = ...) -> None: ...
