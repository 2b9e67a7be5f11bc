import datetime

from brinkbyte.common.v1 import access_pb2 as _access_pb2
from brinkbyte.invoice.v1 import invoice_service_pb2 as _invoice_service_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SubmissionState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SUBMISSION_STATE_UNSPECIFIED: _ClassVar[SubmissionState]
    SUBMISSION_STATE_PENDING: _ClassVar[SubmissionState]
    SUBMISSION_STATE_SENT: _ClassVar[SubmissionState]
    SUBMISSION_STATE_CONFIRMED: _ClassVar[SubmissionState]
    SUBMISSION_STATE_FAILED: _ClassVar[SubmissionState]
    SUBMISSION_STATE_FOUND: _ClassVar[SubmissionState]

class ShadowState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SHADOW_STATE_UNSPECIFIED: _ClassVar[ShadowState]
    SHADOW_STATE_HELD: _ClassVar[ShadowState]
    SHADOW_STATE_FINALIZED: _ClassVar[ShadowState]
    SHADOW_STATE_MATCHES: _ClassVar[ShadowState]
    SHADOW_STATE_DIFFERS: _ClassVar[ShadowState]

class ShadowDifferenceKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SHADOW_DIFFERENCE_KIND_UNSPECIFIED: _ClassVar[ShadowDifferenceKind]
    SHADOW_DIFFERENCE_KIND_UNEXPLAINED: _ClassVar[ShadowDifferenceKind]
    SHADOW_DIFFERENCE_KIND_PRORATION: _ClassVar[ShadowDifferenceKind]
SUBMISSION_STATE_UNSPECIFIED: SubmissionState
SUBMISSION_STATE_PENDING: SubmissionState
SUBMISSION_STATE_SENT: SubmissionState
SUBMISSION_STATE_CONFIRMED: SubmissionState
SUBMISSION_STATE_FAILED: SubmissionState
SUBMISSION_STATE_FOUND: SubmissionState
SHADOW_STATE_UNSPECIFIED: ShadowState
SHADOW_STATE_HELD: ShadowState
SHADOW_STATE_FINALIZED: ShadowState
SHADOW_STATE_MATCHES: ShadowState
SHADOW_STATE_DIFFERS: ShadowState
SHADOW_DIFFERENCE_KIND_UNSPECIFIED: ShadowDifferenceKind
SHADOW_DIFFERENCE_KIND_UNEXPLAINED: ShadowDifferenceKind
SHADOW_DIFFERENCE_KIND_PRORATION: ShadowDifferenceKind

class GetStripeObjectsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class StripeObject(_message.Message):
    __slots__ = ("kind", "name", "stripe_id", "to_do", "attempts", "last_error")
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    STRIPE_ID_FIELD_NUMBER: _ClassVar[int]
    TO_DO_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    LAST_ERROR_FIELD_NUMBER: _ClassVar[int]
    kind: str
    name: str
    stripe_id: str
    to_do: str
    attempts: int
    last_error: str
    def __init__(self, kind: _Optional[str] = ..., name: _Optional[str] = ..., stripe_id: _Optional[str] = ..., to_do: _Optional[str] = ..., attempts: _Optional[int] = ..., last_error: _Optional[str] = ...) -> None: ...

class GetStripeObjectsResponse(_message.Message):
    __slots__ = ("objects",)
    OBJECTS_FIELD_NUMBER: _ClassVar[int]
    objects: _containers.RepeatedCompositeFieldContainer[StripeObject]
    def __init__(self, objects: _Optional[_Iterable[_Union[StripeObject, _Mapping]]] = ...) -> None: ...

class Submission(_message.Message):
    __slots__ = ("tenant_id", "metric", "minute", "value", "identifier", "state", "attempts", "last_error", "created_at")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    METRIC_FIELD_NUMBER: _ClassVar[int]
    MINUTE_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    LAST_ERROR_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    metric: str
    minute: _timestamp_pb2.Timestamp
    value: int
    identifier: str
    state: SubmissionState
    attempts: int
    last_error: str
    created_at: _timestamp_pb2.Timestamp
    def __init__(self, tenant_id: _Optional[str] = ..., metric: _Optional[str] = ..., minute: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., value: _Optional[int] = ..., identifier: _Optional[str] = ..., state: _Optional[_Union[SubmissionState, str]] = ..., attempts: _Optional[int] = ..., last_error: _Optional[str] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListSubmissionsRequest(_message.Message):
    __slots__ = ("tenant_id", "state", "page_size", "page_token")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    state: SubmissionState
    page_size: int
    page_token: str
    def __init__(self, tenant_id: _Optional[str] = ..., state: _Optional[_Union[SubmissionState, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListSubmissionsResponse(_message.Message):
    __slots__ = ("submissions", "next_page_token")
    SUBMISSIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    submissions: _containers.RepeatedCompositeFieldContainer[Submission]
    next_page_token: str
    def __init__(self, submissions: _Optional[_Iterable[_Union[Submission, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ShadowDifference(_message.Message):
    __slots__ = ("name", "our_quantity", "their_quantity", "our_amount", "their_amount", "kind")
    NAME_FIELD_NUMBER: _ClassVar[int]
    OUR_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    THEIR_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    OUR_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    THEIR_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    name: str
    our_quantity: str
    their_quantity: str
    our_amount: int
    their_amount: int
    kind: ShadowDifferenceKind
    def __init__(self, name: _Optional[str] = ..., our_quantity: _Optional[str] = ..., their_quantity: _Optional[str] = ..., our_amount: _Optional[int] = ..., their_amount: _Optional[int] = ..., kind: _Optional[_Union[ShadowDifferenceKind, str]] = ...) -> None: ...

class ShadowInvoice(_message.Message):
    __slots__ = ("tenant_id", "period_number", "stripe_invoice_id", "state", "our_amount", "their_amount", "differences", "changed_at", "provider_invoice")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    PERIOD_NUMBER_FIELD_NUMBER: _ClassVar[int]
    STRIPE_INVOICE_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    OUR_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    THEIR_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCES_FIELD_NUMBER: _ClassVar[int]
    CHANGED_AT_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_INVOICE_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    period_number: int
    stripe_invoice_id: str
    state: ShadowState
    our_amount: int
    their_amount: int
    differences: _containers.RepeatedCompositeFieldContainer[ShadowDifference]
    changed_at: _timestamp_pb2.Timestamp
    provider_invoice: _invoice_service_pb2.ProviderInvoice
    def __init__(self, tenant_id: _Optional[str] = ..., period_number: _Optional[int] = ..., stripe_invoice_id: _Optional[str] = ..., state: _Optional[_Union[ShadowState, str]] = ..., our_amount: _Optional[int] = ..., their_amount: _Optional[int] = ..., differences: _Optional[_Iterable[_Union[ShadowDifference, _Mapping]]] = ..., changed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., provider_invoice: _Optional[_Union[_invoice_service_pb2.ProviderInvoice, _Mapping]] = ...) -> None: ...

class ListShadowInvoicesRequest(_message.Message):
    __slots__ = ("tenant_id", "state", "page_size", "page_token")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    state: ShadowState
    page_size: int
    page_token: str
    def __init__(self, tenant_id: _Optional[str] = ..., state: _Optional[_Union[ShadowState, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListShadowInvoicesResponse(_message.Message):
    __slots__ = ("invoices", "next_page_token")
    INVOICES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    invoices: _containers.RepeatedCompositeFieldContainer[ShadowInvoice]
    next_page_token: str
    def __init__(self, invoices: _Optional[_Iterable[_Union[ShadowInvoice, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
