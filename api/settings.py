"""What a workspace's `cim.toml` may say: every key, its default, and how it is read.

A field's description is its documentation: it is printed into the file that `cim init` writes and
is what `docs/reference/settings.md` must cover.
"""

import difflib
import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails

from api.access_settings import AccessSettings, RoleSettings
from api.address_settings import AddressSettings
from api.editing_settings import EditingSettings
from api.geocoder_settings import GeocoderSettings
from api.names import SETTINGS_FILE
from api.section import Section
from cim.errors import ConfigError

ENVIRONMENT_PREFIX = "CIM_"

type Port = Annotated[int, Field(ge=0, le=65_535)]


class CitySettings(Section):
    """The city itself."""

    name: str = Field(
        default="city",
        pattern=r"^[a-z][a-z0-9_-]{0,62}$",
        description="Short name of the city: lower-case ASCII letters, digits, - and _.",
    )
    title_zh: str = Field(default="城市时空一张图", description="Title shown on Chinese pages.")
    title_en: str = Field(default="City map", description="Title shown on English pages.")
    division_code: str = Field(
        default="000000",
        pattern=r"^[0-9]{6}$",
        description="Administrative division code (GB/T 2260), six digits; 000000 if none.",
    )
    sample: bool = Field(
        default=False,
        description="true marks the data as sample data (示例数据) on every page.",
    )


class StoreSettings(Section):
    """Where the data is kept."""

    database: str = Field(
        default="city.gpkg",
        min_length=1,
        description="GeoPackage file, relative to the workspace or absolute.",
    )
    crs: str = Field(
        default="EPSG:4490",
        pattern=r"^EPSG:[0-9]{4,6}$",
        description="CRS in which new layers are stored, as EPSG:<code>.",
    )

    @field_validator("database")
    @classmethod
    def _embedded_only(cls, value: str) -> str:
        if "://" in value:
            raise ValueError("database servers are not in this version; name a GeoPackage file")
        return value


class CodeSettings(Section):
    """Levels of the grid codes that each feature gets."""

    beidou_level: int = Field(
        default=10, ge=1, le=10, description="BeiDou grid level (GB/T 39409), 1-10."
    )
    geosot_level: int = Field(
        default=26, ge=1, le=32, description="GeoSOT level (GB/T 40087), 1-32."
    )
    h3_level: int = Field(default=13, ge=0, le=15, description="H3 resolution, 0-15.")


class ServerSettings(Section):
    """The web server."""

    host: str = Field(default="127.0.0.1", min_length=1, description="Address to listen on.")
    port: Port = Field(default=8000, description="TCP port to listen on; 0 takes a free one.")
    workers: int = Field(default=1, ge=1, le=256, description="Number of server processes.")
    root_path: str = Field(
        default="",
        pattern=r"^(/[A-Za-z0-9._~-]+)*$",
        description="Path under which a reverse proxy serves the city, such as /twin.",
    )
    cors_origins: tuple[str, ...] = Field(
        default=("*",),
        description='Web origins whose pages may read this server; ["*"] lets all of them.',
    )
    request_timeout_s: float = Field(
        default=60.0,
        gt=0,
        le=3600,
        description="Seconds after which an unanswered request gets 503.",
    )
    filter_timeout_s: float = Field(
        default=5.0,
        gt=0,
        le=3600,
        description="Seconds of processor time that selecting features may take; more gets 400.",
    )
    default_limit: int = Field(
        default=10,
        ge=1,
        description="Features on a page of items when the request names no limit.",
    )
    max_limit: int = Field(
        default=10_000,
        ge=1,
        le=1_000_000,
        description="Most features on a page of items; a larger limit is lowered to it.",
    )

    @field_validator("max_limit")
    @classmethod
    def _not_below_default(cls, value: int, info: Any) -> int:  # noqa: ANN401 - pydantic's
        default = info.data.get("default_limit", 1)
        if value < default:
            raise ValueError(f"must not be below default_limit ({default})")
        return value


class JobSettings(Section):
    """Tilesets made on request, by POST /api/tilesets."""

    writes: Literal["local", "all", "none"] = Field(
        default="local",
        description="Who may start jobs and edit features: local (this machine), all, or none.",
    )
    max_upload_mb: float = Field(
        default=1024.0, gt=0, description="Largest upload in megabytes (1,000,000 bytes)."
    )
    queue: int = Field(default=16, ge=1, le=10_000, description="Most jobs that may wait.")
    timeout_s: float = Field(
        default=14_400.0, gt=0, description="Seconds after which a job is ended."
    )
    keep_days: float = Field(
        default=30.0, gt=0, description="Days for which ended jobs stay in the list."
    )


