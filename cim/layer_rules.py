"""What an entry of the catalogue may say: every member, its legal values, and its refusal.

Source of the words for the update cycle: ISO 19115-1:2014, MD_MaintenanceFrequencyCode; durations
are those of ISO 8601.
"""

import contextlib
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from pyproj import CRS
from pyproj.exceptions import CRSError

from cim.catalog import CLASSIFICATIONS, DRAFT, PUBLISHED, SYSTEM_FIELDS, Field, Layer
from cim.entities.classes import REGISTERED, entity_class
from cim.errors import InputError
from cim.themes import themes

GEOMETRY_TYPES: Final = (
    *("POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON"),
    "GEOMETRY",
)
FIELD_TYPES: Final = ("string", "integer", "number", "boolean", "date", "datetime", "binary")
CYCLE_WORDS: Final = ("continual", "asNeeded", "irregular", "notPlanned", "unknown")
LAYER_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
FOREIGN_PREFIXES: Final = ("cim_", "gpkg_", "rtree_", "sqlite_")
MOST_TEXT: Final = 4_000
MOST_WORDS: Final = 50
RESERVED_WORKSPACES: Final = frozenset(
    {
        *("api", "assets", "collections", "conformance", "coverages", "dggs", "edr", "functions"),
        *("html", "jobs", "maps", "openapi", "processes", "qgis", "records", "schemas", "search"),
        *("static", "stac", "styles", "tilematrixsets", "tiles", "wfs", "workspaces"),
    }
)
"""Segments below the root of the OGC API that are, or will be, something else."""

_CRS: Final = re.compile(r"(?i:EPSG):[0-9]{4,6}")
_CYCLE: Final = re.compile(r"P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?")
_WORKSPACE: Final = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_DATE: Final = re.compile(r"[0-9]{4}(-[0-9]{2}){0,2}")
_FIELD_NAME: Final = re.compile(r"[^\x00-\x1f\"]{1,63}")
_FIELD_MEMBERS: Final = ("name", "title_zh", "title_en", "unit", "classification")


