import datetime

from brinkbyte.common.v1 import access_pb2 as _access_pb2
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

class Channel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANNEL_UNSPECIFIED: _ClassVar[Channel]
    CHANNEL_EMAIL: _ClassVar[Channel]
    CHANNEL_SMS: _ClassVar[Channel]
    CHANNEL_WEBHOOK: _ClassVar[Channel]

class NotificationKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NOTIFICATION_KIND_UNSPECIFIED: _ClassVar[NotificationKind]
    NOTIFICATION_KIND_QUOTA_THRESHOLD: _ClassVar[NotificationKind]
    NOTIFICATION_KIND_COST_THRESHOLD: _ClassVar[NotificationKind]
    NOTIFICATION_KIND_INVOICE_FINALIZED: _ClassVar[NotificationKind]
    NOTIFICATION_KIND_PAYMENT_FAILED: _ClassVar[NotificationKind]
    NOTIFICATION_KIND_SUBSCRIPTION_PAST_DUE: _ClassVar[NotificationKind]
    NOTIFICATION_KIND_SUSPENDED: _ClassVar[NotificationKind]
    NOTIFICATION_KIND_CANCELED: _ClassVar[NotificationKind]
    NOTIFICATION_KIND_TRIAL_ENDING: _ClassVar[NotificationKind]
    NOTIFICATION_KIND_JOURNAL_FORKED: _ClassVar[NotificationKind]
    NOTIFICATION_KIND_USAGE_PROBLEM: _ClassVar[NotificationKind]
    NOTIFICATION_KIND_TEST: _ClassVar[NotificationKind]

class DeliveryState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DELIVERY_STATE_UNSPECIFIED: _ClassVar[DeliveryState]
    DELIVERY_STATE_PENDING: _ClassVar[DeliveryState]
    DELIVERY_STATE_SENT: _ClassVar[DeliveryState]
    DELIVERY_STATE_DEAD: _ClassVar[DeliveryState]
CHANNEL_UNSPECIFIED: Channel
CHANNEL_EMAIL: Channel
CHANNEL_SMS: Channel
CHANNEL_WEBHOOK: Channel
NOTIFICATION_KIND_UNSPECIFIED: NotificationKind
NOTIFICATION_KIND_QUOTA_THRESHOLD: NotificationKind
NOTIFICATION_KIND_COST_THRESHOLD: NotificationKind
NOTIFICATION_KIND_INVOICE_FINALIZED: NotificationKind
NOTIFICATION_KIND_PAYMENT_FAILED: NotificationKind
NOTIFICATION_KIND_SUBSCRIPTION_PAST_DUE: NotificationKind
NOTIFICATION_KIND_SUSPENDED: NotificationKind
NOTIFICATION_KIND_CANCELED: NotificationKind
NOTIFICATION_KIND_TRIAL_ENDING: NotificationKind
NOTIFICATION_KIND_JOURNAL_FORKED: NotificationKind
NOTIFICATION_KIND_USAGE_PROBLEM: NotificationKind
NOTIFICATION_KIND_TEST: NotificationKind
DELIVERY_STATE_UNSPECIFIED: DeliveryState
DELIVERY_STATE_PENDING: DeliveryState
DELIVERY_STATE_SENT: DeliveryState
DELIVERY_STATE_DEAD: DeliveryState

