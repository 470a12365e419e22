"""Cities to measure the geocoder in: real door plates, some streets of which it does not know."""

import csv
import gzip
import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import shapely

from addressing.kinds import DIVISIONS
from addressing.lexicon import Name
from addressing.parse import Address, Parser
from addressing.registry.doors import Door
from assets.samples.city import build_city
from assets.samples.frame import to_lon_lat
from benchmarks.geocode_queries import SEED, Plate
from benchmarks.inputs import door_plates, given
from benchmarks.registers import HONG_KONG
from geocode.gazetteer import IndexGazetteer
from geocode.geocoder import Geocoder
from geocode.index.build import build
from geocode.index.read import Index
from geocode.reading import city_parser

HIDDEN = 10
"""One street of a district in so many is left out."""

ABSENT = 200
"""One door number in so many is left out."""

_PLACED = ("county", "road", "section", "lane", "alley", "number")
_UPPER = ("province", "city", "county")
_NAMED = ("road", "estate", "natural_village", "community")


@dataclass(frozen=True, slots=True)
class Truth:
    """An address as it is in the register."""

    plate: Plate
    values: Mapping[str, str]
    lon: float
    lat: float

    @property
    def street(self) -> tuple[str, str]:
        """District and name of what it hangs on."""
        name = next(self.values[kind] for kind in _NAMED if kind in self.values)
        return self.values.get("county", ""), name

    @property
    def is_learned(self) -> bool:
        """Whether queries about its street are what confidence is fitted on; else it is judged."""
        return crc32("".join(self.street).encode()) % 2 == 0

    @property
    def door(self) -> tuple[str, ...]:
        """District, street and number; empty for what has no plain number on a street."""
        if not self.values.get("number", "").isdecimal() or "road" not in self.values:
            return ()
        return tuple(f"{kind}={self.values.get(kind, '')}" for kind in _PLACED)


@dataclass(frozen=True, slots=True)
class Lab:
    """A city without some of its streets, and its geocoder."""

    geocoder: Geocoder
    known: Sequence[Truth]
    hidden: Sequence[Truth]
    """Addresses of streets that the geocoder does not know."""

    absent: Sequence[Truth]
    """Door numbers of known streets that it does not know."""

    names: tuple[str, ...]
    """Names of all streets as they are written."""


def tainan_texts(path: Path) -> Iterator[tuple[str, float, float]]:
    """Legible door plates with their places."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            text = row["FULL_ADDR"]
            if "?" not in text and "(" not in text:
                yield text, float(row["X"]), float(row["Y"])


def sample_texts() -> Iterator[tuple[str, float, float]]:
    """The addresses of the sample city with their places."""
    plates = build_city().plates
    places = shapely.get_coordinates(to_lon_lat([one.point for one in plates])).tolist()
    for plate, (lon, lat) in zip(plates, places, strict=True):
        yield plate.text, lon, lat


def hong_kong_texts(paths: Iterable[Path]) -> Iterator[tuple[str, float, float]]:
    """The numbered streets and villages of Hong Kong's register with their places."""
    for path in paths:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            features = json.load(lines)["features"]
        for feature in features:
            lon, lat = feature["geometry"]["coordinates"]
            fields = feature["properties"]["Address"]["PremisesAddress"]["ChiPremisesAddress"]
            street, village = fields.get("ChiStreet", {}), fields.get("ChiVillage", {})
            name = street.get("StreetName") or village.get("VillageName")
            number = street.get("BuildingNoFrom") or village.get("BuildingNoFrom")
            if name and number:
                yield f"{fields['ChiDistrict']}{name}{number}號", lon, lat


def made_labs(folder: Path) -> Iterator[tuple[str, Lab]]:
    """The cities that confidence is fitted and judged in, one after the other.

    Args:
        folder: Where their indexes are put.
    """
    hong_kong = [given(one) for one in HONG_KONG]
    cities: Mapping[str, tuple[Iterable[tuple[str, float, float]], str, tuple[str, ...]]] = {
        "Tainan": (tainan_texts(door_plates()), "taiwan", ("71/台南市",)),
        "Hong Kong, two districts": (hong_kong_texts(hong_kong), "hongkong", ("81",)),
        "sample city": (sample_texts(), "mainland", ()),
    }
    for name, (texts, profile, codes) in cities.items():
        place = folder / profile
        place.mkdir()
        yield name, make_lab(place, texts, profile, codes)


def make_lab(
    folder: Path,
    texts: Iterable[tuple[str, float, float]],
    profile: str,
    city: tuple[str, ...] = (),
) -> Lab:
    """A city of addresses, one street in ten hidden.

    Args:
        folder: Where the index is put.
        texts: Standard texts with longitude and latitude.
        profile: Name of the city profile.
        city: Code under which the city's divisions are.
    """
    reader = city_parser(profile, city, ())
    truths = [one for text in texts if (one := _truth(reader, *text))]
    streets = sorted({one.street for one in truths})
    chance = random.Random(SEED)  # noqa: S311 - queries, no secrets
    gone = set(chance.sample(streets, len(streets) // HIDDEN))
    several = [one for one in truths if one.street not in gone]
    numbered = sorted({one.door for one in several if one.door})
    lost = set(chance.sample(numbered, len(numbered) // ABSENT))
    known = [one for one in several if one.door not in lost]
    doors = (Door(n, n, one.values, one.lon, one.lat) for n, one in enumerate(known, 1))
    build(folder / "lab.sqlite", doors, {"head": "0", "grammar": "0"})
    gazetteer = IndexGazetteer(Index(folder / "lab.sqlite"))
    parser = city_parser(profile, city, _names(gazetteer))
    hidden = [one for one in truths if one.street in gone]
    absent = list({one.door: one for one in several if one.door in lost}.values())
    names = tuple(sorted({one.plate.road for one in truths}))
    return Lab(Geocoder(parser, gazetteer), known, hidden, absent, names)


def _names(gazetteer: IndexGazetteer) -> list[Name]:
    divisions = zip(gazetteer.divisions.texts, gazetteer.divisions.kinds, strict=True)
    upper = [Name(text, kind) for text, kinds in divisions for kind in kinds]
    return [*upper, *gazetteer.lexicon_names()]


def _truth(reader: Parser, text: str, lon: float, lat: float) -> Truth | None:
    """An address that is read without a rest and has a name that a slip can change."""
    address = reader.parse(text)
    plate = plate_of(address)
    if address.rest or plate is None:
        return None
    values: dict[str, str] = {}
    for element in address.elements:
        values.setdefault(element.type, element.value)
    return Truth(plate, values, lon, lat)


def plate_of(address: Address) -> Plate | None:
    """The parts of a standard text."""
    named = next((one for kind in _NAMED for one in address.elements if one.type == kind), None)
    if named is None:
        return None
    upper = [one for one in address.elements if one.type in _UPPER]
    city = "".join(one.text for one in upper if one.type != "county")
    county = "".join(one.text for one in upper if one.type == "county")
    behind = "".join(
        one.text
        for one in address.elements
        if one.start >= named.start and one.type not in DIVISIONS
    )
    if named.type == "community":
        behind = named.text + behind
    return Plate(address.original, city, county, named.text, behind)
