"""The report of a load of a building model."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cim.bim.areas import stated_areas
from cim.bim.check.report import CheckReport
from cim.models.difference import Difference
from cim.models.reading import ModelReading
from cim.siting import Site

_AREA_SHARE: Final = 0.01
_RETIRED_SHARE: Final = 0.5


@dataclass(frozen=True, slots=True)
class ModelReport:
    """What was read, what became of it, and how long it took."""

    model: str
    """Prefix of the layers."""

    source: str
    file: str
    schema: str
    application: str
    crs: str
    id_rule: str
    georeference: Mapping[str, Any]
    records: int
    """Objects of the file, without its project."""

    layers: Mapping[str, Mapping[str, int]]
    """Numbers of objects inserted, updated, unchanged, retired, restored by layer."""

    lost_shapes: int
    """Objects whose shape could not be made; they are loaded without one."""

    rejected: int
    reject_reasons: Mapping[str, int]
    reject_file: str | None
    difference: Mapping[str, int] | None
    """Numbers of objects added, removed, moved, reshaped, changed; None for a new model."""

    notes: tuple[str, ...]
    seconds: Mapping[str, float]
    level: Mapping[str, Any] = field(default_factory=dict)
    """The CIM level of the model, with its reasons (`cim.bim.levels`)."""

    check: Mapping[str, int] = field(default_factory=dict)
    """Findings of the model check by severity."""

    found: str | None = field(default=None, compare=False, repr=False)
    """JSON of the difference, None where nothing changed; not part of the written report."""

    checked: CheckReport | None = field(default=None, compare=False, repr=False)
    """The whole model check; not part of the written report."""

    def document(self) -> dict[str, Any]:
        """The report as JSON's values."""
        names = [name for name in self.__dataclass_fields__ if name not in {"found", "checked"}]
        return {name: getattr(self, name) for name in names}


def model_notes(reading: ModelReading, site: Site, found: Difference | None) -> Iterator[str]:
    """What the user should know of how the model was read, placed and compared."""
    yield from _placement_notes(site)
    yield from _area_notes(reading)
    bodyless = sum(
        1
        for one in reading.model.objects.values()
        if one.kind in {"element", "space"} and one.key not in reading.bodies
    )
    if bodyless:
        yield (
            f"{bodyless} elements and spaces have no shape of their own; they stand at their "
            "parts, their placement or what holds them (place_basis)"
        )
    if found is not None and found.placed_elsewhere_m:
        yield (
            f"the model stands {found.placed_elsewhere_m:g} m from where it stood: its "
            "georeference changed"
        )
    if found is not None and len(found.removed) > _RETIRED_SHARE * max(1, found.before):
        yield (
            f"{len(found.removed)} of {found.before} objects of this source were not in the file "
            "any more and are retired; another model wants a --source of its own"
        )


def _placement_notes(site: Site) -> Iterator[str]:
    place = site.georeference
    yield from place.notes
    if place.anchor is None:
        yield f"placed by its CRS {place.crs}; {place.height_reference}"
        return
    lon, lat, height = place.anchor
    basis = place.basis or "an anchor"
    sure = f", confidence {place.confidence}" if place.confidence else ""
    yield (
        f"placed by {basis} at {lon:.10g}, {lat:.10g}, {height:g} m, y axis at "
        f"{place.heading_deg:g} degrees{sure}; {place.height_reference}"
    )


def _area_notes(reading: ModelReading) -> Iterator[str]:
    """Spaces none of whose stated areas, net or gross, is that of their outline."""
    stated = apart = 0
    for one in reading.model.of_kind("space"):
        areas, body = stated_areas(reading.model, one), reading.bodies.get(one.key)
        if areas and body is not None:
            stated += 1
            outline = body.footprint.area
            apart += all(abs(outline - area) > _AREA_SHARE * area for area, _ in areas)
    if apart:
        yield (
            f"{apart} of {stated} spaces with stated areas have an outline that differs from all "
            "of them by more than 1 %; area_m2 is as stated, outline_area_m2 that of the outline"
        )
