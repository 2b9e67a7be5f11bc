"""The one error of the local stack."""


class StartError(Exception):
    """A service of the local stack did not start.

    `service`: its name, as shown to the user ("postgres-cloud").
    `reason`: what is wrong, in one line, without a trailing full stop.
    `remedy`: what the user can do about it, in one line.
    """

    def __init__(self, service: str, reason: str, remedy: str) -> None:
        """Make the error; its text is the three joined."""
        super().__init__(f"{service}: {reason}; {remedy}")
        self.service = service
        self.reason = reason
        self.remedy = remedy
