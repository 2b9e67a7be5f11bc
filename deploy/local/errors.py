"""The one error of the local stack."""

import errno


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


def is_full(error: OSError) -> bool:
    """Whether a disk or a quota is used up."""
    return error.errno in {errno.ENOSPC, errno.EDQUOT}


def from_os(service: str, error: OSError) -> StartError:
    """The same in one line, with the file where the system names it."""
    reason = (error.strerror or type(error).__name__).lower()
    if error.filename is not None:
        reason = f"{error.filename}: {reason}"
    if is_full(error):
        return StartError(service, reason, "free space on its disk and try again")
    return StartError(
        service, reason, "give this user that file, or set BRINKBYTE_RUN_DIR to another directory"
    )
