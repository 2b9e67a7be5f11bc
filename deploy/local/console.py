"""What a person at a terminal reads."""

from __future__ import annotations

import sys


def say(text: str) -> None:
    """Prints one line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
