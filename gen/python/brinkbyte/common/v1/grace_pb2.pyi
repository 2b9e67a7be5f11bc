from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class GraceStep(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    GRACE_STEP_UNSPECIFIED: _ClassVar[GraceStep]
    GRACE_STEP_WARN: _ClassVar[GraceStep]
    GRACE_STEP_FEWER_FRAMES: _ClassVar[GraceStep]
    GRACE_STEP_DROP_PACKS: _ClassVar[GraceStep]
    GRACE_STEP_STOP: _ClassVar[GraceStep]
GRACE_STEP_UNSPECIFIED: GraceStep
GRACE_STEP_WARN: GraceStep
GRACE_STEP_FEWER_FRAMES: GraceStep
GRACE_STEP_DROP_PACKS: GraceStep
GRACE_STEP_STOP: GraceStep
