"""What is found out about each row of a table: where its address is, or what is at its place."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa

from api.batch.base import Work
from api.batch.columns import address_columns, place_columns
from api.geocode_parameters import is_spaced
from cim.arrays import Float64
from cim.coordsys import convert
from geocode.model import Status
from geocode.result import Result

LONGEST: Final = 1_000
"""Characters of an address."""

_TEXT, _NUMBER = pa.string(), pa.float64()
_FORWARD: Final[Mapping[str, pa.DataType]] = {
    "lon": _NUMBER,
    "lat": _NUMBER,
    "address_code": _TEXT,
    "standard_address": _TEXT,
    "match_level": _TEXT,
    "match_status": _TEXT,
    "confidence": _NUMBER,
    "match_reason": _TEXT,
}
_BACKWARD: Final[Mapping[str, pa.DataType]] = {
    "address_code": _TEXT,
    "standard_address": _TEXT,
    "match_level": _TEXT,
    "match_status": _TEXT,
    "distance_m": _NUMBER,
    "building": _TEXT,
    "match_reason": _TEXT,
}
_NONE: Final = Status.NONE.value


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a table; it can be sent to another process."""

    workspace: Path
    direction: Literal["search", "reverse"] = "search"
    fields: tuple[str, ...] = ()
    """Columns that are read; found by their names when empty."""

    coordsys: str = "cgcs2000"
    """Of the points in the table and in the result."""

    radius_m: float = 200.0
    """How far away a door may be."""

    layers: tuple[str, ...] | None = None
    """Whose buildings are told; None: of all."""


type FirstOfEach = Callable[[Iterable[str | None]], list[Result | None]]
"""The best place for each text."""

type OfEach = Callable[[Float64, float], list[tuple[Result | None, float, str]]]
"""The nearest door of each place within some metres, its distance, and the building around it."""


@dataclass(slots=True)
class Search:
    """Place, code, text, level, status and confidence of the best answer for each row."""

    first_of_each: FirstOfEach
    asked: Asked
    _units: tuple[str, ...] = field(default=("",))

    @property
    def adds(self) -> Mapping[str, pa.DataType]:
        """See `Work.adds`."""
        return _FORWARD

    def places(self, names: Sequence[str], where: str) -> tuple[int, ...]:
        """See `Work.places`."""
        found = address_columns(names, self.asked.fields, where)
        self._units = tuple(unit for _, unit in found)
        return tuple(place for place, _ in found)

    def answers(self, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """See `Work.answers`."""
        texts = [self._text(row) for row in rows]
        found = self.first_of_each("" if len(one) > LONGEST else one for one in texts)
        places = self._converted(found)
        return [
            (*place, *_told(one)) if one else self.nothing(_why_none(text))
            for one, place, text in zip(found, places, texts, strict=True)
        ]

    def nothing(self, reason: str) -> tuple[Any, ...]:
        """See `Work.nothing`."""
        return (None, None, None, None, None, _NONE, 0.0, reason)

    def _text(self, row: tuple[Any, ...]) -> str:
        """The parts of an address as one text; a bare number gets its unit."""
        if len(row) == 1:
            return "" if row[0] is None else str(row[0])
        cells = ["" if cell is None else str(cell).strip() for cell in row]
        if is_spaced(cells):
            return " ".join(filter(None, cells))
        return "".join(
            cell + unit * cell.isdecimal() for cell, unit in zip(cells, self._units, strict=True)
        )

    def _converted(self, found: Sequence[Result | None]) -> list[list[float]]:
        """Points in the coordinate system asked for."""
        places = [[one.lon, one.lat] if one else [0.0, 0.0] for one in found]
        if self.asked.coordsys == "cgcs2000" or not places:
            return places
        moved: list[list[float]] = convert(
            np.array(places), "cgcs2000", self.asked.coordsys
        ).round(7).tolist()  # fmt: skip
        return moved


@dataclass(frozen=True, slots=True)
class Reverse:
    """The building and the nearest door of each row's place."""

    of_each: OfEach
    asked: Asked

    @property
    def adds(self) -> Mapping[str, pa.DataType]:
        """See `Work.adds`."""
        return _BACKWARD

    def places(self, names: Sequence[str], where: str) -> tuple[int, ...]:
        """See `Work.places`."""
        return place_columns(names, self.asked.fields, where)

    def answers(self, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """See `Work.answers`."""
        lon_lat = np.array([[_degrees(cell) for cell in row] for row in rows]).reshape(-1, 2)
        good = (np.abs(lon_lat) <= (180.0, 90.0)).all(axis=1)  # NaN is not
        found = iter(self._found(lon_lat[good]))
        return [next(found) if is_good else self.nothing(_BAD_PLACE) for is_good in good.tolist()]

    def nothing(self, reason: str) -> tuple[Any, ...]:
        """See `Work.nothing`."""
        return (None, None, None, _NONE, None, None, reason)

    def _found(self, lon_lat: Float64) -> list[tuple[Any, ...]]:
        if self.asked.coordsys != "cgcs2000" and len(lon_lat):
            lon_lat = convert(lon_lat, self.asked.coordsys, "cgcs2000")
        found = self.of_each(lon_lat, self.asked.radius_m)
        return [
            (
                one.address_code or None, one.label, one.level.value, one.status.value,
                round(away, 2), building or None, None,
            )
            if one
            else (None, None, None, _NONE, None, building or None, self._far)
            for one, away, building in found
        ]  # fmt: skip

    @property
    def _far(self) -> str:
        return f"no door within {self.asked.radius_m:g} m"


_BAD_PLACE: Final = "no place; legal: longitude -180 to 180 and latitude -90 to 90, degrees"


def _degrees(cell: object) -> float:
    try:
        return float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return np.nan


def _told(one: Result) -> tuple[Any, ...]:
    code = one.address_code or None
    return code, one.label, one.level.value, one.status.value, one.confidence, None


def _why_none(text: str) -> str:
    if not text.strip():
        return "the address is empty"
    if len(text) > LONGEST:
        return f"{len(text)} characters; legal: at most {LONGEST}"
    return "nothing is known of it"


def open_work(asked: Asked) -> Work:
    """The work that is asked for.

    Raises:
        ConfigError: There is no workspace, or its settings or store are wrong.
    """
    from api.geocoding import open_geocoder, open_reverse  # noqa: PLC0415 - slow to import

    if asked.direction == "search":
        return Search(open_geocoder(asked.workspace).first_of_each, asked)
    reverse, store = open_reverse(asked.workspace)
    return Reverse(
        lambda places, radius_m: reverse.of_each(places, radius_m, store.layers()), asked
    )
