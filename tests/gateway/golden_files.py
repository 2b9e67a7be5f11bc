"""The golden files: for every path of REST one request, the RPC that it becomes, and the answer.

`rpc_request` and `rpc_response` are in the canonical JSON of protobuf, which is not the
gateway's; `response` is what a caller of REST gets, to the last field.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from google.protobuf.descriptor_pool import Default
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

FOLDER = Path(__file__).parent / "golden"


@dataclass(frozen=True)
class Golden:
    name: str
    verb: str
    template: str
    path: str
    body: Any
    rpc: str
    rpc_request: Message
    rpc_response: Message
    response: Any

    @property
    def method(self) -> str:
        return self.rpc.rpartition(".")[2]


def goldens() -> list[Golden]:
    return [_read(path) for path in sorted(FOLDER.glob("*.json"))]


def _read(path: Path) -> Golden:
    content = json.loads(path.read_text())
    verb, template = content["operation"].split(" ")
    method = Default().FindMethodByName(content["rpc"])
    return Golden(
        path.stem,
        verb,
        template,
        content["path"],
        content.get("body"),
        content["rpc"],
        _message(method.input_type, content["rpc_request"]),
        _message(method.output_type, content["rpc_response"]),
        content["response"],
    )


def _message(kind: Any, content: Any) -> Message:
    return json_format.ParseDict(content, GetMessageClass(kind)())
