"""Parameters, read strictly by the types that Stripe's library was generated with."""

import types
import typing
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, get_args, get_origin

import typing_extensions as te
from stripe import RequestOptions

from tests.stripe_simulator.errors import Refusal

_NAMES = {"StripeContext": object, "UntypedStripeObject": dict, "Mapping": Mapping}
_OWN = frozenset(RequestOptions.__annotations__) - {"expand"}
_HINTS: dict[type, dict[str, Any]] = {}


def read(kind: type, raw: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """The parameters of a TypedDict. Raises Refusal for unknown, missing and malformed ones."""
    hints = _hints(kind)
    for name in raw:
        if name not in hints:
            param = _at(path, name)
            raise Refusal(
                f"Received unknown parameter: {param}", code="parameter_unknown", param=param
            )
    for name, hint in hints.items():
        if get_origin(hint) is not te.NotRequired and name not in raw:
            param = _at(path, name)
            raise Refusal(
                f"Missing required param: {param}.", code="parameter_missing", param=param
            )
    return {name: _value(hints[name], value, _at(path, name)) for name, value in raw.items()}


def _hints(kind: type) -> dict[str, Any]:
    if kind not in _HINTS:
        found = te.get_type_hints(kind, localns=_NAMES, include_extras=True)
        _HINTS[kind] = {name: hint for name, hint in found.items() if name not in _OWN}
    return _HINTS[kind]


def _value(hint: Any, value: Any, path: str) -> Any:
    origin = get_origin(hint)
    if origin is te.NotRequired:
        return _value(get_args(hint)[0], value, path)
    if origin in (typing.Union, types.UnionType):
        return _union(get_args(hint), value, path)
    if origin is Literal:
        return _literal(get_args(hint), value, path)
    if origin is list:
        return _list(get_args(hint), value, path)
    if origin is dict or hint is dict:
        return _mapping(get_args(hint), value, path)
    if te.is_typeddict(hint):
        if not isinstance(value, dict):
            raise Refusal(f"Invalid object: {path}", param=path)
        return read(hint, value, path)
    return _scalar(hint, value, path)


def _union(options: tuple[Any, ...], value: Any, path: str) -> Any:
    """An open enumeration of the library is a closed one of the API; "" unsets."""
    literals = [each for each in options if get_origin(each) is Literal]
    words = [word for each in literals for word in get_args(each)]
    if value in words:
        return value
    rest = [each for each in options if get_origin(each) is not Literal and each is not type(None)]
    if words != [""] and str in rest:
        rest.remove(str)
    problem: Refusal | None = None
    for option in rest:
        try:
            return _value(option, value, path)
        except Refusal as error:
            problem = problem or error
    raise problem or Refusal(
        f"Invalid {path}: must be one of {', '.join(map(str, words))}", param=path
    )


def _literal(words: tuple[Any, ...], value: Any, path: str) -> Any:
    for word in words:
        if value == word or (isinstance(word, bool) and value == str(word).lower()):
            return word
    raise Refusal(f"Invalid {path}: must be one of {', '.join(map(str, words))}", param=path)


def _list(args: tuple[Any, ...], value: Any, path: str) -> list[Any]:
    if not isinstance(value, dict):
        raise Refusal(f"Invalid array: {path}", param=path)
    return [_value(args[0], each, f"{path}[{index}]") for index, each in enumerate(value.values())]


def _mapping(args: tuple[Any, ...], value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Refusal(f"Invalid hash: {path}", param=path)
    inner = args[1] if len(args) == 2 else str
    return {name: _value(inner, each, _at(path, name)) for name, each in value.items()}


def _scalar(hint: Any, value: Any, path: str) -> Any:
    if not isinstance(value, str):
        raise Refusal(f"Invalid {path}", param=path)
    if hint is bool:
        if value not in ("true", "false"):
            raise Refusal(f"Invalid boolean: {value}", code="parameter_invalid", param=path)
        return value == "true"
    if hint is int:
        if not value.lstrip("-").isdigit():
            raise Refusal(f"Invalid integer: {value}", code="parameter_invalid_integer", param=path)
        return int(value)
    if hint in (float, Decimal):
        try:
            return Decimal(value)
        except InvalidOperation:
            raise Refusal(f"Invalid decimal: {value}", param=path) from None
    if len(value) > 5000:
        raise Refusal(f"{path} is too long", code="parameter_too_long", param=path)
    return value


def _at(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name
