"""Incremental builds: what changed in a layer since the tileset that stands, and its tiles only.

The tree stays as it is. A changed or new feature goes into the deepest tile whose square holds
it, its tile's content and that of the tile it left are made anew, the errors of the tiles above
are measured again, and one root document is swapped.
"""

import hashlib
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cim.arrays import Float64, Int64
from tiles.options import BuildOptions
from tiles.publish import published
from tiles.running import layer, register
from tiles.running.contents import code_version
from tiles.running.finish import Summary, recalled, root_digest_matches
from tiles.running.first_pass import FirstPass
from tiles.running.layer import LayerSource
from tiles.running.register import Register
from tiles.running.settle import Measures
from tiles.running.state import Nodes, State
from tiles.running.tree import Plane, centres_m
from tiles.tiling import edit
from tiles.tiling.edit import Cells
from tiles.tiling.quadtree import Square, falling

MOST_CHANGED = 0.1
"""Share of features above which all is built anew."""

FULL = 2
"""A tile that grows beyond so many times its limits makes the tree be grown anew."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A tileset of a layer that can be brought up to date."""

    version: str
    nodes: Nodes
    plane: Plane
    register: Register
    summary: Summary
    changed: Int64
    """Row numbers that changed since, ascending."""

    head: int
    """Of the journal, up to which changes are known."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The tree with changes."""

    nodes: Nodes
    register: Register
    tiles: Int64
    """Numbers of those whose contents are to be made anew."""


def signature(source: LayerSource, options: BuildOptions) -> str:
    """Stands for all but the features: when it differs, everything is built anew."""
    plain = replace(
        options, output=Path(), title_zh="", title_en="", workers=None, models=(),
        partition_features=1, tiles_per_document=1,
    )  # fmt: skip
    with closing(source.open()) as store:
        schema = layer.schema_digest(store, source)
    text = repr((plain, source, schema, code_version()))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def standing(
    source: LayerSource, options: BuildOptions, state: State, sign: str
) -> Standing | None:
    """The tileset that stands, None when it cannot be brought up to date."""
    version = state.fact("version")
    if state.fact("signature") != sign or not root_digest_matches(options.output, version):
        return None
    if not published(options.output):
        return None
    kept = register.load(options.output, version)
    if kept is None:
        return None
    with closing(source.open()) as store:
        head = store.head(source.layer)
        changed = store.changed_fids(source.layer, state.fact("head"))
    if len(changed) > MOST_CHANGED * len(kept):
        return None
    nodes, _ = state.standing()
    plane = state.fact("plane")
    return Standing(
        version,
        nodes,
        Plane(plane["lon_m"], Square(**plane["square"])),
        kept,
        recalled(state.fact("summary")),
        changed,
        head,
    )


def change(before: Standing, measures: Measures, options: BuildOptions) -> Changed | None:
    """The tree with the changed features where they belong; None when a tile overflows.

    Args:
        before: What stands.
        measures: Of the changed features that are valid and can be shown.
        options: Limits of tiles.
    """
    nodes, old = before.nodes, before.register
    cells = Cells(nodes.level, nodes.column, nodes.row, before.plane.square)
    gone = before.changed[old.has(before.changed)]
    centres = centres_m(measures.bounds, before.plane.lon_m)
    tiles = edit.place(cells, centres)
    known = old.has(measures.records)
    stays = np.zeros(len(tiles), np.bool_)
    former = old.tiles_of(measures.records[known])
    stays[known] = edit.holds(cells, former, centres[known])
    tiles[stays] = former[stays[known]]
    new = Register.of(measures, tiles, before.plane)
    now = register.join(old.without(before.changed), new)
    touched = np.union1d(old.tiles_of(gone), tiles)
    if _overflows(now, touched, len(nodes), options):
        return None
    errors = _errors(cells, now, before.plane, nodes, touched, options)
    return Changed(replace(nodes, geometric_error_m=errors), now, touched)


def summarise(summary: Summary, after: Changed, changed: FirstPass) -> Summary:
    """What is told of the tileset now; what became of features is counted by full builds."""
    bounds = np.concatenate(([summary.bounds], changed.measures.bounds))
    west, south = bounds[:, :2].min(axis=0).tolist()
    east, north = bounds[:, 2:].max(axis=0).tolist()
    return replace(summary, features=len(after.register), bounds=(west, south, east, north))


def _overflows(now: Register, touched: Int64, count: int, options: BuildOptions) -> bool:
    """Whether a tile holds far more than it should, or nothing is left at all."""
    features = np.bincount(now.rows["tile"], minlength=count)[touched]
    triangles = np.bincount(now.rows["tile"], now.rows["triangles"], minlength=count)[touched]
    limits = options.limits
    crowded = (features > FULL * limits.features) | (
        (triangles > FULL * limits.triangles) & (features > 1)
    )
    return bool(crowded.any()) or not len(now)


def _errors(
    cells: Cells, now: Register, plane: Plane, nodes: Nodes, touched: Int64, options: BuildOptions
) -> Float64:  # fmt: skip
    """(t,) geometric errors, measured again for the tiles above what changed."""
    placed = now.placed(plane)
    side = int(np.sqrt(options.limits.upper_features))
    errors = nodes.geometric_error_m.copy()
    for tile in edit.above(cells, touched).tolist():
        errors[tile] = edit.reach_m(cells, tile, placed, side)
    return falling(errors, nodes.parent)