class ContactPoint(_message.Message):
    __slots__ = ("contact_point_id", "channel", "address", "display_name", "kinds", "created_at")
    CONTACT_POINT_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    contact_point_id: str
    channel: Channel
    address: str
    display_name: str
    kinds: _containers.RepeatedScalarFieldContainer[NotificationKind]
    created_at: _timestamp_pb2.Timestamp
    def __init__(self, contact_point_id: _Optional[str] = ..., channel: _Optional[_Union[Channel, str]] = ..., address: _Optional[str] = ..., display_name: _Optional[str] = ..., kinds: _Optional[_Iterable[_Union[NotificationKind, str]]] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Delivery(_message.Message):
    __slots__ = ("contact_point_id", "channel", "address", "state", "attempts", "next_attempt_at", "detail", "finished_at")
    CONTACT_POINT_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_ATTEMPT_AT_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    FINISHED_AT_FIELD_NUMBER: _ClassVar[int]
    contact_point_id: str
    channel: Channel
    address: str
    state: DeliveryState
    attempts: int
    next_attempt_at: _timestamp_pb2.Timestamp
    detail: str
    finished_at: _timestamp_pb2.Timestamp
    def __init__(self, contact_point_id: _Optional[str] = ..., channel: _Optional[_Union[Channel, str]] = ..., address: _Optional[str] = ..., state: _Optional[_Union[DeliveryState, str]] = ..., attempts: _Optional[int] = ..., next_attempt_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., detail: _Optional[str] = ..., finished_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Notification(_message.Message):
    __slots__ = ("notification_id", "kind", "facts", "created_at", "deliveries")
    class FactsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    DELIVERIES_FIELD_NUMBER: _ClassVar[int]
    notification_id: str
    kind: NotificationKind
    facts: _containers.ScalarMap[str, str]
    created_at: _timestamp_pb2.Timestamp
    deliveries: _containers.RepeatedCompositeFieldContainer[Delivery]
    def __init__(self, notification_id: _Optional[str] = ..., kind: _Optional[_Union[NotificationKind, str]] = ..., facts: _Optional[_Mapping[str, str]] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., deliveries: _Optional[_Iterable[_Union[Delivery, _Mapping]]] = ...) -> None: ...

class AddContactPointRequest(_message.Message):
    __slots__ = ("tenant_id", "channel", "address", "display_name", "kinds")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    channel: Channel
    address: str
    display_name: str
    kinds: _containers.RepeatedScalarFieldContainer[NotificationKind]
    def __init__(self, tenant_id: _Optional[str] = ..., channel: _Optional[_Union[Channel, str]] = ..., address: _Optional[str] = ..., display_name: _Optional[str] = ..., kinds: _Optional[_Iterable[_Union[NotificationKind, str]]] = ...) -> None: ...

class AddContactPointResponse(_message.Message):
    __slots__ = ("contact_point", "webhook_secret")
    CONTACT_POINT_FIELD_NUMBER: _ClassVar[int]
    WEBHOOK_SECRET_FIELD_NUMBER: _ClassVar[int]
    contact_point: ContactPoint
    webhook_secret: str
    def __init__(self, contact_point: _Optional[_Union[ContactPoint, _Mapping]] = ..., webhook_secret: _Optional[str] = ...) -> None: ...

class ListContactPointsRequest(_message.Message):
    __slots__ = ("tenant_id", "page_size", "page_token")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    page_size: int
    page_token: str
    def __init__(self, tenant_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListContactPointsResponse(_message.Message):
    __slots__ = ("contact_points", "next_page_token")
    CONTACT_POINTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    contact_points: _containers.RepeatedCompositeFieldContainer[ContactPoint]
    next_page_token: str
    def __init__(self, contact_points: _Optional[_Iterable[_Union[ContactPoint, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RemoveContactPointRequest(_message.Message):
    __slots__ = ("tenant_id", "contact_point_id")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    CONTACT_POINT_ID_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    contact_point_id: str
    def __init__(self, tenant_id: _Optional[str] = ..., contact_point_id: _Optional[str] = ...) -> None: ...

class RemoveContactPointResponse(_message.Message):
    __slots__ = ("removed",)
    REMOVED_FIELD_NUMBER: _ClassVar[int]
    removed: bool
    def __init__(self, removed: _Optional[bool] = ...) -> None: ...

class TestContactPointRequest(_message.Message):
    __slots__ = ("tenant_id", "contact_point_id")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    CONTACT_POINT_ID_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    contact_point_id: str
    def __init__(self, tenant_id: _Optional[str] = ..., contact_point_id: _Optional[str] = ...) -> None: ...

class TestContactPointResponse(_message.Message):
    __slots__ = ("notification_id",)
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    notification_id: str
    def __init__(self, notification_id: _Optional[str] = ...) -> None: ...

class ListNotificationsRequest(_message.Message):
    __slots__ = ("tenant_id", "page_size", "page_token")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    page_size: int
    page_token: str
    def __init__(self, tenant_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListNotificationsResponse(_message.Message):
    __slots__ = ("notifications", "next_page_token")
    NOTIFICATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    notifications: _containers.RepeatedCompositeFieldContainer[Notification]
    next_page_token: str
    def __init__(self, notifications: _Optional[_Iterable[_Union[Notification, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RetryNotificationRequest(_message.Message):
    __slots__ = ("tenant_id", "notification_id")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    notification_id: str
    def __init__(self, tenant_id: _Optional[str] = ..., notification_id: _Optional[str] = ...) -> None: ...

class RetryNotificationResponse(_message.Message):
    __slots__ = ("deliveries",)
    DELIVERIES_FIELD_NUMBER: _ClassVar[int]
    deliveries: int
    def __init__(self, deliveries: _Optional[int] = ...) -> None: ...
