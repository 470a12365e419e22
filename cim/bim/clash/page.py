"""The report of a clash test as a page to read: counts, plans of the storeys, pairs."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import shapely

from cim.bim.clash.report import ClashReport, Found, storey_outlines
from cim.pages.plan import Dot, draw
from cim.pages.render import render

MOST_SHOWN: Final = 1_000
"""Pairs that the page lists; all are in the JSON report."""

_COLOURS: Final = {"hard": "error", "clearance": "warning"}


@dataclass(frozen=True, slots=True)
class _Plan:
    """A storey with its clashes."""

    name: str
    count: int
    svg: str


def to_html(report: ClashReport) -> str:
    """The page, whole and for itself."""
    return render(
        "clash.html", report=report, plans=_plans(report, storey_outlines(report)),
        shown=report.found[:MOST_SHOWN], left=max(0, len(report.found) - MOST_SHOWN),
    )  # fmt: skip


def _plans(report: ClashReport, outlines: Mapping[str, shapely.Geometry]) -> list[_Plan]:
    """A plan of each storey that has clashes, that of the first element counting."""
    by_storey: dict[str, list[tuple[int, Found]]] = defaultdict(list)
    for number, one in enumerate(report.found):
        by_storey[one.clash.first.storey].append((number, one))
    placement = report.run.together.placement
    north = placement.heading_deg if placement else None
    return [
        _Plan(name, len(found), draw(_outline(outlines, name), _dots(found), north))
        for name, found in sorted(by_storey.items())
    ]


def _outline(outlines: Mapping[str, shapely.Geometry], name: str) -> list[shapely.Geometry]:
    return [outlines[name]] if name in outlines else []


def _dots(found: list[tuple[int, Found]]) -> list[Dot]:
    """Dots, hard clashes drawn last."""
    dots = []
    for number, one in reversed(found):
        clash = one.clash
        title = f"{clash.first.object.ifc_class} × {clash.second.object.ifc_class}"
        target = f"c-{number}" if number < MOST_SHOWN else ""
        dots.append(Dot(clash.point[0], clash.point[1], _COLOURS[clash.kind], title, target))
    return dots
