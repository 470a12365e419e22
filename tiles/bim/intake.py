"""A building model on its way into tiles: each element with its part, and the outlines beside.

All elements are needed before the first can be judged: what walls enclose decides what is inside.
Meshes are shared and already in memory, so that this costs little more than the attributes.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from cim.appearance import Material
from cim.arrays import Objects
from cim.bodies import NO_BODIES, Mesh
from cim.features import FeatureBatch
from tiles.bim.elements import BUILDING_KEY, Elements, gather, to_degrees
from tiles.bim.enclosure import Outline
from tiles.bim.parts import OUTLINE, SPACE, Part, divide
from tiles.bim.properties import PART
from tiles.heights import BASE_FIELD, HEIGHT_FIELDS
from tiles.options import Modelling

ENTITY_ID = "entity_id"
SPACE_LOOK = Material("space", (0.35, 0.62, 0.9, 0.35), double_sided=True)


def as_model(batches: Iterator[FeatureBatch], modelling: Modelling) -> Iterator[FeatureBatch]:
    """The batches of one or several building models, each element with its part.

    Outlines of buildings come last, as features to extrude. Notes say which buildings have none.

    Args:
        batches: In EPSG:4490, bodies with matrices to EPSG:4978.
        modelling: Says which entity ids the store has for elements.
    """
    stock = [batch for batch in batches if len(batch) or batch.rejects or batch.notes]
    if not any(len(batch) for batch in stock):
        yield from stock
        return
    elements = gather(stock)
    parts, outlines, reasons = divide(elements)
    blocks = _blocks(stock, elements, outlines)
    told = (
        *_notes(stock, reasons, some=bool(outlines)),
        *_notes_of_parts(parts),
        *_notes_of_twins(stock),
    )
    first = 0
    for batch in stock:
        mine = parts[first : first + len(batch)]
        first += len(batch)
        yield _identified(_divided(batch, mine), modelling)
    yield _identified(replace(blocks, notes=told), modelling)


def _divided(batch: FeatureBatch, parts: Sequence[Part]) -> FeatureBatch:
    """A batch with the parts of its elements; spaces translucent."""
    columns = {
        PART: pa.array(parts, pa.string()),
        HEIGHT_FIELDS[0]: pa.nulls(len(batch), pa.float64()),
        BASE_FIELD: pa.nulls(len(batch), pa.float64()),
    }
    named = replace(batch, attributes=_with(batch.attributes, columns))
    return _translucent(named) if SPACE in parts else named


def _translucent(batch: FeatureBatch) -> FeatureBatch:
    """A batch of spaces, seen through."""
    row = len(batch.palette)
    clear = {id(mesh): _painted(mesh, row) for mesh in batch.bodies.mesh}
    spaces = {
        number for number, value in enumerate(batch.attributes[PART].to_pylist()) if value == SPACE
    }
    meshes = tuple(
        clear[id(mesh)] if owner in spaces else mesh
        for mesh, owner in zip(batch.bodies.mesh, batch.bodies.feature.tolist(), strict=True)
    )
    bodies = replace(batch.bodies, mesh=meshes)
    return replace(batch, bodies=bodies, palette=(*batch.palette, SPACE_LOOK))


def _painted(mesh: Mesh, row: int) -> Mesh:
    return replace(mesh, materials=np.full(len(mesh.triangles), row, np.int32))


def _blocks(
    stock: Sequence[FeatureBatch], elements: Elements, outlines: Sequence[Outline]
) -> FeatureBatch:
    """The outlines of buildings as features to extrude, with the columns of the elements."""
    polygons = np.array([*(outline.polygon for outline in outlines), None], object)[:-1]
    geometry: Objects = to_degrees(polygons, elements.frame)
    names = _names(stock)
    rows = [_row(outline, names) for outline in outlines]
    schema = _divided(stock[0], ["shell"] * len(stock[0])).attributes.schema
    return FeatureBatch(
        crs=stock[0].crs,
        geometry=geometry,
        attributes=pa.Table.from_pylist(rows, schema),
        source_ids=tuple(outline.building for outline in outlines),
        records=np.zeros(len(outlines), np.int64),
        bodies=NO_BODIES,
    )


def _row(outline: Outline, names: Mapping[str, str | None]) -> dict[str, object]:
    """Attributes of an outline: those of its building."""
    key = outline.building or ""
    return {
        "global_id": key.partition("-")[0] or None,
        "ifc_class": "IfcBuilding",
        "name": names.get(key),
        "building": names.get(key),
        BUILDING_KEY: outline.building,
        PART: OUTLINE,
        BASE_FIELD: outline.low_m,
        HEIGHT_FIELDS[0]: outline.high_m - outline.low_m,
    }


def _names(stock: Sequence[FeatureBatch]) -> dict[str, str | None]:
    """Name of each building by its key."""
    found: dict[str, str | None] = {}
    for batch in stock:
        columns = (batch.attributes[name].to_pylist() for name in (BUILDING_KEY, "building"))
        found |= {key: name for key, name in zip(*columns, strict=True) if key is not None}
    return found


def _notes(
    stock: Sequence[FeatureBatch], reasons: Mapping[str | None, str], *, some: bool
) -> Iterator[str]:
    """Why buildings have no outline; `some`: others have one."""
    names = _names(stock)
    for reason, count in Counter(reasons.values()).items():
        keys = [key for key, each in reasons.items() if each == reason]
        first = names.get(keys[0] or "") or keys[0] or "elements of no building"
        which = f"{first!r}" if count == 1 else f"{count} buildings, such as {first!r}"
        drawn = "from afar" if some else "at any distance"
        yield f"no outline for {which}: {reason}; its shell is what is shown {drawn}"


def _notes_of_parts(parts: Sequence[Part]) -> Iterator[str]:
    counts = Counter(parts)
    yield "elements: " + ", ".join(f"{counts[name]} {name}" for name in sorted(counts))


def _notes_of_twins(stock: Sequence[FeatureBatch]) -> Iterator[str]:
    """Elements that several files hold: within one file keys are unique."""
    counts = Counter(key for batch in stock for key in batch.source_ids)
    twins = sum(count > 1 for count in counts.values())
    if twins:
        yield f"{twins} elements stand in several files by their GlobalId, and are drawn as often"


def _identified(batch: FeatureBatch, modelling: Modelling) -> FeatureBatch:
    """The batch with the entity ids that the store has for its elements."""
    if not modelling.entity_ids:
        return batch
    ids = [modelling.entity_ids.get(key or "") for key in batch.source_ids]
    return replace(
        batch, attributes=_with(batch.attributes, {ENTITY_ID: pa.array(ids, pa.string())})
    )


def _with(table: pa.Table, columns: Mapping[str, pa.Array]) -> pa.Table:
    """The table with further columns; those of the same names are replaced."""
    for name, column in columns.items():
        if name in table.column_names:
            table = table.drop_columns([name])
        table = table.append_column(name, column)
    return table
