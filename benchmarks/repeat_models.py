"""City models of any size: copies of a real one, side by side, each with ids of its own.

`python -m benchmarks.repeat_models` makes the inputs of the benchmarks and says where they lie.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any, Final

import orjson

from benchmarks.inputs import MADE, given

BUILDINGS: Final = 50_000
_STEP: Final = 1_500_000
"""From one copy to the next, in units of the file: 1.5 km where these are millimetres."""

_GML_STEP_M: Final = 2_000.0
_ACROSS: Final = 20
_KIN: Final = frozenset({"children", "parents"})
_MEMBER: Final = re.compile(
    rb"<(?:core:)?cityObjectMember>.*?</(?:core:)?cityObjectMember>", re.DOTALL
)
_POSITIONS: Final = re.compile(rb"(<gml:pos(?:List)?[^>]*>)([^<]+)<")
_STEP_IDS: Final = re.compile(r"'(?:[^']|'')*'|#(\d+)")
"""Texts and numbers of entities in a STEP file."""

_NAMES: Final = re.compile(rb'((?:gml:id|xlink:href|uri|ring)="#?)([^"]+)')

type Json = dict[str, Any]

IFC_TIMES: Final = 7
"""Copies of a model of 4 MB, for one of 30 MB."""


def main() -> None:
    """Make all of them."""
    for make in (rotterdam, rotterdam_lines, vienna_lines, citygml):
        print(make(BUILDINGS))


def rotterdam(buildings: int) -> Path:
    """Textured LoD 2 buildings as one CityJSON document."""
    source = given("data/models/cityjson/rotterdam_3-20-DELFSHAVEN.city.json")
    return _made(f"rotterdam-{buildings}.city.json", lambda: _document(source, buildings))


def rotterdam_lines(buildings: int) -> Path:
    """The same as CityJSONSeq: vertices and appearance of its own on each line."""
    source = given("data/models/cityjson/rotterdam_3-20-DELFSHAVEN.city.json")
    return _made(f"rotterdam-{buildings}.city.jsonl", lambda: _split(source, buildings))


def vienna_lines(buildings: int) -> Path:
    """LoD 2 buildings and their parts as CityJSONSeq; states no CRS, it is EPSG:31256."""
    source = given("data/models/cityjson/vienna.city.jsonl")
    return _made(f"vienna-{buildings}.city.jsonl", lambda: _repeated(source, buildings))


def citygml(buildings: int) -> Path:
    """LoD 2 buildings as CityGML 3.0."""
    source = given("data/models/citygml/cg4j_lod2_buildings_v3.gml")
    return _made(f"lod2-{buildings}.gml", lambda: _members(source, buildings))


def ifc(times: int = IFC_TIMES) -> Path:
    """An office as IFC, several times in one file; the copies repeat its GlobalIds."""
    source = given("data/models/ifc/Office_A_20110811.ifc")
    return _made(f"office-{times}.ifc", lambda: _step(source, times))


def _made(name: str, pieces: Callable[[], Iterable[bytes]]) -> Path:
    """A file that is whole or not there."""
    target = MADE / name
    if not target.exists():
        MADE.mkdir(parents=True, exist_ok=True)
        partial = MADE / f"{name}.part"
        with partial.open("wb") as file:
            file.writelines(pieces())
        partial.replace(target)
    return target


def _shift(copy: int, step: float) -> tuple[float, float]:
    return copy % _ACROSS * step, copy // _ACROSS * step


def _vertices(vertices: list[list[int]], copy: int) -> list[list[int]]:
    right, up = map(int, _shift(copy, _STEP))
    return [[x + right, y + up, z] for x, y, z in vertices]


def _mapped(nested: Any, number: Callable[[int], int]) -> Any:  # noqa: ANN401 - lists in lists
    """Lists of numbers, however deep, with each number changed."""
    if isinstance(nested, list):
        return [_mapped(one, number) for one in nested]
    return nested if nested is None else number(nested)


def _document(source: Path, buildings: int) -> Iterator[bytes]:
    """One document; the copies share the texture vertices."""
    document = orjson.loads(source.read_bytes())
    objects: Json = {}
    vertices: list[list[int]] = []
    for copy in count():
        for key, body in islice(document["CityObjects"].items(), buildings - len(objects)):
            first = len(vertices)
            objects[f"{key}-{copy}"] = _with_boundaries(body, first.__add__)
        vertices += _vertices(document["vertices"], copy)
        if len(objects) == buildings:
            break
    yield orjson.dumps(document | {"CityObjects": objects, "vertices": vertices})


def _with_boundaries(body: Json, number: Callable[[int], int]) -> Json:
    geometries = body.get("geometry", [])
    changed = [one | {"boundaries": _mapped(one["boundaries"], number)} for one in geometries]
    return body | {"geometry": changed}


def _split(source: Path, buildings: int) -> Iterator[bytes]:
    document = orjson.loads(source.read_bytes())
    features = [_feature(key, body, document) for key, body in document["CityObjects"].items()]
    header = {key: value for key, value in document.items() if key != "appearance"}
    yield from _lines(header | {"CityObjects": {}, "vertices": []}, features, buildings)


def _feature(key: str, body: Json, document: Json) -> Json:
    """An object of a document with the vertices and the appearance it uses."""
    used: dict[int, int] = {}
    textures: dict[int, int] = {}
    places: dict[int, int] = {}
    moved = _with_boundaries(body, lambda number: used.setdefault(number, len(used)))
    for geometry in moved["geometry"]:
        for theme in geometry.get("texture", {}).values():
            theme["values"] = _textured(theme["values"], textures, places)
    appearance = document["appearance"]
    return {
        "type": "CityJSONFeature",
        "id": key,
        "CityObjects": {key: moved},
        "vertices": [document["vertices"][number] for number in used],
        "appearance": {
            "textures": [appearance["textures"][number] for number in textures],
            "vertices-texture": [appearance["vertices-texture"][number] for number in places],
        },
    }


def _textured(nested: Any, textures: dict[int, int], places: dict[int, int]) -> Any:  # noqa: ANN401 - lists in lists
    """Rings, `[texture, place, place, …]`, with numbers counted anew."""
    if isinstance(nested[0], list):
        return [_textured(one, textures, places) for one in nested]
    if nested[0] is None:
        return nested
    corners = [places.setdefault(number, len(places)) for number in nested[1:]]
    return [textures.setdefault(nested[0], len(textures)), *corners]


def _repeated(source: Path, buildings: int) -> Iterator[bytes]:
    header, *lines = map(orjson.loads, source.read_bytes().splitlines())
    yield from _lines(header, lines, buildings)


def _lines(header: Json, features: list[Json], buildings: int) -> Iterator[bytes]:
    yield orjson.dumps(header) + b"\n"
    endless = (_moved(feature, copy) for copy in count() for feature in features)
    for feature in islice(endless, buildings):
        yield orjson.dumps(feature) + b"\n"


def _moved(feature: Json, copy: int) -> Json:
    objects = {
        f"{key}-{copy}": body
        | {kin: [f"{name}-{copy}" for name in body[kin]] for kin in _KIN & body.keys()}
        for key, body in feature["CityObjects"].items()
    }
    vertices = _vertices(feature["vertices"], copy)
    return feature | {
        "id": f"{feature['id']}-{copy}",
        "CityObjects": objects,
        "vertices": vertices,
    }


def _step(source: Path, times: int) -> Iterator[bytes]:
    """A STEP file with its entities several times, each time with numbers of their own."""
    start, rest = source.read_text("latin-1").split("DATA;", 1)
    data, end = rest.split("ENDSEC;", 1)
    most = max(int(number) for number in re.findall(r"^#(\d+)\s*=", data, re.MULTILINE))
    yield f"{start}DATA;\n".encode("latin-1")
    for copy in range(times):
        away = copy * most

        def moved(found: re.Match[str], away: int = away) -> str:
            return f"#{int(found[1]) + away}" if found[1] else found[0]

        yield _STEP_IDS.sub(moved, data).encode("latin-1")
    yield f"ENDSEC;{end}".encode("latin-1")


def _members(source: Path, buildings: int) -> Iterator[bytes]:
    text = source.read_bytes()
    found = list(_MEMBER.finditer(text))
    yield text[: found[0].start()]
    for copy in range(-(-buildings // len(found))):
        for member in found[: buildings - copy * len(found)]:
            yield _moved_member(member[0], copy)
    yield text[found[-1].end() :]


def _moved_member(member: bytes, copy: int) -> bytes:
    shift = (*_shift(copy, _GML_STEP_M), 0.0)
    suffix = b"-%d" % copy

    def moved(match: re.Match[bytes]) -> bytes:
        numbers = [float(text) + shift[axis % 3] for axis, text in enumerate(match[2].split())]
        return match[1] + " ".join(f"{number:.3f}" for number in numbers).encode() + b"<"

    renamed = _NAMES.sub(lambda match: match[1] + match[2] + suffix, member)
    return _POSITIONS.sub(moved, renamed)


if __name__ == "__main__":
    main()
