"""Real registers of addresses with the fields their own source gives, for tests and benchmarks."""

import csv
import gzip
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from addressing.lexicon import Lexicon, Name
from addressing.parse import Address, Parser
from addressing.resources import load_divisions, load_grammar
from addressing.text import normal_name

TAINAN = "data/addresses/tainan_doorplates.csv.gz"
HONG_KONG = (
    "data/addresses/hk_als_20251004/kwun_tong.geojson.gz",
    "data/addresses/hk_als_20251004/wong_tai_sin.geojson.gz",
)

_TAINAN_DIVISIONS = re.compile("臺南市(新市區|左鎮區|[^區]+區)(.*)")
_REMARK = re.compile("[(﹙,].*|[.‘]$")
_NAMES = frozenset({"road", "natural_village", "estate", "zone", "building", "poi"})


@dataclass(frozen=True, slots=True)
class Record:
    """An address and its fields."""

    text: str
    fields: tuple[tuple[str, str], ...]
    """Type and text of each element, in the order of the text; `door` is number, floor, room."""


@dataclass(frozen=True, slots=True)
class Register:
    """Addresses of a city and the names in their fields."""

    records: tuple[Record, ...]
    names: tuple[Name, ...]
    """Names of divisions and of what the fields name."""

    profile: str
    context: tuple[str, ...] = ()

    def parser(self, *, knows_streets: bool = True) -> Parser:
        """A parser that knows the names, or those of divisions only."""
        known = (
            name
            for name in self.names
            if knows_streets or name.kind in {"province", "city", "county", "township"}
        )
        return Parser(load_grammar(self.profile), Lexicon.of(known), self.context)


def read_tainan(path: Path, step: int = 1) -> Register:
    """Every `step`-th door plate of Tainan, with the names of all."""
    names: set[Name] = {Name("臺南市", "city", "71/67")}
    records = []
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        for place, row in enumerate(csv.DictReader(lines)):
            fields = _tainan_fields(row)
            names.update(_tainan_names(row, fields))
            if place % step == 0:
                records.append(Record(row["FULL_ADDR"], fields))
    return Register(tuple(records), tuple(names), "taiwan")


