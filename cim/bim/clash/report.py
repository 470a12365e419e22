"""The report of a clash test: pairs with their places, counts, GeoJSON."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from cim.bim.check.report import lon_lat_height
from cim.bim.clash.base import Clash, ClashOptions, Element
from cim.bim.clash.reading import Source
from cim.bim.clash.run import ClashRun
from cim.bim.outlines import gathered, hulls

type Place = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Found:
    """A clash with its place on the Earth."""

    clash: Clash
    lon_lat_height: Place | None
    """Degrees EPSG:4490 and ellipsoidal height; None where the models have no place."""


@dataclass(frozen=True, slots=True)
class ClashReport:
    """All that a test found."""

    files: tuple[str, ...]
    options: ClashOptions
    run: ClashRun
    found: tuple[Found, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Clashes by kind."""
        counts = Counter(one.clash.kind for one in self.found)
        return {"hard": counts["hard"], "clearance": counts["clearance"]}

    @property
    def class_pairs(self) -> dict[tuple[str, str, str], int]:
        """Clashes by kind and classes of both elements, the most frequent first."""
        pairs = Counter(_pair(one.clash) for one in self.found)
        return dict(pairs.most_common())


def report_of(sources: Sequence[Source], options: ClashOptions, run: ClashRun) -> ClashReport:
    """The report of a test that was run on some models."""
    placement = run.together.placement
    points = np.array([clash.point for clash in run.clashes]).reshape(-1, 3)
    places: list[Place | None] = [None] * len(points)
    if placement is not None:
        places = [(x, y, z) for x, y, z in lon_lat_height(points, placement).tolist()]
    pairs = zip(run.clashes, places, strict=True)
    return ClashReport(
        files=tuple(source.name for source in sources),
        options=options,
        run=run,
        found=tuple(Found(clash, place) for clash, place in pairs),
    )


def storey_outlines(report: ClashReport) -> dict[str, shapely.Geometry]:
    """Outlines, in the frame of the test, of the storeys that have clashes, by name."""
    wanted = {one.clash.first.storey for one in report.found}
    shown = [one for one in report.run.looked_at if one.storey in wanted]
    corners = [
        np.concatenate([shell.positions @ m[:2, :3].T + m[:2, 3] for shell, m in one.shells])
        for one in shown
    ]
    outlines = hulls(corners)
    owned = zip(shown, outlines.tolist(), strict=True)
    return gathered((one.storey, one.object.ifc_class, outline) for one, outline in owned)


def to_json(report: ClashReport) -> dict[str, Any]:
    """The report as plain values; places are GeoJSON (RFC 7946)."""
    run, options = report.run, report.options
    return {
        "files": list(report.files),
        "tolerance_m": options.tolerance_m,
        "clearance_m": options.clearance_m,
        "frame": run.together.frame or None,
        "elements": list(run.elements),
        "elements_without_volume": run.without_volume,
        "elements_not_closed": run.not_closed,
        "pairs_with_boxes_that_meet": run.pairs,
        "counts": report.counts,
        "class_pairs": [
            {"kind": kind, "classes": [first, second], "count": count}
            for (kind, first, second), count in report.class_pairs.items()
        ],
        "clashes": [row_of(one) for one in report.found],
        "map": {
            "type": "FeatureCollection",
            "features": [_feature(one) for one in report.found if one.lon_lat_height],
        },
    }


def row_of(one: Found) -> dict[str, Any]:
    """One clash as plain values."""
    clash = one.clash
    return {
        "kind": clash.kind,
        "depth_m": _rounded(clash.depth_m, 4),
        "volume_m3": _rounded(clash.volume_m3, 6),
        "gap_m": _rounded(clash.gap_m, 4),
        "is_exact": clash.is_exact,
        "first": _element(clash.first),
        "second": _element(clash.second),
        "position_m": [round(value, 3) for value in clash.point],
        "lon_lat_height": _place(one.lon_lat_height),
    }


def _element(one: Element) -> dict[str, Any]:
    return {
        "model": one.side + 1,
        "global_id": one.object.global_id,
        "ifc_class": one.object.ifc_class,
        "name": one.object.name or "",
        "storey": one.storey,
    }


def _feature(one: Found) -> dict[str, Any]:
    clash = one.clash
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": _place(one.lon_lat_height)},
        "properties": {
            "kind": clash.kind,
            "first": clash.first.object.global_id,
            "second": clash.second.object.global_id,
            "depth_m": _rounded(clash.depth_m, 4),
            "gap_m": _rounded(clash.gap_m, 4),
        },
    }


def _pair(clash: Clash) -> tuple[str, str, str]:
    """Kind and classes of a clash, the classes in order."""
    first, second = sorted((clash.first.object.ifc_class, clash.second.object.ifc_class))
    return clash.kind, first, second


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _place(place: Place | None) -> list[float] | None:
    if place is None:
        return None
    lon, lat, height = place
    return [round(lon, 9), round(lat, 9), round(height, 3)]
