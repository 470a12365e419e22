"""Material libraries of OBJ files (MTL): diffuse colour, opacity, diffuse texture."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cim.appearance import Material, Texture
from cim.readers._mesh_files import beside, encoding_of

_OPTION_VALUES = {
    "-blendu": 1, "-blendv": 1, "-bm": 1, "-boost": 1, "-cc": 1, "-clamp": 1, "-imfchan": 1,
    "-mm": 2, "-o": 3, "-s": 3, "-t": 3, "-texres": 1, "-type": 1,
}  # fmt: skip
"""Options of a texture line and how many values follow at most."""

_BLACK = (0.0, 0.0, 0.0)
_LIKE_SMOKE = "d"


@dataclass(frozen=True, slots=True)
class Library:
    """Materials of all libraries of a file."""

    palette: tuple[Material, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_library(source: Path, names: list[str]) -> Library:
    """The materials of the libraries that an OBJ file names; a missing one is a note."""
    made: dict[str, Material] = {}
    notes: list[str] = []
    for name in dict.fromkeys(names):
        path, fault = beside(source, name)
        if path is None:
            notes.append(f"material library {fault}: what it describes stays without colour")
            continue
        for material, told in _materials(path, source):
            made.setdefault(material.name, material)
            notes += told
    rows = {name: row for row, name in enumerate(made)}
    return Library(tuple(made.values()), rows, tuple(dict.fromkeys(notes)))


def _materials(path: Path, source: Path) -> Iterator[tuple[Material, list[str]]]:
    """Each material of a library and what must be told of it."""
    material: Material | None = None
    notes: list[str] = []
    for line in path.read_text(encoding_of(path), errors="replace").splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0].lower() == "newmtl":
            if material is not None:
                yield _settled(material), notes
            material, notes = Material(name=" ".join(words[1:]), double_sided=True), []
        elif material is not None:
            material, told = _with_line(material, words, source)
            notes += told
    if material is not None:
        yield _settled(material), notes


def _with_line(material: Material, words: list[str], source: Path) -> tuple[Material, list[str]]:
    """The material with one line of its description."""
    kind, values = words[0].lower(), words[1:]
    red, green, blue, opacity = material.colour
    try:
        if kind == "kd" and values[:1] not in (["spectral"], ["xyz"]):
            numbers = [_share(value) for value in values] * (3 if len(values) == 1 else 1)
            red, green, blue = numbers[:3]
        elif kind == _LIKE_SMOKE and values:
            opacity = _share(values[-1])
        elif kind == "tr" and values:
            opacity = 1.0 - _share(values[-1])
        elif kind == "map_kd":
            return _with_texture(material, values, source)
    except ValueError:
        return material, [f"material {material.name!r}: {' '.join(words)!r} is not understood"]
    return replace(material, colour=(red, green, blue, opacity)), []


def _with_texture(
    material: Material, values: list[str], source: Path
) -> tuple[Material, list[str]]:
    """The material with its texture, when the picture lies beside the source."""
    clamped, name = _picture_name(values)
    path, fault = beside(source, name)
    if path is None:
        return material, [f"texture {fault}: its surfaces show the colour alone"]
    texture = Texture(name, path, "clamp" if clamped else "repeat")
    return replace(material, texture=texture), []


def _picture_name(values: list[str]) -> tuple[bool, str]:
    """Whether a texture line asks not to repeat the picture, and the picture's name."""
    clamped, place = False, 0
    while place < len(values) - 1 and values[place].lower() in _OPTION_VALUES:
        option = values[place].lower()
        clamped |= option == "-clamp" and values[place + 1].lower() == "on"
        end = place + 1 + _OPTION_VALUES[option]
        place += 1
        while place < min(end, len(values) - 1) and _is_value(option, values[place]):
            place += 1
    return clamped, " ".join(values[place:])


def _is_value(option: str, text: str) -> bool:
    if option in ("-o", "-s", "-t", "-mm"):
        return text.lstrip("+-").replace(".", "", 1).isdigit()
    return True


def _settled(material: Material) -> Material:
    """The material; black under a picture is what exporters write for no colour."""
    if material.texture is not None and material.colour[:3] == _BLACK:
        return replace(material, colour=(1.0, 1.0, 1.0, material.colour[3]))
    return material


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise ValueError(text)
    return min(value, 1.0)
