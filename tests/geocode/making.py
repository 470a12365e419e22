"""Cities to search in."""

import csv
import gzip
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from addressing.cities import parser_for
from addressing.kinds import KINDS
from addressing.model import Place, StandardAddress
from addressing.parse import Element
from addressing.registry.schema import NUMBERED
from addressing.registry.store import Registry
from addressing.registry.values import Columns
from geocode.city import CityGeocoder
from tests.addressing.registry.making import address, new_city

TAINAN = "data/addresses/tainan_doorplates.csv.gz"


class Plate(NamedTuple):
    """A door plate of Tainan."""

    text: str
    district: str
    road: str
    behind: str
    """All from the road on."""

    lon: float
    lat: float


def plates(path: Path, step: int) -> list[Plate]:
    """Every so many of the plates whose characters are all legible."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return list(_plates(islice(csv.DictReader(lines), None, None, step)))


def _plates(rows: Iterator[dict[str, str]]) -> Iterator[Plate]:
    for row in rows:
        text, road = row["FULL_ADDR"], row["ROAD"]
        if road and "?" not in text and "(" not in text:
            district = text[3 : text.index("區") + 1]
            behind = text[text.rindex(road) :]
            yield Plate(text, district, road, behind, float(row["X"]), float(row["Y"]))


def city_of(folder: Path, several: list[Plate]) -> tuple[Registry, CityGeocoder]:
    """A city of plates, and its geocoder."""
    parser = parser_for("taiwan")
    columns: dict[str, list[str | None]] = {kind: [] for kind in KINDS}
    names: dict[str, list[str | None]] = {kind: [] for kind in KINDS}
    for plate in several:
        found = {one.type: one for one in reversed(parser.parse(plate.text).elements)}
        for kind, column in columns.items():
            column.append(found[kind].value if kind in found else None)
        for kind, column in names.items():
            column.append(_own_name(kind, found[kind]) if kind in found else None)
    registry = Registry(new_city(folder))
    registry.enrol(
        Columns(
            {kind: column for kind, column in columns.items() if any(column)},
            {kind: column for kind, column in names.items() if any(column)},
            codes=["71/台南市"] * len(several),
            source_ids=[str(number) for number in range(len(several))],
            lon_lat=np.array([(plate.lon, plate.lat) for plate in several]),
        ),
        source="門牌",
        who="李雷",
        why="建库",
    )
    return registry, CityGeocoder(registry, folder / "index")


def _own_name(kind: str, element: Element) -> str | None:
    is_plain = kind in NUMBERED and element.value[-1:].isascii()
    return None if is_plain else element.text


def put(registry: Registry, text: str, lon: float = 120.13, lat: float = 30.27) -> StandardAddress:
    """An address of 西湖区 at a place."""
    new = address(text, place=Place(lon, lat))
    return registry.create(new, who="李雷", why="新建")
