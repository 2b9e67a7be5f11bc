from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class Trust(_message.Message):
    __slots__ = ("epoch", "retired_kids")
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    RETIRED_KIDS_FIELD_NUMBER: _ClassVar[int]
    epoch: int
    retired_kids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, epoch: _Optional[int] = ..., retired_kids: _Optional[_Iterable[str]] = ...) -> None: ...
