"""The one line of Triton's log that says why it ended."""

import re

# Glog prefix of an error or a fatal line: E1120 21:47:03.123456 1234 file.cc:12] "text"
_ERROR = re.compile(r'^[EF]\d{4} [\d:.]+ \d+ \S+\] "?(?P<text>.+?)"?$')
_MODEL = re.compile(r"failed to load '|failed to load model|Poll failed")
_SYNTAX = re.compile(r"Error parsing text-format \S+: (?P<text>.+)")
_LIBRARY = re.compile(r"error while loading shared libraries: (?P<name>lib\S+?)\.so")


def why_ended(lines: list[str]) -> tuple[str, str | None]:
    """The reason in one line, and a remedy where the log itself suggests one.

    A model's failure goes first; complaints about an absent GPU are no reason.
    """
    text = "\n".join(lines)
    if missing := _LIBRARY.search(text):
        remedy = (
            f"install it (Debian: {missing['name']}), or make Triton's virtual environment "
            "from a Python that carries it"
        )
        return f"the Python backend needs the shared library {missing['name']}", remedy
    errors = [found["text"] for line in lines if (found := _ERROR.match(line))]
    models = [error for error in errors if _MODEL.search(error)]
    others = [error for error in errors if "cuda" not in error.lower()]
    if models or others:
        reason = (models or others)[0].split("\\n", 1)[0]
        syntax = _SYNTAX.search(text)
        return (f"{reason}: {syntax['text']}" if syntax else reason), None
    said = [line for line in lines if line.strip()]
    return (said[-1] if said else "it ended without a word"), None
