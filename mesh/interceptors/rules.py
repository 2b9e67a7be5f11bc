"""protovalidate's findings as InvalidArgument."""

from protovalidate import ValidationError, Violation

from mesh import errors


def to_invalid_argument(error: ValidationError) -> errors.InvalidArgument:
    """All violations, with paths such as `events[3].quantity`."""
    return errors.InvalidArgument(
        [errors.Violation(_path(each), each.proto.message) for each in error.violations]
    )


def _path(violation: Violation) -> str:
    field = violation.proto.field
    if field is None:
        return ""
    text = ""
    for element in field.elements:
        text += f".{element.field_name}" if text else element.field_name
        text += _subscript(element.subscript)
    return text


def _subscript(subscript: object) -> str:
    value = getattr(subscript, "value", None)
    return "" if value is None else f"[{value}]"
