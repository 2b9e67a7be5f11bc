from brinkbyte.common.v1 import access_pb2 as _access_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class BillingProfile(_message.Message):
    __slots__ = ("legal_name", "address", "country", "region", "tax_id", "invoice_email", "currency", "exempt")
    LEGAL_NAME_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    COUNTRY_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    TAX_ID_FIELD_NUMBER: _ClassVar[int]
    INVOICE_EMAIL_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    EXEMPT_FIELD_NUMBER: _ClassVar[int]
    legal_name: str
    address: _containers.RepeatedScalarFieldContainer[str]
    country: str
    region: str
    tax_id: str
    invoice_email: str
    currency: str
    exempt: bool
    def __init__(self, legal_name: _Optional[str] = ..., address: _Optional[_Iterable[str]] = ..., country: _Optional[str] = ..., region: _Optional[str] = ..., tax_id: _Optional[str] = ..., invoice_email: _Optional[str] = ..., currency: _Optional[str] = ..., exempt: _Optional[bool] = ...) -> None: ...

class GetBillingProfileRequest(_message.Message):
    __slots__ = ("tenant_id",)
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    def __init__(self, tenant_id: _Optional[str] = ...) -> None: ...

class GetBillingProfileResponse(_message.Message):
    __slots__ = ("profile",)
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    profile: BillingProfile
    def __init__(self, profile: _Optional[_Union[BillingProfile, _Mapping]] = ...) -> None: ...

class UpdateBillingProfileRequest(_message.Message):
    __slots__ = ("tenant_id", "profile")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    profile: BillingProfile
    def __init__(self, tenant_id: _Optional[str] = ..., profile: _Optional[_Union[BillingProfile, _Mapping]] = ...) -> None: ...

class UpdateBillingProfileResponse(_message.Message):
    __slots__ = ("profile",)
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    profile: BillingProfile
    def __init__(self, profile: _Optional[_Union[BillingProfile, _Mapping]] = ...) -> None: ...
