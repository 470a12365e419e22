"""Drawing door plates, and checking a city of 700,000 doors: milliseconds and seconds of one core.

Prints Markdown tables. The city is made up: 20,000 streets of 35 doors with a building each.
"""

import io
import time
from collections.abc import Callable
from datetime import date

import numpy as np
import shapely

from addressing.boundaries import Boundaries
from addressing.checking import load_checks, run_checks
from addressing.checks.base import AddressTable, Buildings, ElementTable, Evidence
from addressing.plate.drawing import Drawing
from addressing.plate.layout import draw_plate
from addressing.plate.pdf import write_pdf, write_sheets
from addressing.plate.png import write_png
from addressing.plate.sheets import arrange
from addressing.plate.sizes import plate_size
from addressing.plate.svg import write_svg
from addressing.plate.typeface import plate_typeface
from addressing.plate.wording import PlateText

STREETS, DOORS = 20_000, 35
PLATES = 200
STEP = 1e-4
"""Degrees between neighbours."""


def spent(work: Callable[[], object]) -> float:
    """Seconds of processor time."""
    start = time.process_time()
    work()
    return time.process_time() - start


def plates() -> None:
    """Print what one plate costs, by form."""
    face, size = plate_typeface(), plate_size("small")
    texts = [
        PlateText("西門路二段308巷", "XIMEN LU 2 DUAN 308 XIANG", str(number), "號", "0" * 16,
                  f"https://dz.example.gov.cn/a/{number:016d}")
        for number in range(PLATES)
    ]  # fmt: skip
    drawings: list[Drawing] = []
    forms: dict[str, Callable[[], object]] = {
        "layout and QR code": lambda: drawings.extend(
            draw_plate(one, size, face) for one in texts
        ),
        "SVG": lambda: [write_svg(one, face) for one in drawings],
        "PNG, 200 dots an inch": lambda: [write_png(one, face, 200) for one in drawings],
        "PDF, on sheets": lambda: write_sheets(drawings, arrange(size, "A3"), face, io.BytesIO()),
    }
    write_pdf(draw_plate(texts[0], size, face), face)
    print("| plate, small | ms each |\n|---|--:|")
    for name, work in forms.items():
        print(f"| {name} | {spent(work) / PLATES * 1000:.1f} |")


def city() -> Evidence:
    """Evidence about the city."""
    count = STREETS * DOORS
    street, place = np.divmod(np.arange(count), DOORS)
    side = np.where(place % 2 == 0, 0.6, -0.6) * STEP
    west, south = (street % 200) * DOORS * STEP, (street // 200) * 4 * STEP
    lon_lat = np.column_stack((120 + west + place * STEP, 23 + south + side))
    no = np.zeros(count, bool)
    addresses = AddressTable(
        codes=tuple(f"{row:016d}" for row in range(count)),
        texts=tuple(f"street {row}" for row in range(count)),
        lon_lat=lon_lat,
        drafts=no,
        named={kind: np.ones(count, np.int64) for kind in ("division", "road")},
        present=dict.fromkeys(("alley", "unit", "floor", "room", "lane", "building"), no)
        | dict.fromkeys(("number", "compound", "group"), no),
        streets=street,
        numbers=place + 1,
        alone=~no,
        linked=no,
        retired_links=no,
        touched=np.full(count, np.datetime64("2026-01-01")),
        keys=np.arange(count),
        turns=np.zeros(count, np.int64),
    )
    elements = ElementTable(
        np.array([1]), ("1",), ("county",), ("x",), np.array([0]), np.array([True])
    )
    squares = shapely.box(*(lon_lat - 2e-5).T, *(lon_lat + 2e-5).T)
    buildings = Buildings(tuple(f"B{row}" for row in range(count)), squares, no)
    areas = Boundaries.of([("1", shapely.box(119, 22, 122, 25))])
    return Evidence(addresses, elements, date(2026, 11, 22), "left", areas, buildings)


def checks() -> None:
    """Print what each check costs."""
    seen = city()
    print(f"\n| check of {STREETS * DOORS:,} doors and buildings | s |\n|---|--:|")
    for check in load_checks():
        print(f"| `{check.name}` | {spent(lambda: list(run_checks([check], seen))):.2f} |")  # noqa: B023 - run at once


if __name__ == "__main__":
    plates()
    checks()
