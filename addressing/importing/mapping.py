"""Mapping files: which column of a register says what about an address.

The keys are described in `docs/how-to/import-addresses.md`.
"""

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal, get_args

from addressing.kinds import KINDS
from addressing.model import LinkRole
from cim.coordsys import SYSTEMS
from cim.errors import InputError, SourceDataError

type Preference = Literal["columns", "text", "reject"]

PREFERENCES: Final = ("columns", "text", "reject")
ROLES: Final = (
    "source_id", "text", "division_code", "lon", "lat", "height_m", "storey", "status",
    "valid_from", "valid_to",
)  # fmt: skip
"""What a column may be, beside an element."""

_SECTIONS: Final = (
    "source", "profile", "divisions", "prefer", "file", "columns", "elements", "coordinates",
    "links",
)  # fmt: skip
_FILE_KEYS: Final = ("layer", "encoding", "delimiter")
_PLACE_KEYS: Final = ("crs", "coordsys")
_PART_KEYS: Final = ("column", "columns", "value", "values")
_LINK_KEYS: Final = ("column", "role", "layer")
_LINK_ROLES: Final = get_args(LinkRole.__value__)


@dataclass(frozen=True, slots=True)
class Part:
    """Where the text of one type of elements comes from."""

    columns: tuple[str, ...] = ()
    """Columns whose texts are joined in this order."""

    value: str = ""
    """The text of every row, when there is no column."""

    values: Mapping[str, str] = field(default_factory=dict)
    """What a code in the column stands for."""


@dataclass(frozen=True, slots=True)
class LinkColumn:
    """A column that names the entity an address belongs to."""

    column: str
    role: LinkRole = "main"
    layer: str = ""
    """Layer whose source ids the column holds; empty when it holds entity ids."""


@dataclass(frozen=True, slots=True)
class RegisterMapping:
    """What the columns of a register say."""

    source: str = ""
    """Key of the register: importing it again updates what it brought before."""

    profile: str = "auto"
    """City profile of its texts."""

    divisions: tuple[str, ...] = ()
    """Codes of the divisions that all its addresses lie in."""

    prefer: Preference = "columns"
    """What counts where a column and the text say different things."""

    layer: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    """Column of each of `ROLES`."""

    elements: Mapping[str, Part] = field(default_factory=dict)
    """Where the elements of each type come from."""

    crs: str = ""
    """CRS of the coordinates; empty means what the file says, else longitude and latitude."""

    coordsys: str = ""
    """One of `cim.coordsys.SYSTEMS`, for coordinates of map clients."""

    links: tuple[LinkColumn, ...] = ()
    guessed: bool = False
    """Whether it was found by the names of the columns."""

    def names(self) -> tuple[str, ...]:
        """All columns it reads, none twice."""
        parts = (name for part in self.elements.values() for name in part.columns)
        found = (*self.columns.values(), *parts, *(link.column for link in self.links))
        return tuple(dict.fromkeys(found))

    def to_toml(self) -> str:
        """The mapping as a file that reads back as the same."""
        return _to_toml(self)


def read_mapping(path: Path) -> RegisterMapping:
    """A mapping file.

    Raises:
        InputError: There is no such file, or it is no TOML, or a key or value is not legal.
    """
    try:
        with path.open("rb") as file:
            table = tomllib.load(file)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: no TOML: {' '.join(str(error).split())}") from error
    return to_mapping(table, path.name)


def to_mapping(table: Mapping[str, Any], where: str) -> RegisterMapping:
    """The mapping of a table, as `read_mapping` and the HTTP interface take it.

    Args:
        table: Sections and keys.
        where: Names it in messages.

    Raises:
        InputError: A key or a value is not legal.
    """
    _check_keys(table, _SECTIONS, where)
    file = _section(table, "file", _FILE_KEYS, where)
    place = _section(table, "coordinates", _PLACE_KEYS, where)
    columns = _section(table, "columns", ROLES, where)
    parts = _table(table, "elements", where)
    _check_keys(parts, tuple(KINDS), f"{where} [elements]")
    if place.get("crs") and place.get("coordsys"):
        raise InputError(f"{where} [coordinates]: crs and coordsys are both given; legal: one")
    _check_choice(place.get("coordsys", ""), ("", *SYSTEMS), f"{where} [coordinates] coordsys")
    prefer = table.get("prefer", "columns")
    _check_choice(prefer, PREFERENCES, f"{where} prefer")
    return RegisterMapping(
        source=_text(table.get("source", ""), f"{where} source"),
        profile=_text(table.get("profile", "auto"), f"{where} profile"),
        divisions=_texts(table.get("divisions", []), f"{where} divisions"),
        prefer=prefer,
        layer=file.get("layer"),
        encoding=file.get("encoding"),
        delimiter=file.get("delimiter"),
        columns=MappingProxyType(columns),
        elements=MappingProxyType(
            {kind: _part(entry, f"{where} [elements] {kind}") for kind, entry in parts.items()}
        ),
        crs=place.get("crs", ""),
        coordsys=place.get("coordsys", ""),
        links=tuple(_link(entry, f"{where} [[links]]") for entry in table.get("links", [])),
    )


