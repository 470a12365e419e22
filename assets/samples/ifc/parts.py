"""Storeys with slabs, walls, windows, doors and spaces as IFC products."""

import math
from dataclasses import dataclass
from typing import Final

from assets.samples.ifc.plan import (
    DEPTH,
    LENGTH,
    OUTER,
    PARAPET,
    SLAB,
    Opening,
    Room,
    Wall,
    openings,
    rooms,
    walls,
)
from assets.samples.ifc.writer import Entity, IfcWriter

_FRAME_M: Final = 0.06


@dataclass(frozen=True, slots=True)
class Styles:
    """The colours of the model."""

    plaster: Entity
    concrete: Entity
    glass: Entity
    frame: Entity
    timber: Entity


def make_styles(ifc: IfcWriter) -> Styles:
    """All colours."""
    return Styles(
        ifc.style("外墙涂料", (0.93, 0.90, 0.84), 0.0),
        ifc.style("混凝土", (0.72, 0.72, 0.70), 0.0),
        ifc.style("玻璃", (0.55, 0.75, 0.85), 0.6),
        ifc.style("铝合金", (0.35, 0.37, 0.40), 0.0),
        ifc.style("木门", (0.55, 0.38, 0.25), 0.0),
    )


@dataclass(frozen=True, slots=True)
class Storey:
    """A storey under construction."""

    index: int
    name: str
    height: float
    entity: Entity
    styles: Styles


def _key(storey: Storey, name: str) -> str:
    return f"{storey.index}/{name}"


def add_slab(ifc: IfcWriter, storey: Storey) -> Entity:
    """The floor slab; its top is the storey's elevation."""
    solid = ifc.paint(ifc.box((0.0, 0.0, -SLAB), (LENGTH, DEPTH, SLAB)), storey.styles.concrete)
    kind = "BASESLAB" if storey.index == 0 else "FLOOR"
    return ifc.root(
        "IfcSlab",
        _key(storey, "楼板"),
        Name=f"{storey.name}楼板",
        ObjectPlacement=ifc.place(storey.entity.ObjectPlacement, (0.0, 0.0, 0.0)),
        Representation=ifc.shape(solid),
        PredefinedType=kind,
    )


def add_wall(ifc: IfcWriter, storey: Storey, wall: Wall) -> Entity:
    """A wall from slab to slab, with x along its middle line."""
    dx, dy = wall.end[0] - wall.start[0], wall.end[1] - wall.start[1]
    length = math.hypot(dx, dy)
    size = (length, wall.thickness, storey.height - SLAB)
    solid = ifc.paint(ifc.box((0.0, -wall.thickness / 2, 0.0), size), storey.styles.plaster)
    entity = ifc.root(
        "IfcWall",
        _key(storey, wall.name),
        Name=f"{storey.name}{wall.name}",
        ObjectPlacement=ifc.place(
            storey.entity.ObjectPlacement, (*wall.start, 0.0), (dx / length, dy / length, 0.0)
        ),
        Representation=ifc.shape(solid),
        PredefinedType="SOLIDWALL" if wall.outer else "PARTITIONING",
    )
    rating = "2.0h" if wall.outer else "1.0h"
    common = {"IsExternal": ("IfcBoolean", wall.outer), "FireRating": ("IfcLabel", rating)}
    ifc.properties(entity, "Pset_WallCommon", common)
    return entity


def _frame(ifc: IfcWriter, opening: Opening, storey: Storey) -> list[Entity]:
    """Four bars of a frame around a pane of glass or a leaf of wood."""
    width, height, bar = opening.width, opening.height, _FRAME_M
    upright = (bar, bar, height)
    level = (width - 2 * bar, bar, bar)
    bars = [
        ifc.box((0.0, -bar / 2, 0.0), upright),
        ifc.box((width - bar, -bar / 2, 0.0), upright),
        ifc.box((bar, -bar / 2, height - bar), level),
    ]
    if opening.kind == "window":
        bars.append(ifc.box((bar, -bar / 2, 0.0), level))
    low = bar if opening.kind == "window" else 0.0
    glazed = opening.kind == "window" or opening.width > 2.0
    pane = ifc.box((bar, -0.02, low), (width - 2 * bar, 0.04, height - bar - low))
    style = storey.styles.glass if glazed else storey.styles.timber
    return [*(ifc.paint(part, storey.styles.frame) for part in bars), ifc.paint(pane, style)]


