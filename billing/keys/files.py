"""The key directory: `<kid>.pem` files, each a private key or the public half of one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mesh.errors import ConfigError
from rights.errors import KeyRefused
from rights.keys import PublicKey, SigningKey


@dataclass(frozen=True, slots=True)
class FoundKeys:
    """What a directory holds, the oldest file first. `problems` says why other files are none."""

    private: Mapping[str, SigningKey] = field(default_factory=dict)
    public: Mapping[str, PublicKey] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


class KeyDirectory:
    """Reads the directory; a file that did not change is parsed once."""

    def __init__(self, path: Path) -> None:
        """Nothing is read before `read`."""
        self._path = path
        self._parsed: dict[tuple[Path, int, int], SigningKey | PublicKey | str] = {}

    def read(self) -> FoundKeys:
        """Every key; blocks for the length of a few disk reads.

        Raises ConfigError when the directory cannot be read.
        """
        try:
            stamped = sorted(
                (stat.st_mtime_ns, path, stat.st_size)
                for path in self._path.iterdir()
                if path.suffix == ".pem" and not path.name.startswith(".")
                for stat in (path.stat(),)
            )
            known = {
                (path, changed, size): self._parse(path, changed, size)
                for changed, path, size in stamped
            }
        except OSError as error:
            raise ConfigError(
                f"licence keys: cannot read {error.filename}: {error.strerror}; make a key first "
                "with `brinkbyte keys create`"
            ) from None
        self._parsed = known
        private = {each.kid: each for each in known.values() if isinstance(each, SigningKey)}
        halves = {each.kid: each for each in known.values() if isinstance(each, PublicKey)}
        return FoundKeys(
            private,
            {kid: each.public for kid, each in private.items()} | halves,
            tuple(each for each in known.values() if isinstance(each, str)),
        )

    def _parse(self, path: Path, changed: int, size: int) -> SigningKey | PublicKey | str:
        known = self._parsed.get((path, changed, size))
        return _load(path) if known is None else known


def _load(path: Path) -> SigningKey | PublicKey | str:
    try:
        text = path.read_text()
        if "PRIVATE KEY" in text:
            return SigningKey(path.stem, text)
        return PublicKey.from_pem(text, path.stem)
    except (KeyRefused, UnicodeDecodeError) as error:
        return f"licence keys: {path.name}: {error}; replace it"
