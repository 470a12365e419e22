"""Coordinate reference systems by name: authority codes, OGC URIs and URNs, names, WKT."""

import re
from functools import lru_cache

from pyproj import CRS
from pyproj.exceptions import CRSError

from cim.errors import InputError, SourceDataError
from cim.warned import silenced

CGCS2000_FAMILY = (4479, 4480, 4490, *range(4491, 4555))
"""EPSG codes on the datum of China 2000: geocentric, 3D, 2D, and the Gauss-Kruger zones.

6-degree zones: 4491-4501 with the zone's number in the easting, 4502-4512 without; 3-degree zones:
4513-4533 with, 4534-4554 without.
"""

LEGAL = (
    "legal: an authority code (EPSG:4490), two codes (EPSG:28992+5709), an OGC URI or URN, "
    "a full CRS name, WKT or a PROJ string"
)

LOCAL = "local"
"""Instead of a CRS: metres in a frame of the source's own, x right, y ahead, z up, without a place
on the Earth until `cim.placing` gives it one."""

_DATUM = "China 2000"
_PATTERNS = (
    (re.compile(r"(?:epsg:)?\s*(\d+)(?:\.0)?", re.IGNORECASE), r"EPSG:\1"),
    (re.compile(r"\+?init=([a-z]+:\d+)", re.IGNORECASE), r"\1"),
    (re.compile(r"https?://www\.opengis\.net/gml/srs/epsg\.xml#(\d+)"), r"EPSG:\1"),
    (re.compile(r"(crs84)", re.IGNORECASE), r"OGC:\1"),
)
_LOCAL_WKT = ("engcrs[", "engineeringcrs[", "local_cs[")
_COMPOUND = re.compile(r"https?://www\.opengis\.net/def/crs-compound\?1=(.+)&2=(.+)")
_URI_TAIL = re.compile(r".*/def/crs/(\w+)/[\w.]+/(\w+)")
_NAME_SHOWN = 120


def parse_crs(text: str, where: str | None = None) -> CRS:
    """The CRS a text names, in the authority's own form where the authority knows it.

    Args:
        text: Authority code, OGC URI or URN (compound ones too), full name, WKT, PROJJSON or
            PROJ string.
        where: File or option that holds the text; None when the caller gave it.

    Raises:
        InputError: `where` is None and the text names no geographic or projected CRS.
        SourceDataError: The same, found in the source `where`.
    """
    try:
        crs = _parse(text.strip())
        _check_kind(crs)
    except (CRSError, ValueError) as error:
        reason = f"unknown CRS {_shown(text)}: {_first_line(error)}; {LEGAL}"
        if where is None:
            raise InputError(reason) from error
        raise SourceDataError(reason, where=where) from error
    return crs


def named_crs(text: str, where: str | None = None) -> str:
    """Code of the CRS a text names; `LOCAL` for `local` and for a local engineering CRS.

    Args:
        text: As `parse_crs` takes it.
        where: As there.

    Raises:
        InputError: As `parse_crs`.
        SourceDataError: As `parse_crs`.
    """
    plain = text.strip().lower()
    if plain == LOCAL or plain.startswith(_LOCAL_WKT):
        return LOCAL
    return crs_code(parse_crs(text, where))


def crs_code(crs: CRS) -> str:
    """Authority code of a CRS, such as `EPSG:4490`; its WKT 2 when no authority has it."""
    found = None if crs.is_bound else crs.to_authority()
    return ":".join(found) if found else str(crs.to_wkt())


def is_cgcs2000(crs: CRS) -> bool:
    """Whether positions in a CRS refer to CGCS2000, whatever its projection."""
    return not crs.is_bound and datum_name(crs) == _DATUM


def datum_name(crs: CRS) -> str:
    """Name of the datum that positions refer to, empty when the CRS names none."""
    base = crs.geodetic_crs
    return "" if base is None or base.datum is None else str(base.datum.name)


@lru_cache(maxsize=256)
def _parse(text: str) -> CRS:
    plain = _plain(text)
    with silenced(FutureWarning):
        crs = CRS.from_user_input(plain)
    _check_name(plain, crs)
    found = None if crs.is_bound else crs.to_authority()
    return CRS.from_authority(*found) if found else crs


def _plain(text: str) -> str:
    """The text in a form PROJ reads: older and shorter spellings become authority codes."""
    compound = _COMPOUND.fullmatch(text)
    if compound:
        parts = [_URI_TAIL.sub(r"\1:\2", part) for part in compound.groups()]
        return "+".join(parts)
    for pattern, form in _PATTERNS:
        if pattern.fullmatch(text):
            return pattern.sub(form, text).upper()
    return text


def _check_name(text: str, crs: CRS) -> None:
    """Refuse a CRS that PROJ guessed from a part of its name (`Beijing` gives New Beijing).

    Raises:
        ValueError: The text is only a part of the name.
    """
    asked, found = _letters(text), _letters(crs.name)
    if asked != found and asked in found:
        raise ValueError(f"did you mean {crs.name!r}?")


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text).lower()


def _check_kind(crs: CRS) -> None:
    """Raises ValueError for a CRS without horizontal positions on the Earth."""
    horizontal = crs.sub_crs_list[0] if crs.is_compound else crs
    if not (horizontal.is_geographic or horizontal.is_projected):
        raise ValueError(
            f"{crs.name!r} is a {crs.type_name}, wanted a geographic or projected one"
        )


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= _NAME_SHOWN else line[:_NAME_SHOWN] + "…")


def _first_line(error: Exception) -> str:
    """What PROJ says, without the repeated input and its own wrapping."""
    text = str(error).partition("Internal Proj Error: ")[2].rstrip(")") or str(error)
    text = text.removeprefix("proj_create: ")
    return " ".join(text.split())[:_NAME_SHOWN]
