"""Configuration from environment variables, with errors that a person can act on."""

import os
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from mesh.address import split_address
from mesh.errors import ConfigError

FILE_SUFFIX = "_FILE"


class Settings(BaseSettings):
    """Base of every program's frozen configuration.

    A field's variable is BRINKBYTE_<FIELD> unless it names aliases (`AliasChoices`, the
    first wins). An empty variable counts as unset. Any variable may be given as
    <NAME>_FILE instead, a path whose content is the value (mounted secrets).
    """

    model_config = SettingsConfigDict(
        env_prefix="BRINKBYTE_",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then variables, then the files that variables name."""
        return init_settings, env_settings, _FileSource(settings_cls)


class _FileSource(EnvSettingsSource):
    """Reads <NAME>_FILE for every variable <NAME>."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        for key, env_name, is_complex in self._extract_field_info(field, field_name):
            path = os.environ.get(f"{env_name.upper()}{FILE_SUFFIX}")
            if path:
                return _read(env_name.upper(), Path(path)), key, is_complex
        return None, field_name, False


def _read(name: str, path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError as error:
        raise ConfigError(
            f"{name}{FILE_SUFFIX}: cannot read {path}: {error.strerror}; "
            "point it at a readable file or unset it"
        ) from None


def _address(value: str) -> str:
    try:
        split_address(value)
    except ConfigError as error:
        raise ValueError(error.message) from None
    return value


Address = Annotated[str, AfterValidator(_address)]
"""A setting of the form host:port."""

SettingsT = TypeVar("SettingsT", bound=BaseSettings)


def load(settings: type[SettingsT], **overrides: Any) -> SettingsT:
    """Reads `settings` from the environment; `overrides` (by field name) win.

    Raises ConfigError with one line per wrong variable: its name, what is wrong, what to do.
    """
    try:
        return settings(**overrides)
    except ValidationError as error:
        lines = [_line(settings, problem) for problem in error.errors(include_url=False)]
        raise ConfigError("\n".join(lines)) from None
    except SettingsError as error:
        if isinstance(error.__cause__, ConfigError):
            raise error.__cause__ from None
        raise ConfigError(f"{error}; write lists and objects as JSON") from None


def _line(settings: type[BaseSettings], problem: Any) -> str:
    names = _names(settings, problem["loc"])
    if problem["type"] == "missing":
        return f"{names} is not set; {_hint(settings, problem['loc'])}"
    message = problem["msg"].removeprefix("Value error, ")
    return f"{names} is wrong: {message}; {_hint(settings, problem['loc'])}"


def _field(
    settings: type[BaseSettings], loc: tuple[int | str, ...]
) -> tuple[str, FieldInfo] | None:
    wanted = str(loc[0]).lower() if loc else ""
    for name, field in settings.model_fields.items():
        if wanted == name or wanted in (alias.lower() for alias in _aliases(settings, name, field)):
            return name, field
    return None


def _aliases(settings: type[BaseSettings], name: str, field: FieldInfo) -> list[str]:
    alias = field.validation_alias
    if alias is None:
        return [f"{settings.model_config.get('env_prefix', '')}{name}".upper()]
    choices = [alias] if isinstance(alias, str) else getattr(alias, "choices", [])
    return [choice for choice in choices if isinstance(choice, str)]


def _names(settings: type[BaseSettings], loc: tuple[int | str, ...]) -> str:
    found = _field(settings, loc)
    if found is None:
        return "configuration" if not loc else str(loc[0])
    first, *others = _aliases(settings, *found)
    return f"{first} (or {', '.join(others)})" if others else first


def _hint(settings: type[BaseSettings], loc: tuple[int | str, ...]) -> str:
    found = _field(settings, loc)
    description = found[1].description if found else None
    return f"expected: {description}" if description else "set it to a valid value"
