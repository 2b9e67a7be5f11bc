"""The typed errors that any room may raise; mesh.status turns them into a status.

`reason` is a name of brinkbyte.common.v1.ErrorReason without its prefix. `message` and
`metadata` reach the caller: they hold no driver text and no secret.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken field rule; `field` is a path such as `events[3].quantity`."""

    field: str
    description: str


class MeshError(Exception):
    """Root of the tree; raise one of its subclasses."""

    reason: str = "INTERNAL"

    def __init__(
        self,
        message: str,
        *,
        reason: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """`reason` replaces the class's own where a finer one fits."""
        super().__init__(message)
        self.message = message
        self.reason = reason or type(self).reason
        self.metadata: dict[str, str] = dict(metadata or {})


class InvalidArgument(MeshError):
    """The request breaks field rules."""

    reason = "INVALID_FIELD"

    def __init__(self, violations: Sequence[Violation], *, reason: str | None = None) -> None:
        """`violations` are all that were found, in the request's order."""
        first = violations[0] if violations else Violation("", "invalid request")
        prefix = f"{first.field}: " if first.field else ""
        more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
        super().__init__(f"{prefix}{first.description}{more}", reason=reason)
        self.violations = tuple(violations)

    @classmethod
    def field(cls, field: str, description: str) -> "InvalidArgument":
        """The error for a single field."""
        return cls([Violation(field, description)])


class Unauthenticated(MeshError):
    """No credential, an unknown one (CREDENTIAL_INVALID) or CREDENTIAL_REVOKED."""

    reason = "CREDENTIAL_INVALID"

    def __init__(
        self, reason: str = "CREDENTIAL_INVALID", message: str = "a valid credential is needed"
    ) -> None:
        """`reason` is CREDENTIAL_INVALID or CREDENTIAL_REVOKED."""
        super().__init__(message, reason=reason)


class PermissionDenied(MeshError):
    """The caller holds none of the scopes that the RPC accepts."""

    reason = "SCOPE_MISSING"

    def __init__(self, required: Sequence[str]) -> None:
        """`required`: any one of these scopes would do."""
        names = ", ".join(required)
        super().__init__(f"needs one of the scopes: {names}", metadata={"required": names})
        self.required = tuple(required)


class CallerNotAllowed(MeshError):
    """The certificate's holder has no business with the service, whatever key it shows."""

    reason = "CALLER_NOT_ALLOWED"

    def __init__(self, caller: str, service: str) -> None:
        """`caller` is `device` or a program's name, `service` a full name."""
        super().__init__(
            f"{caller} may not call {service}", metadata={"caller": caller, "service": service}
        )
        self.caller = caller
        self.service = service


class NotFound(MeshError):
    """No such thing, or it belongs to another tenant: the two look the same."""

    reason = "NOT_FOUND"

    def __init__(self, resource: str, name: str) -> None:
        """`resource` is a noun such as "device", `name` what the caller asked for."""
        super().__init__(f"{resource.replace('_', ' ')} not found", metadata={"resource": resource})
        self.resource = resource
        self.name = name


class AlreadyExists(MeshError):
    """The thing exists already with other content."""

    reason = "ALREADY_EXISTS"

    def __init__(
        self,
        resource: str,
        name: str,
        description: str | None = None,
        *,
        reason: str | None = None,
    ) -> None:
        """`resource` is a noun such as "tenant", `name` its name or the unique value."""
        message = description or f"{resource} exists already"
        super().__init__(message, reason=reason, metadata={"resource": resource})
        self.resource = resource
        self.name = name


class FailedPrecondition(MeshError):
    """The state of the thing forbids the call now."""

    reason = "STATE_CONFLICT"

    def __init__(
        self,
        reason: str,
        subject: str,
        description: str,
        *,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """`subject` is what stands in the way, for example "camera/cam-7"."""
        super().__init__(description, reason=reason, metadata=metadata)
        self.subject = subject


class Aborted(MeshError):
    """Another caller took over, or moved the thing meanwhile; start over from its new state."""

    reason = "STATE_CONFLICT"

    def __init__(self, subject: str, description: str) -> None:
        """`subject` is what was taken over, for example "journal/7"."""
        super().__init__(description, metadata={"subject": subject})
        self.subject = subject


class RateLimited(MeshError):
    """Too many calls at once."""

    reason = "RATE_LIMITED"

    def __init__(self, retry_after: timedelta = SECOND) -> None:
        """`retry_after`: when to come back."""
        super().__init__("too many calls at once")
        self.retry_after = retry_after


class QuotaExhausted(MeshError):
    """A quota is used up."""

    reason = "QUOTA_EXHAUSTED"

    def __init__(
        self,
        subject: str,
        description: str,
        reset: datetime | None,
        *,
        reason: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """`subject` names the quota, `description` says how much, `reset` (aware) when.

        Of `metadata`, `limit`, `used` and `remaining` are the figures, plain decimals.
        """
        details = {"subject": subject, **(metadata or {})}
        if reset is not None:
            details["reset"] = reset.isoformat()
        super().__init__(description, reason=reason, metadata=details)
        self.subject = subject
        self.reset = reset

    @property
    def limit(self) -> Decimal | None:
        """Where the quota stops; None when it was not said."""
        return self._figure("limit")

    @property
    def used(self) -> Decimal | None:
        """What is used of it; None when it was not said."""
        return self._figure("used")

    @property
    def remaining(self) -> Decimal | None:
        """What is left of it; None when it was not said."""
        return self._figure("remaining")

    def _figure(self, name: str) -> Decimal | None:
        try:
            return Decimal(self.metadata[name])
        except (KeyError, InvalidOperation):
            return None


class StorageFull(MeshError):
    """A disk is full; nothing that was accepted is lost."""

    reason = "STORAGE_FULL"

    def __init__(self, message: str = "the disk is full") -> None:
        """Needs nothing."""
        super().__init__(message)


class TooLarge(MeshError):
    """A message is larger than the limit."""

    reason = "MESSAGE_TOO_LARGE"

    def __init__(self, message: str = "the message is larger than the limit") -> None:
        """`message` names the limit and its unit where it is known."""
        super().__init__(message)


class Unavailable(MeshError):
    """A store or peer is away for now."""

    reason = "DEPENDENCY_UNAVAILABLE"

    def __init__(
        self, dependency: str, retry_after: timedelta = SECOND, *, reason: str | None = None
    ) -> None:
        """`dependency` is a plain name such as "postgres"."""
        super().__init__(
            f"{dependency} is unavailable", reason=reason, metadata={"dependency": dependency}
        )
        self.dependency = dependency
        self.retry_after = retry_after


class DeadlineExceeded(MeshError):
    """The time allowed for the call has passed."""

    reason = "DEADLINE_EXCEEDED"

    def __init__(self, message: str = "the deadline passed") -> None:
        """Needs nothing."""
        super().__init__(message)


class Internal(MeshError):
    """A defect on this side; its cause goes to the logs, never to the caller."""

    reason = "INTERNAL"

    def __init__(
        self, message: str = "internal error", *, metadata: Mapping[str, str] | None = None
    ) -> None:
        """`message` holds no driver text."""
        super().__init__(message, metadata=metadata)


class ConfigError(MeshError):
    """The configuration is wrong; one line per wrong variable."""

    reason = "STATE_CONFLICT"


class StartError(MeshError):
    """A program cannot start; one line that says what is wrong and what to do."""

    reason = "STATE_CONFLICT"
