"""Inputs of the benchmarks: real data beside the checkout, and footprints made from a seed."""

import subprocess
import sys
import tempfile
from pathlib import Path

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"
MADE = Path(tempfile.gettempdir()) / "cim-bench-inputs"


def door_plates() -> Path:
    """696,416 door plates of Tainan."""
    return _given("data/addresses/tainan_doorplates.csv.gz")


def buildings_200k() -> Path:
    """200,000 footprints of a Shanghai-like extent, made once a machine."""
    target = MADE / "bld.gpkg"
    if not target.exists():
        MADE.mkdir(parents=True, exist_ok=True)
        script = _given("tools/make_200k_buildings.py")
        subprocess.run([sys.executable, str(script)], cwd=MADE, check=True)
    return target


def _given(relative: str) -> Path:
    path = SHARED / relative
    if not path.exists():
        raise SystemExit(f"benchmark material missing: ../shared/{relative}")
    return path
