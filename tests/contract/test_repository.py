"""What no committed file may hold."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FORBIDDEN = {
    "a machine path": re.compile(r"/(?:ro{2}t|wor[k]|far[m])/[a-z.]"),
    "a registry address": re.compile(
        r"(?:pypi\.or[g]|pythonhosted\.or[g]|registry\.npmj[s]|proxy\.golan[g]|crates\.i[o]/)"
    ),
    "a private key": re.compile(r"-----BEGIN (?:RSA |EC |ENCRYPTED )?PRIVATE KE[Y]-----\n[A-Za-z]"),
    "a live secret": re.compile(r"(?:sk|rk)_live_[0-9a-zA-Z]{8,}"),
}


def committed() -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = listing.stdout.decode().split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def test_no_file_holds_what_it_must_not() -> None:
    files = committed()
    assert len(files) > 100
    found = []
    for path in files:
        if path.suffix in {".onnx", ".binpb", ".png"}:
            continue
        text = path.read_text(errors="replace")
        found += [
            f"{path.relative_to(ROOT)}: {what}"
            for what, pattern in FORBIDDEN.items()
            if pattern.search(text)
        ]
    assert not found


def test_no_large_file_is_committed() -> None:
    large = [str(path) for path in committed() if path.stat().st_size > 5_000_000]
    assert not large