class EntryError(InputError):
    """A member of a catalogue entry is not legal.

    Args:
        field: Name of the member.
        reason: What is wrong with its value and what is legal.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field


@dataclass(frozen=True, slots=True)
class About:
    """What the legal values of an entry depend on."""

    fields: tuple[Field, ...]
    workspaces: Collection[str]
    class_code: str = ""
    """Class of a layer that has features; empty while it may be chosen."""


def about(layer: Layer, workspaces: Collection[str]) -> About:
    """What the entry of a layer depends on."""
    fixed = layer.class_code if layer.version else ""
    return About(layer.fields, workspaces, fixed)


def check_layer_name(name: str) -> None:
    """Refuse a name that cannot be a table and a path segment.

    Raises:
        InputError: It cannot; the message says what is legal.
    """
    if not LAYER_NAME.fullmatch(name) or name.startswith(FOREIGN_PREFIXES):
        raise InputError(
            f"layer name {name!r} is not legal; legal: a lower-case letter, then lower-case "
            f"letters, digits and _, at most 63 in all, not beginning with "
            f"{', '.join(FOREIGN_PREFIXES)}"
        )


def checked(said: Mapping[str, Any], known: About) -> dict[str, Any]:
    """The members of an entry in the types of `Layer`; those not said are not in it.

    Raises:
        EntryError: A member is unknown, of a wrong type or not legal.
    """
    for name in said:
        if name not in _CHECKS:
            raise EntryError(name, f"unknown; known: {', '.join(_CHECKS)}")
    return {name: _CHECKS[name](name, value, known) for name, value in said.items()}


def checked_new_fields(said: object) -> tuple[Field, ...]:
    """The columns of a new layer, each with a type.

    Raises:
        EntryError: One of them is not legal.
    """
    fields: list[Field] = []
    for one in _objects("fields", said, (*_FIELD_MEMBERS, "type")):
        kind = str(one.get("type", "string"))
        if kind not in FIELD_TYPES:
            raise EntryError(
                "fields", f"type {kind!r} is unknown; known: {', '.join(FIELD_TYPES)}"
            )
        fields.append(_described(Field(_new_name(one, fields), kind), one))
    return tuple(fields)


def checked_geometry_type(said: str) -> str:
    """A geometry type in capitals.

    Raises:
        EntryError: There is none of the name.
    """
    name = said.upper()
    if name not in GEOMETRY_TYPES:
        raise EntryError("geometry_type", f"{said!r}; legal: {', '.join(GEOMETRY_TYPES)}")
    return name


def checked_crs(said: str) -> str:
    """A CRS that a layer can be kept in, as `EPSG:n`.

    Raises:
        EntryError: It is none, or EPSG does not know it.
    """
    if not _CRS.fullmatch(said):
        raise EntryError("crs", f"{said[:80]!r}; legal: EPSG:n, such as EPSG:4490")
    try:
        CRS.from_epsg(int(said.partition(":")[2]))
    except CRSError as error:
        raise EntryError("crs", f"{said} is not known") from error
    return said.upper()


def check_workspace_name(name: str) -> None:
    """Refuse a name that cannot be a segment of an address.

    Raises:
        EntryError: It cannot, or it means something else there.
    """
    if not _WORKSPACE.fullmatch(name):
        raise EntryError(
            "workspace",
            f"{name[:80]!r}; legal: a lower-case letter, then letters, digits, - and _",
        )
    if name in RESERVED_WORKSPACES or name in themes():
        raise EntryError("workspace", f"{name!r} is taken: it means something else in addresses")


def _text(name: str, value: object, _known: About) -> str:
    if not isinstance(value, str) or len(value) > MOST_TEXT:
        raise EntryError(name, f"must be a text of at most {MOST_TEXT} characters")
    return value.strip()


def _one_of(legal: Collection[str]) -> Callable[[str, object, About], str]:
    def check(name: str, value: object, _known: About) -> str:
        if value not in legal:
            raise EntryError(name, f"{_shown(value)}; legal: {', '.join(map(repr, legal))}")
        return str(value)

    return check


def _theme(name: str, value: object, _known: About) -> str:
    if value != "" and value not in themes():
        raise EntryError(name, f"{_shown(value)} is unknown; known: {', '.join(themes())}")
    return str(value)


def _words(name: str, value: object, _known: About) -> tuple[str, ...]:
    is_list = isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value)
    if not isinstance(value, (list, tuple)) or not is_list or len(value) > MOST_WORDS:
        raise EntryError(name, f"must be a list of at most {MOST_WORDS} texts")
    return tuple(dict.fromkeys(one.strip() for one in value if one.strip()))


def _workspaces(name: str, value: object, known: About) -> tuple[str, ...]:
    names = _words(name, value, known)
    for one in names:
        if one not in known.workspaces:
            listed = ", ".join(known.workspaces) or "none yet; make one first"
            raise EntryError(name, f"{one!r} does not exist; known: {listed}")
    return names


def _class(name: str, value: object, known: About) -> str:
    try:
        code = entity_class(str(value)).code
    except InputError as error:
        raise EntryError(name, str(error)) from error
    if code == REGISTERED:
        raise EntryError(name, f"class {code} is kept by the address registry")
    if known.class_code and code != known.class_code:
        raise EntryError(
            name,
            f"the layer has had features of class {known.class_code}; their ids are permanent",
        )
    return code


def _column(name: str, value: object, known: About) -> str | None:
    if value is None or value == "":
        return None
    names = [one.name for one in known.fields]
    if value not in names:
        raise EntryError(name, f"no column {_shown(value)}; known: {', '.join(names)}")
    return str(value)


def _date(name: str, value: object, _known: About) -> str:
    if value == "":
        return ""
    if isinstance(value, str) and _DATE.fullmatch(value):
        with contextlib.suppress(ValueError):
            date.fromisoformat((value + "-01-01")[:10])
            return value
    raise EntryError(name, f"{_shown(value)}; legal: YYYY-MM-DD, YYYY-MM or YYYY")


def _cycle(name: str, value: object, _known: About) -> str:
    if isinstance(value, str) and (value == "" or value in CYCLE_WORDS or _CYCLE.fullmatch(value)):
        return value
    words = ", ".join(CYCLE_WORDS)
    raise EntryError(
        name, f"{_shown(value)}; legal: an ISO 8601 duration such as P1Y or P1M, or {words}"
    )


def _fields(name: str, value: object, known: About) -> tuple[Field, ...]:
    """Columns with the titles, units and classes that are said of them."""
    columns = {one.name: one for one in known.fields}
    said = []
    for one in _objects(name, value, _FIELD_MEMBERS):
        column = columns.get(str(one.get("name")))
        if column is None or column.name in SYSTEM_FIELDS:
            own = ", ".join(each for each in columns if each not in SYSTEM_FIELDS)
            raise EntryError(
                name, f"no column {_shown(one.get('name'))} to describe; known: {own}"
            )
        said.append(_described(column, one))
    return tuple(said)


_CHECKS: Final[Mapping[str, Callable[[str, Any, About], Any]]] = {
    "title_zh": _text,
    "title_en": _text,
    "description_zh": _text,
    "description_en": _text,
    "keywords": _words,
    "class_code": _class,
    "name_field": _column,
    "height_field": _column,
    "classification": _one_of(CLASSIFICATIONS),
    "theme": _theme,
    "workspaces": _workspaces,
    "authority": _text,
    "steward": _text,
    "licence": _text,
    "attribution": _text,
    "source_date": _date,
    "update_cycle": _cycle,
    "status": _one_of((DRAFT, PUBLISHED)),
    "fields": _fields,
}
MEMBERS: Final = tuple(_CHECKS)
"""What a caller may say of a layer."""


def _objects(name: str, value: object, members: Collection[str]) -> list[Mapping[str, Any]]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(one, Mapping) for one in value):
        raise EntryError(name, "must be a list of objects, each with a name")
    for one in value:
        strange = [key for key in one if key not in members]
        if strange:
            raise EntryError(name, f"unknown member {strange[0]!r}; known: {', '.join(members)}")
    return list(value)


def _described(column: Field, said: Mapping[str, Any]) -> Field:
    texts = {key: said[key] for key in ("title_zh", "title_en", "unit") if key in said}
    for key, value in texts.items():
        if not isinstance(value, str) or len(value) > MOST_TEXT:
            raise EntryError("fields", f"{key} of {column.name!r} must be a text")
    if "classification" in said:
        check = _one_of(CLASSIFICATIONS)
        texts["classification"] = check("fields", said["classification"], About((), ()))
    return replace(column, **texts)


def _new_name(said: Mapping[str, Any], before: list[Field]) -> str:
    name = said.get("name")
    if not isinstance(name, str) or not _FIELD_NAME.fullmatch(name.strip()):
        raise EntryError("fields", f"name {_shown(name)}; legal: a text of 1 to 63 characters")
    name = name.strip()
    taken = {"fid", "geom", *SYSTEM_FIELDS, *(one.name.lower() for one in before)}
    if name.lower() in taken:
        raise EntryError("fields", f"name {name!r} is taken; every layer has its own, once")
    return name


def _shown(value: object) -> str:
    return repr(value)[:80]
