"""One HTTP request as one RPC, by the contracts' google.api.http options (AIP-127)."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_to_bytes

import grpc
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.body import read_body
from gateway.decoding import decode, parse, query_values
from gateway.encoding import encode
from gateway.limits import GatewayLimits
from gateway.operations import Operation
from gateway.quota_headers import of_answer, quota_fields, quota_headers
from gateway.visit import visit_of
from mesh.call import CLIENT_ADDRESS_KEY
from mesh.clock import Clock
from mesh.errors import InvalidArgument, MeshError, Unauthenticated, Unavailable
from mesh.status import from_rpc_error

_MAX_CREDENTIAL = 4200


class Transcoder:
    """Serves one operation over a channel.

    Of the caller's headers only `authorization` and the request id go on, and beside them the
    caller's address.
    """

    def __init__(
        self,
        operation: Operation,
        channel: grpc.aio.Channel,
        backend: str,
        limits: GatewayLimits,
        clock: Clock,
    ) -> None:
        """`backend` is the name under which an error speaks of the server behind `channel`."""
        method = operation.method
        self._operation = operation
        self._public = operation.access.public
        self._backend = backend
        self._limits = limits
        self._clock = clock
        self._quotas = quota_fields(method.output_type)
        self._request_class: Any = GetMessageClass(method.input_type)
        self._call = channel.unary_unary(
            operation.rpc,
            request_serializer=self._request_class.SerializeToString,
            response_deserializer=GetMessageClass(method.output_type).FromString,
        )

    async def __call__(self, request: Request) -> Response:
        """The answer, as JSON unless the contract names other bytes.

        Raises:
            MeshError: the request cannot be read, or what the server answered.
        """
        metadata = [("x-request-id", visit_of(request.scope).request_id)]
        if request.client is not None:
            metadata.append((CLIENT_ADDRESS_KEY, request.client.host))
        credential = _credential(request)
        if credential is not None:
            metadata.append(("authorization", credential))
        elif not self._public:
            raise Unauthenticated(message="a key is needed: authorization: Bearer <key>")
        message = await self._read(request)
        said = await self._forward(message, tuple(metadata))
        if self._operation.raw:
            body = getattr(said, self._operation.raw)
            return Response(body, media_type=self._operation.media_type)
        answer = encode(said)
        reshape = self._operation.answer
        if reshape is None:
            return JSONResponse(answer, headers=self._standing(said))
        headers = {"cache-control": f"public, max-age={reshape.cache_s}"} if reshape.cache_s else {}
        return JSONResponse(reshape.shape(answer), headers=headers)

    def _standing(self, answer: Message) -> dict[str, str]:
        standing = of_answer(answer, self._quotas) if self._quotas else None
        return {} if standing is None else quota_headers(standing, self._clock.now())

    async def _forward(self, message: Message, metadata: tuple[tuple[str, str], ...]) -> Message:
        try:
            call: Any = self._call(message, timeout=self._limits.deadline_s, metadata=metadata)
            answer: Message = await call
        except grpc.aio.AioRpcError as error:
            raise self._named(from_rpc_error(error)) from None
        return answer

    def _named(self, error: MeshError) -> MeshError:
        """gRPC's own UNAVAILABLE knows no name of the peer."""
        if isinstance(error, Unavailable) and error.dependency == "peer":
            return Unavailable(self._backend, error.retry_after)
        return error

    async def _read(self, request: Request) -> Message:
        operation = self._operation
        query = request.scope["query_string"]
        message: Message = self._request_class()
        values: Any = query_values(query, operation.method.input_type)
        if operation.has_body:
            if values:
                raise InvalidArgument.field(next(iter(values)), "belongs in the body")
            body = await read_body(request, self._limits.max_body_bytes)
            values = parse(body) if body else {}
        if not isinstance(values, dict):
            raise InvalidArgument.field("body", "must be a JSON object")
        renamed = _renamed(values, operation)
        decode({**_with_path(renamed, request, operation), **operation.constants}, message)
        return message


def _renamed(values: dict[str, Any], operation: Operation) -> dict[str, Any]:
    """Names of an older path as the contract's; what the path sets itself is no field there."""
    if not operation.fields and not operation.constants:
        return values
    fields = {name: target for target, name in operation.names.items()}
    given = set(operation.variables.values())
    for name in values:
        if name not in fields and name not in given:
            raise InvalidArgument.field(
                name, f"is not a field here; known are: {', '.join(fields)}"
            )
    return {fields.get(name, name): value for name, value in values.items()}


def _with_path(values: dict[str, Any], request: Request, operation: Operation) -> dict[str, Any]:
    """Adds the path's variables, percent-decoded here: an id may hold a slash (RFC 3986, 2.2)."""
    found = dict(values)
    for name, field in operation.variables.items():
        if field in found:
            raise InvalidArgument.field(field, "is given by the path")
        try:
            found[field] = unquote_to_bytes(request.path_params[name]).decode()
        except UnicodeDecodeError:
            raise InvalidArgument.field(name, "is not valid Unicode (UTF-8)") from None
    return found


def _credential(request: Request) -> str | None:
    given = request.headers.getlist("authorization")
    if not given:
        return None
    credential = given[0].strip()
    if len(given) > 1 or len(credential) > _MAX_CREDENTIAL or not _is_plain(credential):
        raise Unauthenticated
    return credential


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()
