"""What is known of a method before any call."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

import grpc
from google.protobuf import descriptor_pool
from google.protobuf.message import DecodeError, Message
from protovalidate import ValidationError, Validator

from mesh.access import HEALTH, Access, access_of
from mesh.errors import InvalidArgument
from mesh.interceptors.bounds import Bound, bounds_of
from mesh.interceptors.rules import to_invalid_argument
from mesh.interceptors.texts import Texts
from mesh.telemetry import MethodMetrics, Metrics

Budget = Literal["unary", "stream", "health_watch", "none"]


@dataclass(frozen=True, slots=True)
class MethodPlan:
    """One RPC; `streaming` when either side streams. `budget` is the limit that it counts
    against; health checks count against none, and may be watched without a credential."""

    path: str
    service: str
    streaming: bool
    budget: Budget
    access: Access
    metrics: MethodMetrics
    decode: Callable[[bytes], Message]
    bounds: tuple[Bound, ...]
    texts: Texts

    @classmethod
    def of(
        cls, path: str, handler: "grpc.RpcMethodHandler[Any, Any]", metrics: Metrics
    ) -> "MethodPlan":
        """Reads the contract of the method at `path`. Raises StartError without access rule."""
        service, _, method = path.removeprefix("/").partition("/")
        streams = (handler.request_streaming, handler.response_streaming)
        kind = {
            (False, False): "unary",
            (False, True): "server_stream",
            (True, False): "client_stream",
            (True, True): "bidi_stream",
        }[streams]
        contract = descriptor_pool.Default().FindServiceByName(service).methods_by_name[method]
        return cls(
            path,
            service,
            any(streams),
            _budget(service, streaming=any(streams)),
            access_of(service, method),
            metrics.method(kind, service, method),
            handler.request_deserializer or _undecoded,
            bounds_of(contract.input_type),
            Texts(contract.input_type),
        )

    def admit(self, data: bytes, validator: Validator) -> Message:
        """Decodes one request message and checks its field rules.

        Raises InvalidArgument.
        """
        try:
            message = self.decode(data)
        except DecodeError:
            raise InvalidArgument.field("", "the message cannot be decoded") from None
        for bound in self.bounds:
            bound.check(message)
        try:
            validator.validate(message)
        except ValidationError as error:
            raise to_invalid_argument(error) from None
        if b"\0" in data:  # else no text can hold one
            self.texts.check(message)
        return message


def _budget(service: str, *, streaming: bool) -> Budget:
    if service == HEALTH:
        return "health_watch" if streaming else "none"
    return "stream" if streaming else "unary"


def _undecoded(_: bytes) -> NoReturn:
    raise DecodeError("the service has no decoder")
