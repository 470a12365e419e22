"""All benchmarks, one after the other; the tables go to docs/reference/performance.md.

`python benchmarks/run.py` runs all, `python benchmarks/run.py load tiles` only those named; the
sections of the others stay as they are.
"""

import os
import platform
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "performance.md"
TITLES = {
    "load": "Loading",
    "items": "OGC API items",
    "edits": "OGC API edits",
    "files": "Features as files",
    "layers": "A city of 1,162 layers",
    "tiles": "Footprints to 3D Tiles",
    "models": "City models to 3D Tiles",
    "points": "Point clouds to 3D Tiles",
    "grids": "Grid codes",
    "ifc": "BIM",
    "bim": "Checks of building models",
    "addresses": "Addresses",
    "plates": "Door plates and checks",
    "registry": "Address registry",
    "geocode": "Geocoder",
    "geocode_faces": "Geocoder: places, names, HTTP, tables",
    "geocode_peer": "Geocoder beside addok",
    "geocode_french": "Geocoder: French addresses",
    "geocode_size": "Geocoder of ten million addresses",
    "serving": "Tiles over HTTP",
    "viewer": "Map page",
}
HEAD = """# Performance

Written by `make bench`; do not edit. Medians; every peer or limit was measured in the same run as
the program, so compare within a table: these machines are shared and noisy.
"""


def main(names: list[str]) -> None:
    """Run the named benchmarks and write their sections."""
    sections = _sections()
    for name in names or [name for name in TITLES if _script(name).exists()]:
        print(f"== {name}", file=sys.stderr, flush=True)
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.bench_{name}"],
            cwd=ROOT,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        print(done.stdout)
        sections[name] = f"{_circumstances()}\n\n{done.stdout.strip()}"
    parts = [
        f"## {title}\n\n{sections[name]}" for name, title in TITLES.items() if name in sections
    ]
    PAGE.write_text("\n\n".join((HEAD.strip(), *parts)) + "\n", encoding="utf-8")


def _script(name: str) -> Path:
    return ROOT / "benchmarks" / f"bench_{name}.py"


def _sections() -> dict[str, str]:
    """The sections that the page has, by name."""
    text = PAGE.read_text("utf-8") if PAGE.exists() else ""
    names = {title: name for name, title in TITLES.items()}
    found = re.split(r"^## (.+)\n", text, flags=re.MULTILINE)[1:]
    pairs = zip(found[::2], found[1::2], strict=True)
    return {names[title]: body.strip() for title, body in pairs if title in names}


def _circumstances() -> str:
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    cores, python = os.cpu_count(), platform.python_version()
    return f"{when} UTC, {cores} cores, Python {python}; load of the machine at the end: {load}."


if __name__ == "__main__":
    main(sys.argv[1:])
