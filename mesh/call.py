"""The call being served: the only context variable of the project."""

from contextvars import ContextVar
from dataclasses import dataclass

from mesh.errors import Internal
from mesh.principal import Principal

CLIENT_ADDRESS_KEY = "x-client-address"
"""Metadata in which a program of the mesh names the address of the caller that it forwards."""


@dataclass(frozen=True, slots=True)
class Call:
    """What the interceptor knows of a call; `method` is "/package.Service/Method".

    `peer` is the caller's address: gRPC's own text, or as a program of the mesh forwards it.
    """

    principal: Principal
    request_id: str
    method: str
    peer: str


_CALL: ContextVar[Call] = ContextVar("call")


def current_call() -> Call:
    """The call that the running task serves.

    Raises Internal outside a call.
    """
    call = _CALL.get(None)
    if call is None:
        raise Internal("no call is being served here")
    return call


def find_call() -> Call | None:
    """The call that the running task serves, or None outside one."""
    return _CALL.get(None)


def enter_call(call: Call) -> None:
    """Sets the call of the running task; for the interceptor and for tests."""
    _CALL.set(call)