def check_against(mapping: RegisterMapping, names: Sequence[str], where: str) -> RegisterMapping:
    """The mapping with the columns named as the table has them; case does not matter.

    Raises:
        SourceDataError: A column is missing; the message lists those there are.
        InputError: Nothing says what the addresses are.
    """
    if not mapping.elements and "text" not in mapping.columns:
        raise InputError(
            f"{where}: no column holds an address; name one as [columns] text or its elements in "
            f"[elements]; the table has {_listed(names)}"
        )
    lonely = {"lon", "lat"} & mapping.columns.keys()
    if len(lonely) == 1:
        raise InputError(f"[columns] {lonely.pop()} stands alone; legal: lon and lat, or neither")
    by_name = {name.strip().lower(): name for name in reversed(names)} | {n: n for n in names}

    def find(name: str, role: str) -> str:
        found = by_name.get(name) or by_name.get(name.strip().lower())
        if found is None:
            raise SourceDataError(
                f"{role}: no column {name!r}; the table has {_listed(names)}", where=where
            )
        return found

    return replace(
        mapping,
        columns={role: find(name, f"[columns] {role}") for role, name in mapping.columns.items()},
        elements={
            kind: replace(
                part, columns=tuple(find(name, f"[elements] {kind}") for name in part.columns)
            )
            for kind, part in mapping.elements.items()
        },
        links=tuple(
            replace(link, column=find(link.column, "[[links]] column")) for link in mapping.links
        ),
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)


def _check_keys(table: Mapping[str, Any], legal: Sequence[str], where: str) -> None:
    for key in table:
        if key not in legal:
            raise InputError(f"{where}: unknown key {key!r}; legal: {', '.join(legal)}")


def _check_choice(value: object, legal: Sequence[str], where: str) -> None:
    if value not in legal:
        shown = ", ".join(one for one in legal if one)
        raise InputError(f"{where} {value!r}; legal: {shown}")


def _table(table: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    """A section of a table."""
    section = table.get(name, {})
    if not isinstance(section, Mapping):
        raise InputError(f"{where} {name}: is no table; legal: [{name}] with keys below it")
    return section


def _section(
    table: Mapping[str, Any], name: str, legal: Sequence[str], where: str
) -> dict[str, str]:
    """A section that holds texts only."""
    section = _table(table, name, where)
    _check_keys(section, legal, f"{where} [{name}]")
    return {key: _text(value, f"{where} [{name}] {key}") for key, value in section.items()}


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise InputError(f"{where}: {value!r}; legal: a text in quotes")
    return value


def _texts(value: object, where: str) -> tuple[str, ...]:
    """Several texts, or one."""
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise InputError(f"{where}: {value!r}; legal: a text, or a list of texts")
    return tuple(items)


def _part(entry: object, where: str) -> Part:
    """Where elements come from: a column, several, or a table of more."""
    if not isinstance(entry, Mapping):
        return Part(_texts(entry, where))
    _check_keys(entry, _PART_KEYS, where)
    columns = _texts(entry.get("columns", entry.get("column", [])), where)
    value = _text(entry.get("value", ""), f"{where} value")
    if bool(columns) == bool(value):
        raise InputError(f"{where}: legal: column, or value for all rows; one of the two")
    names = entry.get("values", {})
    if not isinstance(names, Mapping):
        raise InputError(f"{where} values: legal: a table of codes and names")
    return Part(
        columns, value, {code: _text(name, f"{where} {code}") for code, name in names.items()}
    )


def _link(entry: object, where: str) -> LinkColumn:
    """A column of entities."""
    if not isinstance(entry, Mapping) or "column" not in entry:
        raise InputError(f"{where}: {entry!r}; legal: a table with column, role and layer")
    _check_keys(entry, _LINK_KEYS, where)
    role = entry.get("role", "main")
    _check_choice(role, _LINK_ROLES, f"{where} role")
    column, layer = (_text(entry.get(key, ""), f"{where} {key}") for key in ("column", "layer"))
    return LinkColumn(column, role, layer)


def _to_toml(mapping: RegisterMapping) -> str:
    """Lines of TOML; what has its default is left out."""
    top = {"source": mapping.source, "profile": mapping.profile, "divisions": mapping.divisions}
    lines = [f"{key} = {_quoted(value)}" for key, value in top.items() if value]
    lines.append(f"prefer = {_quoted(mapping.prefer)}")
    file = {key: getattr(mapping, key) for key in _FILE_KEYS}
    place = {key: getattr(mapping, key) for key in _PLACE_KEYS}
    parts = {kind: _part_toml(part) for kind, part in mapping.elements.items()}
    sections = {"file": file, "columns": mapping.columns, "coordinates": place}
    for name, section in sections.items():
        given = [f"{key} = {_quoted(value)}" for key, value in section.items() if value]
        lines += ["", f"[{name}]", *given] if given else []
    if parts:
        lines += ["", "[elements]", *(f"{kind} = {text}" for kind, text in parts.items())]
    for link in mapping.links:
        lines += ["", "[[links]]"]
        lines += [f"{key} = {_quoted(getattr(link, key))}" for key in _LINK_KEYS]
    return "\n".join(lines) + "\n"


def _part_toml(part: Part) -> str:
    if part.value:
        return f"{{ value = {_quoted(part.value)} }}"
    columns = part.columns[0] if len(part.columns) == 1 else part.columns
    if not part.values:
        return _quoted(columns)
    pairs = ", ".join(f"{_quoted(code)} = {_quoted(name)}" for code, name in part.values.items())
    return f"{{ columns = {_quoted(columns)}, values = {{ {pairs} }} }}"


def _quoted(value: str | Sequence[str]) -> str:
    """A text or list of texts as TOML."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return f"[{', '.join(_quoted(one) for one in value)}]"
