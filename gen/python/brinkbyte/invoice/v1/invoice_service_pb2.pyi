import datetime

from brinkbyte.common.v1 import access_pb2 as _access_pb2
from brinkbyte.common.v1 import money_pb2 as _money_pb2
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

class LineKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LINE_KIND_UNSPECIFIED: _ClassVar[LineKind]
    LINE_KIND_USAGE: _ClassVar[LineKind]
    LINE_KIND_ITEM: _ClassVar[LineKind]
    LINE_KIND_PLAN: _ClassVar[LineKind]
    LINE_KIND_ADJUSTMENT: _ClassVar[LineKind]
    LINE_KIND_CREDIT: _ClassVar[LineKind]

class TaxTreatment(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TAX_TREATMENT_UNSPECIFIED: _ClassVar[TaxTreatment]
    TAX_TREATMENT_TAXED: _ClassVar[TaxTreatment]
    TAX_TREATMENT_ZERO_RATED: _ClassVar[TaxTreatment]
    TAX_TREATMENT_EXEMPT: _ClassVar[TaxTreatment]
    TAX_TREATMENT_REVERSE_CHARGE: _ClassVar[TaxTreatment]
    TAX_TREATMENT_OUT_OF_SCOPE: _ClassVar[TaxTreatment]

class InvoiceStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INVOICE_STATUS_UNSPECIFIED: _ClassVar[InvoiceStatus]
    INVOICE_STATUS_DRAFT: _ClassVar[InvoiceStatus]
    INVOICE_STATUS_OPEN: _ClassVar[InvoiceStatus]
    INVOICE_STATUS_PAID: _ClassVar[InvoiceStatus]
    INVOICE_STATUS_VOID: _ClassVar[InvoiceStatus]
    INVOICE_STATUS_UNCOLLECTIBLE: _ClassVar[InvoiceStatus]
    INVOICE_STATUS_ISSUED_BY_STRIPE: _ClassVar[InvoiceStatus]

class InvoiceIssuer(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INVOICE_ISSUER_UNSPECIFIED: _ClassVar[InvoiceIssuer]
    INVOICE_ISSUER_LOCAL: _ClassVar[InvoiceIssuer]
    INVOICE_ISSUER_STRIPE: _ClassVar[InvoiceIssuer]
LINE_KIND_UNSPECIFIED: LineKind
LINE_KIND_USAGE: LineKind
LINE_KIND_ITEM: LineKind
LINE_KIND_PLAN: LineKind
LINE_KIND_ADJUSTMENT: LineKind
LINE_KIND_CREDIT: LineKind
TAX_TREATMENT_UNSPECIFIED: TaxTreatment
TAX_TREATMENT_TAXED: TaxTreatment
TAX_TREATMENT_ZERO_RATED: TaxTreatment
TAX_TREATMENT_EXEMPT: TaxTreatment
TAX_TREATMENT_REVERSE_CHARGE: TaxTreatment
TAX_TREATMENT_OUT_OF_SCOPE: TaxTreatment
INVOICE_STATUS_UNSPECIFIED: InvoiceStatus
INVOICE_STATUS_DRAFT: InvoiceStatus
INVOICE_STATUS_OPEN: InvoiceStatus
INVOICE_STATUS_PAID: InvoiceStatus
INVOICE_STATUS_VOID: InvoiceStatus
INVOICE_STATUS_UNCOLLECTIBLE: InvoiceStatus
INVOICE_STATUS_ISSUED_BY_STRIPE: InvoiceStatus
INVOICE_ISSUER_UNSPECIFIED: InvoiceIssuer
INVOICE_ISSUER_LOCAL: InvoiceIssuer
INVOICE_ISSUER_STRIPE: InvoiceIssuer

class PreviewInvoiceRequest(_message.Message):
    __slots__ = ("tenant_id",)
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    def __init__(self, tenant_id: _Optional[str] = ...) -> None: ...

class InvoiceLine(_message.Message):
    __slots__ = ("kind", "name", "description", "quantity", "unit", "included_quantity", "billable_quantity", "unit_price", "amount", "events", "line_id", "period_days", "service_start", "service_end")
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    INCLUDED_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    BILLABLE_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    UNIT_PRICE_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    LINE_ID_FIELD_NUMBER: _ClassVar[int]
    PERIOD_DAYS_FIELD_NUMBER: _ClassVar[int]
    SERVICE_START_FIELD_NUMBER: _ClassVar[int]
    SERVICE_END_FIELD_NUMBER: _ClassVar[int]
    kind: LineKind
    name: str
    description: str
    quantity: str
    unit: str
    included_quantity: str
    billable_quantity: str
    unit_price: str
    amount: _money_pb2.Money
    events: int
    line_id: str
    period_days: int
    service_start: _timestamp_pb2.Timestamp
    service_end: _timestamp_pb2.Timestamp
    def __init__(self, kind: _Optional[_Union[LineKind, str]] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., quantity: _Optional[str] = ..., unit: _Optional[str] = ..., included_quantity: _Optional[str] = ..., billable_quantity: _Optional[str] = ..., unit_price: _Optional[str] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., events: _Optional[int] = ..., line_id: _Optional[str] = ..., period_days: _Optional[int] = ..., service_start: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., service_end: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class InvoiceTax(_message.Message):
    __slots__ = ("name", "country", "region", "percent", "base", "amount")
    NAME_FIELD_NUMBER: _ClassVar[int]
    COUNTRY_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    PERCENT_FIELD_NUMBER: _ClassVar[int]
    BASE_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    name: str
    country: str
    region: str
    percent: str
    base: _money_pb2.Money
    amount: _money_pb2.Money
    def __init__(self, name: _Optional[str] = ..., country: _Optional[str] = ..., region: _Optional[str] = ..., percent: _Optional[str] = ..., base: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ...) -> None: ...

class PreviewInvoiceResponse(_message.Message):
    __slots__ = ("tenant_id", "period_start", "period_end", "lines", "subtotal", "invoice_id", "tax_treatment", "taxes", "tax", "total")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    PERIOD_START_FIELD_NUMBER: _ClassVar[int]
    PERIOD_END_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    SUBTOTAL_FIELD_NUMBER: _ClassVar[int]
    INVOICE_ID_FIELD_NUMBER: _ClassVar[int]
    TAX_TREATMENT_FIELD_NUMBER: _ClassVar[int]
    TAXES_FIELD_NUMBER: _ClassVar[int]
    TAX_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    period_start: _timestamp_pb2.Timestamp
    period_end: _timestamp_pb2.Timestamp
    lines: _containers.RepeatedCompositeFieldContainer[InvoiceLine]
    subtotal: _money_pb2.Money
    invoice_id: str
    tax_treatment: TaxTreatment
    taxes: _containers.RepeatedCompositeFieldContainer[InvoiceTax]
    tax: _money_pb2.Money
    total: _money_pb2.Money
    def __init__(self, tenant_id: _Optional[str] = ..., period_start: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., period_end: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., lines: _Optional[_Iterable[_Union[InvoiceLine, _Mapping]]] = ..., subtotal: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., invoice_id: _Optional[str] = ..., tax_treatment: _Optional[_Union[TaxTreatment, str]] = ..., taxes: _Optional[_Iterable[_Union[InvoiceTax, _Mapping]]] = ..., tax: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., total: _Optional[_Union[_money_pb2.Money, _Mapping]] = ...) -> None: ...

class ProjectInvoiceRequest(_message.Message):
    __slots__ = ("tenant_id",)
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    def __init__(self, tenant_id: _Optional[str] = ...) -> None: ...

class ProjectInvoiceResponse(_message.Message):
    __slots__ = ("invoice", "elapsed_seconds", "period_seconds", "method")
    INVOICE_FIELD_NUMBER: _ClassVar[int]
    ELAPSED_SECONDS_FIELD_NUMBER: _ClassVar[int]
    PERIOD_SECONDS_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    invoice: Invoice
    elapsed_seconds: int
    period_seconds: int
    method: str
    def __init__(self, invoice: _Optional[_Union[Invoice, _Mapping]] = ..., elapsed_seconds: _Optional[int] = ..., period_seconds: _Optional[int] = ..., method: _Optional[str] = ...) -> None: ...

class ProviderInvoice(_message.Message):
    __slots__ = ("invoice_id", "number", "status", "paid_at", "hosted_url")
    INVOICE_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    PAID_AT_FIELD_NUMBER: _ClassVar[int]
    HOSTED_URL_FIELD_NUMBER: _ClassVar[int]
    invoice_id: str
    number: str
    status: InvoiceStatus
    paid_at: _timestamp_pb2.Timestamp
    hosted_url: str
    def __init__(self, invoice_id: _Optional[str] = ..., number: _Optional[str] = ..., status: _Optional[_Union[InvoiceStatus, str]] = ..., paid_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., hosted_url: _Optional[str] = ...) -> None: ...

class Invoice(_message.Message):
    __slots__ = ("invoice_id", "tenant_id", "period_number", "number", "status", "period_start", "period_end", "lines", "subtotal", "tax_treatment", "taxes", "tax", "total", "credit_applied", "amount_paid", "amount_credited", "amount_due", "issued_at", "due_at", "paid_at", "finalizes_at", "payments", "credit_notes", "issuer", "provider_invoice")
    INVOICE_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    PERIOD_NUMBER_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    PERIOD_START_FIELD_NUMBER: _ClassVar[int]
    PERIOD_END_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    SUBTOTAL_FIELD_NUMBER: _ClassVar[int]
    TAX_TREATMENT_FIELD_NUMBER: _ClassVar[int]
    TAXES_FIELD_NUMBER: _ClassVar[int]
    TAX_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    CREDIT_APPLIED_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_PAID_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_CREDITED_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_DUE_FIELD_NUMBER: _ClassVar[int]
    ISSUED_AT_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    PAID_AT_FIELD_NUMBER: _ClassVar[int]
    FINALIZES_AT_FIELD_NUMBER: _ClassVar[int]
    PAYMENTS_FIELD_NUMBER: _ClassVar[int]
    CREDIT_NOTES_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_INVOICE_FIELD_NUMBER: _ClassVar[int]
    invoice_id: str
    tenant_id: str
    period_number: int
    number: str
    status: InvoiceStatus
    period_start: _timestamp_pb2.Timestamp
    period_end: _timestamp_pb2.Timestamp
    lines: _containers.RepeatedCompositeFieldContainer[InvoiceLine]
    subtotal: _money_pb2.Money
    tax_treatment: TaxTreatment
    taxes: _containers.RepeatedCompositeFieldContainer[InvoiceTax]
    tax: _money_pb2.Money
    total: _money_pb2.Money
    credit_applied: _money_pb2.Money
    amount_paid: _money_pb2.Money
    amount_credited: _money_pb2.Money
    amount_due: _money_pb2.Money
    issued_at: _timestamp_pb2.Timestamp
    due_at: _timestamp_pb2.Timestamp
    paid_at: _timestamp_pb2.Timestamp
    finalizes_at: _timestamp_pb2.Timestamp
    payments: _containers.RepeatedCompositeFieldContainer[Payment]
    credit_notes: _containers.RepeatedCompositeFieldContainer[CreditNote]
    issuer: InvoiceIssuer
    provider_invoice: ProviderInvoice
    def __init__(self, invoice_id: _Optional[str] = ..., tenant_id: _Optional[str] = ..., period_number: _Optional[int] = ..., number: _Optional[str] = ..., status: _Optional[_Union[InvoiceStatus, str]] = ..., period_start: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., period_end: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., lines: _Optional[_Iterable[_Union[InvoiceLine, _Mapping]]] = ..., subtotal: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., tax_treatment: _Optional[_Union[TaxTreatment, str]] = ..., taxes: _Optional[_Iterable[_Union[InvoiceTax, _Mapping]]] = ..., tax: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., total: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., credit_applied: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., amount_paid: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., amount_credited: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., amount_due: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., issued_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., paid_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., finalizes_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., payments: _Optional[_Iterable[_Union[Payment, _Mapping]]] = ..., credit_notes: _Optional[_Iterable[_Union[CreditNote, _Mapping]]] = ..., issuer: _Optional[_Union[InvoiceIssuer, str]] = ..., provider_invoice: _Optional[_Union[ProviderInvoice, _Mapping]] = ...) -> None: ...

class Payment(_message.Message):
    __slots__ = ("reference", "amount", "method", "paid_at")
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    PAID_AT_FIELD_NUMBER: _ClassVar[int]
    reference: str
    amount: _money_pb2.Money
    method: str
    paid_at: _timestamp_pb2.Timestamp
    def __init__(self, reference: _Optional[str] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., method: _Optional[str] = ..., paid_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreditNote(_message.Message):
    __slots__ = ("credit_note_id", "number", "invoice_id", "line_id", "net", "tax", "reason", "issued_at", "reference")
    CREDIT_NOTE_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    INVOICE_ID_FIELD_NUMBER: _ClassVar[int]
    LINE_ID_FIELD_NUMBER: _ClassVar[int]
    NET_FIELD_NUMBER: _ClassVar[int]
    TAX_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ISSUED_AT_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    credit_note_id: str
    number: str
    invoice_id: str
    line_id: str
    net: _money_pb2.Money
    tax: _money_pb2.Money
    reason: str
    issued_at: _timestamp_pb2.Timestamp
    reference: str
    def __init__(self, credit_note_id: _Optional[str] = ..., number: _Optional[str] = ..., invoice_id: _Optional[str] = ..., line_id: _Optional[str] = ..., net: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., tax: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., reason: _Optional[str] = ..., issued_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reference: _Optional[str] = ...) -> None: ...

class ListInvoicesRequest(_message.Message):
    __slots__ = ("tenant_id", "status", "page_size", "page_token", "issuer")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    status: InvoiceStatus
    page_size: int
    page_token: str
    issuer: InvoiceIssuer
    def __init__(self, tenant_id: _Optional[str] = ..., status: _Optional[_Union[InvoiceStatus, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., issuer: _Optional[_Union[InvoiceIssuer, str]] = ...) -> None: ...

class ListInvoicesResponse(_message.Message):
    __slots__ = ("invoices", "next_page_token")
    INVOICES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    invoices: _containers.RepeatedCompositeFieldContainer[Invoice]
    next_page_token: str
    def __init__(self, invoices: _Optional[_Iterable[_Union[Invoice, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetInvoiceRequest(_message.Message):
    __slots__ = ("tenant_id", "invoice_id")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INVOICE_ID_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    invoice_id: str
    def __init__(self, tenant_id: _Optional[str] = ..., invoice_id: _Optional[str] = ...) -> None: ...

class GetInvoiceResponse(_message.Message):
    __slots__ = ("invoice",)
    INVOICE_FIELD_NUMBER: _ClassVar[int]
    invoice: Invoice
    def __init__(self, invoice: _Optional[_Union[Invoice, _Mapping]] = ...) -> None: ...

class GetInvoicePdfRequest(_message.Message):
    __slots__ = ("tenant_id", "invoice_id")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INVOICE_ID_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    invoice_id: str
    def __init__(self, tenant_id: _Optional[str] = ..., invoice_id: _Optional[str] = ...) -> None: ...

class GetInvoicePdfResponse(_message.Message):
    __slots__ = ("pdf", "filename")
    PDF_FIELD_NUMBER: _ClassVar[int]
    FILENAME_FIELD_NUMBER: _ClassVar[int]
    pdf: bytes
    filename: str
    def __init__(self, pdf: _Optional[bytes] = ..., filename: _Optional[str] = ...) -> None: ...

class ExplainInvoiceLineRequest(_message.Message):
    __slots__ = ("tenant_id", "invoice_id", "line_id")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INVOICE_ID_FIELD_NUMBER: _ClassVar[int]
    LINE_ID_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    invoice_id: str
    line_id: str
    def __init__(self, tenant_id: _Optional[str] = ..., invoice_id: _Optional[str] = ..., line_id: _Optional[str] = ...) -> None: ...

class LineCharge(_message.Message):
    __slots__ = ("above", "up_to", "quantity", "per", "unit_price", "flat", "amount")
    ABOVE_FIELD_NUMBER: _ClassVar[int]
    UP_TO_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    PER_FIELD_NUMBER: _ClassVar[int]
    UNIT_PRICE_FIELD_NUMBER: _ClassVar[int]
    FLAT_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    above: str
    up_to: str
    quantity: str
    per: str
    unit_price: str
    flat: str
    amount: str
    def __init__(self, above: _Optional[str] = ..., up_to: _Optional[str] = ..., quantity: _Optional[str] = ..., per: _Optional[str] = ..., unit_price: _Optional[str] = ..., flat: _Optional[str] = ..., amount: _Optional[str] = ...) -> None: ...

class LineRate(_message.Message):
    __slots__ = ("catalog_version", "plan", "model", "price", "included", "carried", "included_by", "priced_by")
    CATALOG_VERSION_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    INCLUDED_FIELD_NUMBER: _ClassVar[int]
    CARRIED_FIELD_NUMBER: _ClassVar[int]
    INCLUDED_BY_FIELD_NUMBER: _ClassVar[int]
    PRICED_BY_FIELD_NUMBER: _ClassVar[int]
    catalog_version: str
    plan: str
    model: str
    price: str
    included: str
    carried: str
    included_by: str
    priced_by: str
    def __init__(self, catalog_version: _Optional[str] = ..., plan: _Optional[str] = ..., model: _Optional[str] = ..., price: _Optional[str] = ..., included: _Optional[str] = ..., carried: _Optional[str] = ..., included_by: _Optional[str] = ..., priced_by: _Optional[str] = ...) -> None: ...

class ExplainInvoiceLineResponse(_message.Message):
    __slots__ = ("line", "rate", "charges", "quantity_billed_before", "billed_before", "windows")
    LINE_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    CHARGES_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_BILLED_BEFORE_FIELD_NUMBER: _ClassVar[int]
    BILLED_BEFORE_FIELD_NUMBER: _ClassVar[int]
    WINDOWS_FIELD_NUMBER: _ClassVar[int]
    line: InvoiceLine
    rate: LineRate
    charges: _containers.RepeatedCompositeFieldContainer[LineCharge]
    quantity_billed_before: str
    billed_before: _money_pb2.Money
    windows: int
    def __init__(self, line: _Optional[_Union[InvoiceLine, _Mapping]] = ..., rate: _Optional[_Union[LineRate, _Mapping]] = ..., charges: _Optional[_Iterable[_Union[LineCharge, _Mapping]]] = ..., quantity_billed_before: _Optional[str] = ..., billed_before: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., windows: _Optional[int] = ...) -> None: ...

class ListLineWindowsRequest(_message.Message):
    __slots__ = ("tenant_id", "invoice_id", "line_id", "page_size", "page_token")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INVOICE_ID_FIELD_NUMBER: _ClassVar[int]
    LINE_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    invoice_id: str
    line_id: str
    page_size: int
    page_token: str
    def __init__(self, tenant_id: _Optional[str] = ..., invoice_id: _Optional[str] = ..., line_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class LineWindow(_message.Message):
    __slots__ = ("hour", "revision", "quantity", "events")
    HOUR_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    hour: _timestamp_pb2.Timestamp
    revision: int
    quantity: str
    events: int
    def __init__(self, hour: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revision: _Optional[int] = ..., quantity: _Optional[str] = ..., events: _Optional[int] = ...) -> None: ...

class ListLineWindowsResponse(_message.Message):
    __slots__ = ("windows", "next_page_token")
    WINDOWS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    windows: _containers.RepeatedCompositeFieldContainer[LineWindow]
    next_page_token: str
    def __init__(self, windows: _Optional[_Iterable[_Union[LineWindow, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListLineEventsRequest(_message.Message):
    __slots__ = ("tenant_id", "invoice_id", "line_id", "hour", "page_size", "page_token")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INVOICE_ID_FIELD_NUMBER: _ClassVar[int]
    LINE_ID_FIELD_NUMBER: _ClassVar[int]
    HOUR_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    invoice_id: str
    line_id: str
    hour: _timestamp_pb2.Timestamp
    page_size: int
    page_token: str
    def __init__(self, tenant_id: _Optional[str] = ..., invoice_id: _Optional[str] = ..., line_id: _Optional[str] = ..., hour: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class LineEvent(_message.Message):
    __slots__ = ("event_id", "resource_id", "quantity", "event_time", "billing_time", "received_at", "billing_corrected", "reporter", "request_id", "dimensions")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    BILLING_TIME_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_AT_FIELD_NUMBER: _ClassVar[int]
    BILLING_CORRECTED_FIELD_NUMBER: _ClassVar[int]
    REPORTER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    DIMENSIONS_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    resource_id: str
    quantity: str
    event_time: _timestamp_pb2.Timestamp
    billing_time: _timestamp_pb2.Timestamp
    received_at: _timestamp_pb2.Timestamp
    billing_corrected: bool
    reporter: str
    request_id: str
    dimensions: str
    def __init__(self, event_id: _Optional[str] = ..., resource_id: _Optional[str] = ..., quantity: _Optional[str] = ..., event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., billing_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., received_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., billing_corrected: _Optional[bool] = ..., reporter: _Optional[str] = ..., request_id: _Optional[str] = ..., dimensions: _Optional[str] = ...) -> None: ...

class ListLineEventsResponse(_message.Message):
    __slots__ = ("events", "next_page_token")
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[LineEvent]
    next_page_token: str
    def __init__(self, events: _Optional[_Iterable[_Union[LineEvent, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RecordPaymentRequest(_message.Message):
    __slots__ = ("tenant_id", "invoice_id", "reference", "amount", "method", "paid_at")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INVOICE_ID_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    PAID_AT_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    invoice_id: str
    reference: str
    amount: int
    method: str
    paid_at: _timestamp_pb2.Timestamp
    def __init__(self, tenant_id: _Optional[str] = ..., invoice_id: _Optional[str] = ..., reference: _Optional[str] = ..., amount: _Optional[int] = ..., method: _Optional[str] = ..., paid_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RecordPaymentResponse(_message.Message):
    __slots__ = ("invoice",)
    INVOICE_FIELD_NUMBER: _ClassVar[int]
    invoice: Invoice
    def __init__(self, invoice: _Optional[_Union[Invoice, _Mapping]] = ...) -> None: ...

class VoidInvoiceRequest(_message.Message):
    __slots__ = ("tenant_id", "invoice_id", "reason")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INVOICE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    invoice_id: str
    reason: str
    def __init__(self, tenant_id: _Optional[str] = ..., invoice_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class VoidInvoiceResponse(_message.Message):
    __slots__ = ("invoice",)
    INVOICE_FIELD_NUMBER: _ClassVar[int]
    invoice: Invoice
    def __init__(self, invoice: _Optional[_Union[Invoice, _Mapping]] = ...) -> None: ...

class MarkInvoiceUncollectibleRequest(_message.Message):
    __slots__ = ("tenant_id", "invoice_id", "reason")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INVOICE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    invoice_id: str
    reason: str
    def __init__(self, tenant_id: _Optional[str] = ..., invoice_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class MarkInvoiceUncollectibleResponse(_message.Message):
    __slots__ = ("invoice",)
    INVOICE_FIELD_NUMBER: _ClassVar[int]
    invoice: Invoice
    def __init__(self, invoice: _Optional[_Union[Invoice, _Mapping]] = ...) -> None: ...

class IssueCreditNoteRequest(_message.Message):
    __slots__ = ("tenant_id", "invoice_id", "reference", "reason", "line_id", "amount")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INVOICE_ID_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    LINE_ID_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    invoice_id: str
    reference: str
    reason: str
    line_id: str
    amount: int
    def __init__(self, tenant_id: _Optional[str] = ..., invoice_id: _Optional[str] = ..., reference: _Optional[str] = ..., reason: _Optional[str] = ..., line_id: _Optional[str] = ..., amount: _Optional[int] = ...) -> None: ...

class IssueCreditNoteResponse(_message.Message):
    __slots__ = ("credit_note", "invoice")
    CREDIT_NOTE_FIELD_NUMBER: _ClassVar[int]
    INVOICE_FIELD_NUMBER: _ClassVar[int]
    credit_note: CreditNote
    invoice: Invoice
    def __init__(self, credit_note: _Optional[_Union[CreditNote, _Mapping]] = ..., invoice: _Optional[_Union[Invoice, _Mapping]] = ...) -> None: ...
