"""Stripe's own errors."""

from typing import Any


class Refusal(Exception):
    """An answer of Stripe's that says no."""

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        status: int = 400,
        kind: str = "invalid_request_error",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {
            "error": {"type": kind, "message": message}
            | ({"code": code} if code else {})
            | ({"param": param} if param else {})
        }


def missing(kind: str, object_id: str, param: str = "id") -> Refusal:
    """No such object: 404 where the address names it, 400 where a parameter does."""
    status = 404 if param == "id" else 400
    return Refusal(
        f"No such {kind}: '{object_id}'", code="resource_missing", param=param, status=status
    )


def declined() -> Refusal:
    """The card's bank said no."""
    return Refusal("Your card was declined.", code="card_declined", status=402, kind="card_error")
