"""Building models with one peculiarity each, made from a small sound one by changing its text."""

import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.cim.models.making import WALLS, small

type Maker = Callable[[Path], tuple[Path, ...]]
"""Writes files into a folder and tells where."""

METRE = "IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.)"
BOMB_BYTES = 60_000_000


def changed(name: str, *changes: tuple[str, str]) -> Maker:
    """A maker of the model with pieces of its text changed."""

    def make(folder: Path) -> tuple[Path, ...]:
        path, text = folder / f"{name}.ifc", small()
        for before, after in changes:
            text = text.replace(before, after)
        path.write_text(text, "ascii")
        return (path,)

    return make


def packed(name: str, **members: bytes) -> Maker:
    """A maker of an archive."""

    def make(folder: Path) -> tuple[Path, ...]:
        path = folder / f"{name}.ifczip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, data in members.items():
                archive.writestr(f"{member}.ifc", data)
        return (path,)

    return make


def twins(folder: Path) -> tuple[Path, ...]:
    """Two files of one building: a wall of the second has another GlobalId."""
    first, second = folder / "architecture.ifc", folder / "structure.ifc"
    first.write_text(small(), "ascii")
    second.write_text(small((WALLS[0], "0000000000000000000nEW")), "ascii")
    return first, second


BAD_MODELS: dict[str, Maker] = {
    "IFC: Chinese text in \\X2\\ escapes": changed("escapes"),
    "IFC: a property value of 1 MB": changed("long", ("'W30 ", f"'{'x' * 1_000_000} ")),
    "IFC: exametres as unit of length": changed("unit", (METRE, METRE.replace("$", ".EXA."))),
    "IFC: two files of one building": twins,
    "IFC: archive that unpacks to 250 times its size": packed("bomb", a=b" " * BOMB_BYTES),
    "IFC: archive of two models": packed("two", a=b"", b=b""),
    "IFC: archive of nothing": packed("nothing"),
    "IFC: draft schema": changed("draft", ("IFC4X3_ADD2", "IFC4X3_RC2")),
}
