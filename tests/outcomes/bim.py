"""The table of what becomes of each building model: the page of the documentation."""

import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.cim.models.making import small
from tests.commands import cim, run_cim
from tests.outcomes.table import ROOT, Outcome

PAGE = ROOT / "docs" / "reference" / "bim-outcomes.md"
SYNTHETIC = "data/models/ifc_synthetic"
ROAD = "data/models/ifc/KIT-Simple-Road-IFC4x3_RC2.ifc"
ANCHOR = ("--anchor", "121.5,31.2,5")
LONGEST = 420
HEAD = """# What becomes of each building model

BIM 模型入库结果一览。

Written by `scripts/bim-outcomes` from real runs of `cim load`; a test compares. The synthetic
models are those of the test material (its INDEX.md tells what each is about); the others are made
by the tests from one of them.
"""


def _text(*changes: tuple[str, str], more: str | None = None) -> Callable[[Path], None]:
    """Writes the small model with changes."""

    def write(path: Path) -> None:
        text = small(*changes) if more is None else small(*changes, more=more)
        path.write_text(text, "ascii")

    return write


def _packed(*members: tuple[str, bytes]) -> Callable[[Path], None]:
    """Writes an archive."""

    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in members:
                archive.writestr(name, data)

    return write


def _raw(data: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(data)

    return write


MADE: Mapping[str, tuple[str, Callable[[Path], None]]] = {
    "a property value of 1 MB": ("megabyte.ifc", _text(("EI60 ", "x" * 1_000_000))),
    "Chinese text in names, types, materials": ("chinese.ifc", _text()),
    "a wall whose profile has no size": ("flat.ifc", _text((",$,#60,5.,0.3)", ",$,#60,0.,0.)"))),
    "a length unit of 1e18 m": ("exa.ifc", _text(("UNIT.,$,.METRE.", "UNIT.,.EXA.,.METRE."))),
    "map coordinates of the other hemisphere": ("far.ifc", _text((",5804000.", ",-5804000."))),
    "a draft schema": ("draft.ifc", _text(("IFC4X3_ADD2", "IFC4X3_RC4"))),
    "no IFC file": ("picture.ifc", _raw(b"\x89PNG\r\n")),
    "an archive of 64 MB of zeros": ("bomb.ifczip", _packed(("a.ifc", bytes(64 << 20)))),
    "an archive of two models": ("two.ifczip", _packed(("a.ifc", b"a"), ("b.ifc", b"b"))),
    "an archive that is cut off": ("cut.ifczip", _raw(b"PK\x03\x04cut off")),
}  # fmt: skip
"""Name and writer of each made file."""


def made_page(shared: Path) -> str:
    """The page as it is now, from real runs."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        rows = [one.row() for one in _outcomes(shared, root)]
    return "\n".join((HEAD, "| file | options | outcome |", "|---|---|---|", *rows, ""))


def _outcomes(shared: Path, root: Path) -> Iterator[Outcome]:
    city = root / "city"
    cim("init", city)
    for path in [*sorted((shared / SYNTHETIC).glob("*.ifc")), shared / ROAD]:
        outcome = _load(path.name, path, (), city)
        yield outcome
        if "--anchor" in outcome.result:
            yield _load(path.name, path, ANCHOR, city)
    for what, (name, write) in MADE.items():
        path = root / name
        write(path)
        yield _load(what, path, (), city)


def _load(what: str, path: Path, options: tuple[str, ...], city: Path) -> Outcome:
    """Load a model and tell how it went."""
    done = run_cim("load", path, "-w", city, *options)
    if done.code:
        line = done.err.rstrip().splitlines()[-1].removeprefix("cim: ")
        return Outcome(what, options, f"refused: {_short(line.replace(str(path), path.name))}")
    return Outcome(what, options, _short("; ".join(_told(done.row))))


def _told(report: Mapping[str, Any]) -> Iterator[str]:
    """What the report says, without what depends on the machine."""
    counts = (
        f"{one['inserted']} {name.removeprefix('bim_')}" for name, one in report["layers"].items()
    )
    yield ", ".join(counts)
    if report["rejected"]:
        yield f"{report['rejected']} without their shape"
    place = report["georeference"]
    lon, lat, _ = place["anchor"]
    sure = f", {place['confidence']}" if place["confidence"] else ""
    yield f"at {lon:.5f}, {lat:.5f} by {place['basis'] or 'the anchor'}{sure}"
    notes = (one for one in report["notes"] if not one.startswith(("placed by", "its project")))
    yield from notes


def _short(text: str) -> str:
    """A text of bearable length."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
