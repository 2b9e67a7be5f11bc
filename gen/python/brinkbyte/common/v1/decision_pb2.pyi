from brinkbyte.common.v1 import error_reason_pb2 as _error_reason_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DecisionRule(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DECISION_RULE_UNSPECIFIED: _ClassVar[DecisionRule]
    DECISION_RULE_EPOCH: _ClassVar[DecisionRule]
    DECISION_RULE_PLAN: _ClassVar[DecisionRule]
    DECISION_RULE_STATUS: _ClassVar[DecisionRule]
    DECISION_RULE_DATES: _ClassVar[DecisionRule]
    DECISION_RULE_SLOT: _ClassVar[DecisionRule]
    DECISION_RULE_DEVICE: _ClassVar[DecisionRule]
    DECISION_RULE_FINGERPRINT: _ClassVar[DecisionRule]
    DECISION_RULE_FEATURE: _ClassVar[DecisionRule]
    DECISION_RULE_PACK: _ClassVar[DecisionRule]
    DECISION_RULE_GRACE: _ClassVar[DecisionRule]
    DECISION_RULE_BUNDLE: _ClassVar[DecisionRule]
    DECISION_RULE_CLOCK: _ClassVar[DecisionRule]
    DECISION_RULE_OVERRIDE: _ClassVar[DecisionRule]
    DECISION_RULE_QUOTA: _ClassVar[DecisionRule]
    DECISION_RULE_LEASE: _ClassVar[DecisionRule]
DECISION_RULE_UNSPECIFIED: DecisionRule
DECISION_RULE_EPOCH: DecisionRule
DECISION_RULE_PLAN: DecisionRule
DECISION_RULE_STATUS: DecisionRule
DECISION_RULE_DATES: DecisionRule
DECISION_RULE_SLOT: DecisionRule
DECISION_RULE_DEVICE: DecisionRule
DECISION_RULE_FINGERPRINT: DecisionRule
DECISION_RULE_FEATURE: DecisionRule
DECISION_RULE_PACK: DecisionRule
DECISION_RULE_GRACE: DecisionRule
DECISION_RULE_BUNDLE: DecisionRule
DECISION_RULE_CLOCK: DecisionRule
DECISION_RULE_OVERRIDE: DecisionRule
DECISION_RULE_QUOTA: DecisionRule
DECISION_RULE_LEASE: DecisionRule

class DecisionStep(_message.Message):
    __slots__ = ("rule", "passed", "reason", "text")
    RULE_FIELD_NUMBER: _ClassVar[int]
    PASSED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    rule: DecisionRule
    passed: bool
    reason: _error_reason_pb2.ErrorReason
    text: str
    def __init__(self, rule: _Optional[_Union[DecisionRule, str]] = ..., passed: _Optional[bool] = ..., reason: _Optional[_Union[_error_reason_pb2.ErrorReason, str]] = ..., text: _Optional[str] = ...) -> None: ...
