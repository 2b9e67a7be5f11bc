"""Turn this process into a server: `launch.py UID GID SIGNAL PARENT PROGRAM ARGUMENT…`.

Runs alone (`python -I -S`) between fork and exec of a server, where a parent with threads
must not run Python. It gives up privileges (UID and GID of -1 keep them), asks the kernel
to send SIGNAL when the parent dies (prctl(2), PR_SET_PDEATHSIG), and executes PROGRAM.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Become the program; exits with a line on standard error when that fails."""
    uid, gid, signal_number, parent = (int(value) for value in arguments[:4])
    program = arguments[4:]
    if uid >= 0:
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
    # After the change of user, which clears the setting.
    if ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0) != 0:
        sys.exit("launch: the kernel refused PR_SET_PDEATHSIG")
    if os.getppid() != parent:
        sys.exit("launch: the parent died first")
    try:
        os.execv(program[0], program)  # noqa: S606
    except OSError as error:
        sys.exit(f"launch: cannot execute {program[0]}: {error.strerror}")


if __name__ == "__main__":
    main(sys.argv[1:])
