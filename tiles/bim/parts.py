"""Which part of a building an element belongs to: its shell, what is inside, or a space.

The shell is what can be seen from outside. It takes in what its class always puts there (slabs,
roofs, columns, foundations, all that is no building), what the file states to be external, what
stands at the edge of or beyond that which the walls of its storey enclose, and what nothing covers
from above.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
import shapely

from cim.arrays import Bool, Int64
from tiles.bim.elements import Elements
from tiles.bim.enclosure import WALLS, Enclosures, Outline, enclosures_of, outline_of

type Part = Literal["outline", "shell", "interior", "space"]
type Trade = Literal["construction", "furnishing", "services"]

OUTLINE: Final = "outline"
SHELL: Final = "shell"
INTERIOR: Final = "interior"
SPACE: Final = "space"

_ALWAYS_SHELL: Final = frozenset({
    "IfcSlab", "IfcRoof", "IfcCurtainWall", "IfcColumn", "IfcFooting", "IfcPile",
    "IfcDeepFoundation", "IfcCaissonFoundation", "IfcShadingDevice", "IfcChimney", "IfcSite",
    "IfcBuilding", "IfcGeographicElement", "IfcCivilElement", "IfcBridge", "IfcBridgePart",
    "IfcRoad", "IfcRoadPart", "IfcRailway", "IfcRailwayPart", "IfcMarineFacility", "IfcMarinePart",
    "IfcFacility", "IfcFacilityPart", "IfcFacilityPartCommon", "IfcEarthworksCut",
    "IfcEarthworksElement", "IfcEarthworksFill", "IfcReinforcedSoil", "IfcPavement", "IfcCourse",
    "IfcKerb", "IfcRail", "IfcTrackElement", "IfcBearing", "IfcMooringDevice",
    "IfcNavigationElement", "IfcSign", "IfcSurfaceFeature", "IfcGeomodel", "IfcGeoslice",
})  # fmt: skip

_CONSTRUCTION: Final = _ALWAYS_SHELL | {
    "IfcWall", "IfcWindow", "IfcDoor", "IfcBeam", "IfcMember", "IfcPlate", "IfcRailing",
    "IfcStair", "IfcStairFlight", "IfcRamp", "IfcRampFlight", "IfcCovering", "IfcElementAssembly",
    "IfcBuildingElementProxy", "IfcBuildingElementPart", "IfcBuiltElement", "IfcBuildingElement",
    "IfcReinforcingBar", "IfcReinforcingMesh", "IfcTendon", "IfcTendonAnchor", "IfcTendonConduit",
    "IfcDiscreteAccessory", "IfcFastener", "IfcMechanicalFastener", "IfcVirtualElement",
    "IfcTransportElement", "IfcVibrationIsolator", "IfcVibrationDamper",
}  # fmt: skip

_FURNISHING: Final = frozenset({
    "IfcFurnishingElement", "IfcFurniture", "IfcSystemFurnitureElement",
})  # fmt: skip

_COVERS: Final = ("IfcSlab", "IfcRoof", "IfcCovering")
_LEAVES: Final = frozenset({"IfcDoor", "IfcWindow"})
"""Many programs state all doors to be internal: where they stand counts more."""

_NEAR_M: Final = 0.1
_LEAF_NEAR_M: Final = 0.35
"""Windows and doors stand back from the face of their wall."""

_TOUCHING: Final = 0.3
"""Share of its length that an element lies along the edge for being part of it."""


def trade_of(ifc_class: str) -> Trade:
    """What kind of thing an element is; what is neither built nor furniture is services."""
    if ifc_class in _CONSTRUCTION:
        return "construction"
    return "furnishing" if ifc_class in _FURNISHING else "services"


def divide(elements: Elements) -> tuple[list[Part], list[Outline], dict[str | None, str]]:
    """Part of each element; outlines of buildings; why others, by their keys, have none."""
    parts: list[Part] = ["shell"] * len(elements)
    of_building: dict[str | None, list[int]] = defaultdict(list)
    for row in range(len(elements)):
        if elements.is_space[row]:
            parts[row] = "space"
        else:
            of_building[elements.building[row]].append(row)
    outlines: list[Outline] = []
    reasons: dict[str | None, str] = {}
    for building, rows in of_building.items():
        enclosures = enclosures_of(elements, rows)
        found = outline_of(elements, rows, enclosures)
        if isinstance(found, str):
            reasons[building] = found
        else:
            outlines.append(found)
        if not enclosures.is_empty:
            for row in _inside(elements, rows, enclosures):
                parts[row] = "interior"
    return parts, outlines, reasons


def _inside(elements: Elements, rows: Sequence[int], enclosures: Enclosures) -> list[int]:
    """The elements of a building that cannot be seen from outside."""
    told = any(elements.external[row] and elements.ifc_class[row] in WALLS for row in rows)
    open_ones = [row for row in rows if elements.ifc_class[row] not in _ALWAYS_SHELL]
    candidates = [row for row in open_ones if not elements.external[row]]
    covered = _covered(elements, rows, candidates)
    hidden = [row for row, held in zip(candidates, covered.tolist(), strict=True) if held]
    stated = [row for row in hidden if told and _is_said_inside(elements, row)]
    judged = sorted({*hidden} - {*stated})
    by_storey: dict[str | None, list[int]] = defaultdict(list)
    for row in judged:
        by_storey[elements.storey[row]].append(row)
    for storey, several in by_storey.items():
        within = ~_at_edge(elements, np.array(several), enclosures.of(storey))
        stated += np.array(several)[within].tolist()
    return stated


def _is_said_inside(elements: Elements, row: int) -> bool:
    return elements.external[row] is False and elements.ifc_class[row] not in _LEAVES


def _covered(elements: Elements, rows: Sequence[int], candidates: Sequence[int]) -> Bool:
    """(k,) whether something lies above the middle of each candidate, not below its top."""
    covers = np.array([row for row in rows if elements.ifc_class[row] in _COVERS], np.int64)
    found = np.zeros(len(candidates), bool)
    if not len(covers) or not candidates:
        return found
    chosen = np.array(candidates)
    tree = shapely.STRtree(elements.footprints[covers])
    points = shapely.centroid(elements.footprints[chosen])
    under, over = tree.query(points, predicate="intersects")
    above = elements.high_m[covers[over]] >= elements.high_m[chosen[under]]
    above &= covers[over] != chosen[under]
    found[under[above]] = True
    return found


def _at_edge(elements: Elements, rows: Int64, enclosed: shapely.Geometry) -> Bool:
    """(k,) whether elements lie along the edge of what is enclosed, or beyond it."""
    shapes = elements.footprints[rows]
    beyond = ~shapely.intersects(enclosed, shapely.centroid(shapes))
    names = np.array([elements.ifc_class[row] for row in rows.tolist()])
    leaf, built = np.isin(names, [*_LEAVES]), np.isin(names, [*_CONSTRUCTION])
    near = shapely.buffer(shapes, np.where(leaf, _LEAF_NEAR_M, _NEAR_M))
    edge = shapely.boundary(enclosed)
    shapely.prepare(edge)
    touching = shapely.intersects(edge, near) & built
    along = np.zeros(len(rows))
    along[touching] = shapely.length(shapely.intersection(edge, near[touching]))
    return np.asarray(beyond | (along > _TOUCHING * shapely.length(shapes) / 2))
