"""GET /openapi.json, and GET /docs: the same for people, without anything from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from html import escape
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from mesh.errors import StartError

Handler = Callable[[Request], Awaitable[Response]]

_DOCUMENT = Path(__file__).resolve().parents[1] / "gen" / "openapi" / "openapi.json"
_CACHE = {"cache-control": "no-cache"}
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ccc;padding:.4rem;"
    "text-align:left;vertical-align:top}code{white-space:nowrap}"
    "@media(prefers-color-scheme:dark){body{background:#111;color:#eee}a{color:#8cf}}"
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


def read_document() -> bytes:
    """The generated document, beside this package in a checkout and in an installation.

    Raises:
        StartError: it is missing.
    """
    try:
        return _DOCUMENT.read_bytes()
    except OSError:
        raise StartError(
            "the OpenAPI document is missing from gen/openapi; run `make gen`"
        ) from None


def documents(document: bytes) -> dict[str, dict[str, Handler]]:
    """The handlers of both paths."""
    page = _page(json.loads(document))

    async def openapi(_: Request) -> Response:
        return Response(document, media_type="application/json", headers=_CACHE)

    async def docs(_: Request) -> Response:
        return HTMLResponse(page, headers=_CACHE | {"content-security-policy": _POLICY})

    return {"/openapi.json": {"GET": openapi}, "/docs": {"GET": docs}}


def _page(document: dict[str, Any]) -> str:
    title = escape(document.get("info", {}).get("title", "REST"))
    parts = [
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>',
        f"<body><main><h1>{title}</h1><p>{escape(document['info'].get('description', ''))} ",
        '<a href="/openapi.json">OpenAPI document</a></p>',
    ]
    for tag in document.get("tags", []):
        rows = [_row(*each) for each in _operations(document) if tag["name"] in each[2]["tags"]]
        parts.append(f"<h2>{escape(tag['name'])}</h2><p>{escape(tag.get('description', ''))}</p>")
        parts.append('<table><thead><tr><th scope="col">Call</th><th scope="col">Does</th>')
        parts.append('<th scope="col">Needs</th></tr></thead><tbody>')
        parts += [*rows, "</tbody></table>"]
    return "".join([*parts, "</main></body></html>"])


def _operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (verb, path, operation)
        for path, item in document.get("paths", {}).items()
        for verb, operation in item.items()
    ]


def _row(verb: str, path: str, operation: dict[str, Any]) -> str:
    does = operation.get("description") or operation.get("summary", "")
    needs = ", ".join(operation.get("x-scopes", [])) or "nothing"
    call = escape(f"{verb.upper()} {path}")
    return f"<tr><td><code>{call}</code></td><td>{escape(does)}</td><td>{escape(needs)}</td></tr>"