class Settings(Section):
    """Everything `cim.toml` may say."""

    city: CitySettings = Field(default_factory=CitySettings)
    store: StoreSettings = Field(default_factory=StoreSettings)
    codes: CodeSettings = Field(default_factory=CodeSettings)
    server: ServerSettings = Field(default_factory=ServerSettings)
    jobs: JobSettings = Field(default_factory=JobSettings)
    addresses: AddressSettings = Field(default_factory=AddressSettings)
    geocoder: GeocoderSettings = Field(default_factory=GeocoderSettings)
    editing: EditingSettings = Field(default_factory=EditingSettings)
    access: AccessSettings = Field(default_factory=AccessSettings)

    def to_toml(self) -> str:
        """Text of a `cim.toml` that says what these settings say, each key with its meaning."""
        return "\n".join(_section_text(name, getattr(self, name)) for name in sections())

    def database_path(self, workspace: Path) -> Path:
        """The GeoPackage of the workspace."""
        return workspace / self.store.database


def sections() -> dict[str, type[Section]]:
    """The tables of `cim.toml` by name, in the file's order."""
    fields = Settings.model_fields.items()
    return {name: type(field.get_default(call_default_factory=True)) for name, field in fields}


def load_settings(workspace: Path) -> Settings:
    """The settings of a workspace: `cim.toml`, then `CIM_<SECTION>_<KEY>` variables over it.

    Raises:
        ConfigError: The file is missing or no TOML, or a key or value is not legal; one line that
            names the file, the key, the value and what is legal.
    """
    path = workspace / SETTINGS_FILE
    return parse_settings(_read_toml(path), os.environ, where=str(path))


def parse_settings(
    document: Mapping[str, Any], environment: Mapping[str, str], *, where: str
) -> Settings:
    """Settings from a parsed document with environment variables over it.

    Raises:
        ConfigError: As in `load_settings`; `where` names the document.
    """
    merged = _with_environment(document, environment)
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        raise ConfigError(f"{where}: {_reason(error.errors()[0])}") from None


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file; make a workspace with: cim init DIR") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error


def _with_environment(
    document: Mapping[str, Any], environment: Mapping[str, str]
) -> dict[str, Any]:
    merged = {
        name: dict(table) if isinstance(table, dict) else table for name, table in document.items()
    }
    known = {
        f"{ENVIRONMENT_PREFIX}{section}_{key}".upper(): (section, key)
        for section, model in sections().items()
        for key in model.model_fields
    }
    for variable, text in environment.items():
        if variable in known:
            section, key = known[variable]
            table = merged.setdefault(section, {})
            if isinstance(table, dict):
                table[key] = _variable_value(section, key, text)
        elif variable.startswith(
            tuple(f"{ENVIRONMENT_PREFIX}{name}_".upper() for name in sections())
        ):
            raise ConfigError(
                f"environment: unknown variable {variable!r}; known: {', '.join(known)}"
            )
    return merged


def _variable_value(section: str, key: str, text: str) -> object:
    """A list is written with commas; pydantic reads everything else from text."""
    default = sections()[section].model_fields[key].default
    return [part.strip() for part in text.split(",")] if isinstance(default, tuple) else text


def _reason(error: ErrorDetails) -> str:
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return _unknown_key(key)
    if error["type"] == "model_type":
        return f"{key} = {_toml_value(error['input'])}: must be a table, [{key}]"
    message = error["msg"].removeprefix("Value error, ")
    return f"{key} = {_toml_value(error['input'])}: {message[0].lower()}{message[1:]}"


def _unknown_key(key: str) -> str:
    legal = [
        f"{name}.{field}" for name, model in sections().items() for field in model.model_fields
    ]
    legal += [*sections(), *(f"access.roles.NAME.{field}" for field in RoleSettings.model_fields)]
    close = difflib.get_close_matches(key, legal, n=1, cutoff=0.0)
    return f"unknown key {key!r}; did you mean {close[0]!r}?"


def _section_text(name: str, section: Section) -> str:
    lines = [f"# {(type(section).__doc__ or '').strip()}", f"[{name}]"]
    tables = []
    for key, field in type(section).model_fields.items():
        value, about = getattr(section, key), f"# {field.description}"
        if isinstance(value, dict):
            tables += ["", about, *_table_lines(f"{name}.{key}", value)]
        else:
            lines += [about, f"{key} = {_toml_value(value)}"]
    return "\n".join(lines + tables) + "\n"


def _table_lines(name: str, table: Mapping[str, Any]) -> list[str]:
    """A table of values, then those of tables, each with its keys that are set."""
    tables = {key: value for key, value in table.items() if isinstance(value, BaseModel)}
    values = {key: value for key, value in table.items() if key not in tables}
    lines = [f"[{name}]", *(f"{key} = {_toml_value(value)}" for key, value in values.items())]
    for key, inner in tables.items():
        lines.append(f"[{name}.{key}]")
        given = inner.model_dump(exclude_none=True, exclude_defaults=True)
        lines += [f"{field} = {_toml_value(value)}" for field, value in given.items()]
    return lines


def _toml_value(value: object) -> str:
    """TOML of a setting: JSON's strings, numbers, booleans and flat lists are TOML too."""
    return json.dumps(value, ensure_ascii=False, default=str)
