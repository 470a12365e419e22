"""Geocoding every address of a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from api.tables.base import Column, Wanted
from api.tables.run import Answer
from cim.errors import InputError
from geocode.city import CityGeocoder
from geocode.model import Status
from geocode.result import Result

_TEXT, _NUMBER = pa.string(), pa.float64()
_TYPES: Final[Mapping[str, pa.DataType]] = {
    "lon": _NUMBER,
    "lat": _NUMBER,
    "address_code": _TEXT,
    "standard_address": _TEXT,
    "match_level": _TEXT,
    "match_status": _TEXT,
    "confidence": _NUMBER,
}
_NOTHING: Final = (None, None, None, None, None, Status.NONE.value, 0.0)


@dataclass(frozen=True, slots=True)
class Geocode:
    """Place, code, text, level, status and confidence of the best answer for each row."""

    geocoder: CityGeocoder
    field: str = "address"

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """The address."""
        return (Wanted("address", self.field, number=False, filled=False),)

    def adds(self, roles: frozenset[str]) -> Mapping[str, pa.DataType]:
        """The columns of an answer."""
        del roles
        return _TYPES

    def apply(self, values: Mapping[str, Column]) -> Answer:
        """The columns of some rows."""
        found = self.geocoder.first_of_each(values["address"].to_pylist())
        rows = [_row(one) for one in found]
        return Answer(
            {
                name: pa.array([row[at] for row in rows], kind)
                for at, (name, kind) in enumerate(_TYPES.items())
            }
        )

    def blame(self, values: Mapping[str, Column], error: InputError) -> str:
        """The address."""
        del values, error
        return "address"


def _row(one: Result | None) -> tuple[object, ...]:
    """The columns of one answer."""
    if one is None:
        return _NOTHING
    code = one.address_code or None
    level, status = one.level.value, one.status.value
    return one.lon, one.lat, code, one.label, level, status, one.confidence
