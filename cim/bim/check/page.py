"""The report of a check as a page to read: rules, plans of the storeys, findings."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from cim.bim.check.base import SEVERITIES
from cim.bim.check.report import CheckReport
from cim.pages.plan import Dot, draw
from cim.pages.render import render

MOST_SHOWN: Final = 200
"""Findings of one rule that the page lists; all are in the JSON report."""


_BASES: Final = {
    "anchor": "用户指定的锚点",
    "IfcSite latitude and longitude": "IfcSite 经纬度",
}
"""Chinese for what a place rests on; names of IFC classes and CRSs stay."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """A storey with what was found in it."""

    name: str | None
    elevation_m: float | None
    count: int
    svg: str
    """An element that `cim.pages.plan` made."""


def to_html(report: CheckReport) -> str:
    """The page, whole and for itself."""
    place = _BASES.get(report.place or "", report.place)
    return render(
        "check.html", report=report, plans=_plans(report), most=MOST_SHOWN, place_zh=place
    )


def _plans(report: CheckReport) -> list[_Plan]:
    """A plan of each storey that has findings with a place, the worst drawn last."""
    dots: dict[str, list[Dot]] = defaultdict(list)
    for rule in sorted(report.rules, key=lambda rule: -SEVERITIES.index(rule.severity)):
        for number, one in enumerate(rule.findings):
            if one.position_m is not None:
                target = f"f-{rule.id}-{number}" if number < MOST_SHOWN else f"r-{rule.id}"
                title = f"{one.ifc_class} {one.name}"
                x, y, _ = one.position_m
                dots[one.storey_key].append(Dot(x, y, rule.severity, title, target))
    north = report.north_deg
    plans = [
        _Plan(plan.name, plan.elevation_m, len(found), draw([plan.outline], found, north))
        for plan in report.storeys
        if (found := dots.pop(plan.key, None))
    ]
    beside = [dot for several in dots.values() for dot in several]
    if beside:
        every = draw([plan.outline for plan in report.storeys], beside, north)
        plans.append(_Plan(None, None, len(beside), every))
    return plans
