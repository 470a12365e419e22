"""Elevations of storeys: stated, and each storey at a height of its own."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from cim.bim.check.base import Finding, Parameters, RuleKind, Subject, Test, Words
from cim.bim.model import IfcObject

_SAME_M = 0.01


class StoreyElevations:
    """Finds storeys without an elevation, or with that of another storey of their building."""

    def test(self, parameters: Parameters) -> Test:
        """The test; `fault` is `missing` or `repeated`."""
        fault = parameters.text("fault", ("missing", "repeated"))
        parameters.finish()
        find = _missing if fault == "missing" else _repeated
        return Test(find, lambda subject: len(subject.of("storey")))


def _missing(subject: Subject) -> Iterator[Finding]:
    for one in subject.of("storey"):
        if one.elevation_is_stated:
            continue
        if one.elevation_m is None:
            yield Finding(one.key, Words("无标高，也无定位", "neither elevation nor placement"))
        else:
            height = f"{one.elevation_m:.3f} m"
            yield Finding(
                one.key,
                Words(f"未填 Elevation，按定位取 {height}", f"not stated, {height} by placement"),
            )


def _repeated(subject: Subject) -> Iterator[Finding]:
    by_building: dict[str, list[IfcObject]] = defaultdict(list)
    for one in subject.of("storey"):
        if one.elevation_m is not None:
            by_building[one.building or ""].append(one)
    for storeys in by_building.values():
        ordered = sorted(storeys, key=lambda one: one.elevation_m or 0.0)
        for below, above in pairwise(ordered):
            if (above.elevation_m or 0.0) - (below.elevation_m or 0.0) < _SAME_M:
                name = f"{below.name or below.key} {(below.elevation_m or 0.0) + 0.0:.3f} m"
                yield Finding(above.key, Words(f"与 {name} 相同", f"same as {name}"))


PLUGIN: RuleKind = StoreyElevations()