def _tainan_fields(row: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The fields of a plate; district and village have codes only, so their text is the rest."""
    keys = ("NEIGHBORHOOD", "ROAD", "SECTION", "LANE", "ALLEY", "NUMBER")
    group, road, section, lane, alley, door = (row[key] for key in keys)
    tail = group + road + section + lane + alley + door
    found = _TAINAN_DIVISIONS.fullmatch(row["FULL_ADDR"].removesuffix(tail))
    if found is None:
        raise ValueError(f"{row['FULL_ADDR']}: no district")
    fields = {"city": "臺南市", "county": found[1], "community": found[2], "group": group}
    fields |= {"road": road, "section": section, "lane": lane, "alley": alley}
    fields["door"] = _REMARK.sub("", door)
    return tuple((kind, text) for kind, text in fields.items() if text)


def _tainan_names(row: Mapping[str, str], fields: Iterable[tuple[str, str]]) -> Iterator[Name]:
    """The names in the fields."""
    found = dict(fields)
    yield Name(found["county"], "county", f"71/67/{row['TOWN']}")
    if village := found.get("community"):
        yield Name(village, "community", f"71/67/{row['TOWN']}/{village}")
    if "?" not in found["road"]:
        yield Name(found["road"], "road")
    lane = found.get("lane", "0")
    if not re.search("[0-9]", lane):
        yield Name(lane, "lane")


def read_hong_kong(paths: Iterable[Path]) -> Register:
    """All points of the Address Lookup Service that are at hand, written from their fields."""
    names = set(load_divisions().names(["81"]))
    records = []
    for path in paths:
        with gzip.open(path, "rt", encoding="utf-8") as text:
            features = json.load(text)["features"]
        for feature in features:
            premises = feature["properties"]["Address"]["PremisesAddress"]
            fields = tuple(_hong_kong_fields(premises["ChiPremisesAddress"]))
            records.append(Record("".join(text for _, text in fields), fields))
            names |= {Name(text, kind) for kind, text in fields if _is_name(kind, text)}
    return Register(tuple(records), tuple(names), "hongkong", ("81",))


def _is_name(kind: str, text: str) -> bool:
    """Whether a field is a name, not a numbered word."""
    return kind in _NAMES and not re.fullmatch(
        "第?(?:[0-9&]+[A-Z]?|[A-Z]{1,2}|[A-Z][0-9]+)[座期]?", text
    )


def _hong_kong_fields(chinese: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields of a point, from large to small."""
    yield "city", chinese["Region"]
    yield "county", chinese["ChiDistrict"]
    for key, kind in (("Street", "road"), ("Village", "natural_village")):
        if place := chinese.get(f"Chi{key}"):
            yield kind, place[f"{key}Name"]
            numbers = [
                str(place[end]) for end in ("BuildingNoFrom", "BuildingNoTo") if end in place
            ]
            if numbers:
                yield "number", f"{'-'.join(numbers)}號"
    if estate := chinese.get("ChiEstate"):
        yield "estate", estate["EstateName"]
        phase = estate.get("ChiPhase", {})
        if name := phase.get("PhaseName"):
            yield "zone", name
        if number := phase.get("PhaseNo"):
            yield "zone", f"第{number}期"
    if block := chinese.get("ChiBlock"):
        yield "building", f"{block.get('BlockNo', '')}{block.get('BlockDescriptor', '')}"
    if name := chinese.get("BuildingName"):
        yield "poi", name


def read_sample_city(path: Path) -> Register:
    """The door plates of the sample city; estates and places are not among the names."""
    names: set[Name] = set()
    records = []
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            keys = {"city": "city", "district": "county", "subdistrict": "township"}
            fields = [(kind, row[key]) for key, kind in keys.items()]
            names.update(
                Name(text, kind, "990101000"[: 3 * n + 3])
                for n, (kind, text) in enumerate(fields[:2])
            )
            names.add(Name(row["subdistrict"], "township", f"990101/{row['subdistrict']}"))
            names.add(Name(row["street"], "road"))
            fields += [("road", row["street"]), ("rest", row["number"] + row["sub_address"])]
            records.append(Record(row["full_address"], tuple(fields)))
    return Register(tuple(records), tuple(names), "mainland")


def faults(parser: Parser, record: Record, address: Address) -> list[str]:
    """Where the elements of an address differ from the source's own fields.

    Texts are compared in normal characters. What names a place may be read as street, estate,
    building or point of interest when the source has one name as two of these.
    """
    normal = partial(normal_name, parser.grammar)
    want = [(_class(kind), normal(text)) for kind, text in record.fields]
    got = _joined(address, {kind for kind, _ in want})
    got = [(_class(kind), normal(text)) for kind, text in got]
    if sorted(want) == sorted(got):
        return []
    missing = [f"no {kind} {text}" for kind, text in want if (kind, text) not in got]
    return missing + [f"{kind} {text}" for kind, text in got if (kind, text) not in want] or [
        "one twice"
    ]


def _class(kind: str) -> str:
    return "name" if kind in _NAMES else kind


def _joined(address: Address, kinds: set[str]) -> list[tuple[str, str]]:
    """Types and texts, with several elements as the one field that holds them together."""
    groups = {"door": {"number", "floor", "room"}, "rest": _BEHIND}
    group = next((name for name in groups if name in kinds), "")
    inside = groups.get(group, set())
    apart = [
        (one.type, one.name if one.rule == "lexicon" else one.text)
        for one in address.elements
        if one.type not in inside
    ]
    together = "".join(one.text for one in address.elements if one.type in inside)
    return [*apart, (group, together)] if together else apart


_BEHIND = {"number", "compound", "estate", "zone", "building", "unit", "floor", "room", "poi"}
"""What a source without finer fields keeps in one."""