def add_opening(ifc: IfcWriter, storey: Storey, opening: Opening, wall: Entity) -> Entity:
    """The hole in a wall, and the window or door that fills it."""
    key = _key(storey, opening.name)
    thickness = OUTER + 0.2
    corner = (opening.along - opening.width / 2, 0.0, opening.sill)
    hole = ifc.root(
        "IfcOpeningElement",
        key,
        Name=f"{storey.name}{opening.name}洞口",
        ObjectPlacement=ifc.place(wall.ObjectPlacement, corner),
        Representation=ifc.shape(
            ifc.box((0.0, -thickness / 2, 0.0), (opening.width, thickness, opening.height))
        ),
        PredefinedType="OPENING",
    )
    ifc.root("IfcRelVoidsElement", key, RelatingBuildingElement=wall, RelatedOpeningElement=hole)
    filling = ifc.root(
        "IfcWindow" if opening.kind == "window" else "IfcDoor",
        key,
        Name=f"{storey.name}{opening.name}",
        ObjectPlacement=ifc.place(hole.ObjectPlacement, (0.0, 0.0, 0.0)),
        Representation=ifc.shape(*_frame(ifc, opening, storey)),
        OverallHeight=opening.height,
        OverallWidth=opening.width,
        PredefinedType="WINDOW" if opening.kind == "window" else "DOOR",
    )
    ifc.root(
        "IfcRelFillsElement", key, RelatingOpeningElement=hole, RelatedBuildingElement=filling
    )
    return filling


def add_space(ifc: IfcWriter, storey: Storey, room: Room, number: int) -> Entity:
    """A room as a space with its floor area."""
    size = (room.high[0] - room.low[0], room.high[1] - room.low[1])
    height = storey.height - SLAB
    space = ifc.root(
        "IfcSpace",
        _key(storey, room.name),
        Name=f"{(storey.index + 1) * 100 + number}",
        LongName=room.name,
        ObjectPlacement=ifc.place(storey.entity.ObjectPlacement, (*room.low, 0.0)),
        Representation=ifc.shape(ifc.box((0.0, 0.0, 0.0), (*size, height))),
        CompositionType="ELEMENT",
        PredefinedType="INTERNAL",
    )
    ifc.floor_area(space, round(size[0] * size[1], 2), height)
    accessible = {"PubliclyAccessible": ("IfcBoolean", storey.index < 2)}
    ifc.properties(space, "Pset_SpaceCommon", accessible)
    return space


def fill_storey(ifc: IfcWriter, storey: Storey) -> None:
    """Everything in one storey, and its place in the model's tree."""
    plan = walls()
    built = [add_wall(ifc, storey, wall) for wall in plan]
    filled = [
        add_opening(ifc, storey, opening, built[opening.wall])
        for opening in openings(storey.index)
    ]
    spaces = [
        add_space(ifc, storey, room, number) for number, room in enumerate(rooms(storey.index), 1)
    ]
    key = str(storey.index)
    ifc.root(
        "IfcRelContainedInSpatialStructure",
        key,
        RelatedElements=(add_slab(ifc, storey), *built, *filled),
        RelatingStructure=storey.entity,
    )
    ifc.root("IfcRelAggregates", key, RelatingObject=storey.entity, RelatedObjects=spaces)


def fill_roof(ifc: IfcWriter, storey: Storey) -> None:
    """The roof slab and the parapet around it."""
    slab = ifc.box((0.0, 0.0, -SLAB), (LENGTH, DEPTH, SLAB))
    edges = (
        ((0.0, 0.0, 0.0), (LENGTH, OUTER, PARAPET)),
        ((0.0, DEPTH - OUTER, 0.0), (LENGTH, OUTER, PARAPET)),
        ((0.0, OUTER, 0.0), (OUTER, DEPTH - 2 * OUTER, PARAPET)),
        ((LENGTH - OUTER, OUTER, 0.0), (OUTER, DEPTH - 2 * OUTER, PARAPET)),
    )
    placement = ifc.place(storey.entity.ObjectPlacement, (0.0, 0.0, 0.0))
    roof = ifc.root(
        "IfcSlab",
        "roof",
        Name="屋面板",
        ObjectPlacement=placement,
        Representation=ifc.shape(ifc.paint(slab, storey.styles.concrete)),
        PredefinedType="ROOF",
    )
    bars = [ifc.paint(ifc.box(low, size), storey.styles.plaster) for low, size in edges]
    parapet = ifc.root(
        "IfcWall",
        "parapet",
        Name="女儿墙",
        ObjectPlacement=placement,
        Representation=ifc.shape(*bars),
        PredefinedType="PARAPET",
    )
    ifc.root(
        "IfcRelContainedInSpatialStructure",
        "roof",
        RelatedElements=(roof, parapet),
        RelatingStructure=storey.entity,
    )
