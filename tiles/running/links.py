"""Models in the place of a city's blocks: which block, and the tiles that make the change.

    tile of the city     ADD      its features but the blocks that models replace
      block              REPLACE  the block, or several, that stand where the model does
        model                     the root document of the model's tileset

A client sees the block from afar and the model near by. Where nothing stands, the model is added.
"""

import math
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from cim.arrays import Bool, Float64, Int64
from cim.errors import InputError
from tiles import content
from tiles.bim.elements import to_metres
from tiles.properties import PREFIX
from tiles.running.external import External
from tiles.running.first_pass import FirstPass
from tiles.running.layer import LayerSource
from tiles.running.model_facts import footprints_of
from tiles.running.register import Register
from tiles.running.state import Nodes
from tiles.running.tree import Plane, centres_m
from tiles.settling import sharing, table
from tiles.tiles3d.tileset import Tile
from tiles.tiling import edit
from tiles.tiling.edit import Cells

_COVERED: Final = 0.5
"""A feature of which so much lies under a model is replaced by it."""

_LEAST: Final = 0.2
"""The feature that a model covers most is replaced too, from this share of either on."""

_IDS: Final = ("entity_id", "source_id")


@dataclass(frozen=True, slots=True)
class Match:
    """What a model replaces."""

    model: External
    records: Int64
    """Records of the features in the source, ascending; none where nothing stands."""

    places: Int64
    """Their rows among the settled features that were looked at."""

    apart_m: float
    """How far the model's outline lies from that of the features."""

    size_m: float
    """Of the largest of them."""

    @property
    def error_m(self) -> float:
        """Geometric error of the features' tile: the model's own is not above it."""
        return max(self.apart_m, self.model.error_m)

    @property
    def key(self) -> str:
        """Name of the tile with the features."""
        return f"block-{self.model.name}"


@dataclass(frozen=True, slots=True)
class Links:
    """The models of a build, and what they replace."""

    matches: tuple[Match, ...] = ()

    @property
    def files(self) -> frozenset[str]:
        """Names of the files of all models."""
        return frozenset[str]().union(*(match.model.files for match in self.matches))

    @property
    def facts(self) -> dict[str, Any]:
        """What the next build has to know."""
        return {
            match.key: {"uri": match.model.uri, "records": match.records.tolist()}
            for match in self.matches
        }

    @property
    def notes(self) -> dict[str, int]:
        """What is to be told, and of how many features."""
        found = {}
        for match in self.matches:
            name = match.model.name
            if len(match.records):
                found[f"replaced near by by the model {name}"] = len(match.records)
            else:
                found[f"model {name} added: no feature stands there"] = 1
        return found


def match_all(models: Sequence[External], settled: FirstPass) -> Links:
    """What models replace among settled features.

    Raises:
        InputError: A model names a feature that is not there.
    """
    return Links(tuple(_match(model, settled) for model in models))


def candidates(model: External, bounds: Float64) -> Bool:
    """(n,) features whose bounds (n, 4) meet those of a model's footprint."""
    west, south, east, north = shapely.bounds(model.footprint).tolist()
    across = (bounds[:, 0] <= east) & (bounds[:, 2] >= west)
    return np.asarray(across & (bounds[:, 1] <= north) & (bounds[:, 3] >= south))


def _match(model: External, settled: FirstPass) -> Match:
    """What one model replaces."""
    named = model.replaces is not None
    near = _named(model, settled) if named else candidates(model, settled.measures.bounds)
    places = np.flatnonzero(near)
    if named and not len(places):
        raise InputError(f"--bim: no feature {model.replaces!r} for the model {model.name}")
    if not len(places):
        return _alone(model)
    rows = _rows(settled, places)
    shapes = to_metres(np.array(footprints_of(rows), object), model.frame)
    (own,) = to_metres(np.array([model.footprint], object), model.frame)
    taken = np.ones(len(places), bool) if named else _covered(shapes, own)
    if not taken.any():
        return _alone(model)
    base = rows["base_m"].to_numpy()[taken]
    top = base + rows["height_m"].to_numpy()[taken]
    across = float(shapely.hausdorff_distance(shapely.union_all(shapes[taken]), own))
    up = max(abs(base.min() - model.low_m), abs(top.max() - model.high_m))
    chosen = places[taken]
    order = np.argsort(settled.measures.records[chosen], kind="stable")
    records, size = settled.measures.records[chosen[order]], settled.measures.size_m[chosen].max()
    return Match(model, records, chosen[order], float(np.hypot(across, up)), float(size))


def _alone(model: External) -> Match:
    """A model that stands where nothing else does."""
    none = np.zeros(0, np.int64)
    return Match(model, none, none, 0.0, 0.0)


def _covered(shapes: np.ndarray, own: shapely.Geometry) -> Bool:
    """(n,) the features that a model stands in the place of."""
    sound = shapely.make_valid(shapes)
    shared = shapely.area(shapely.intersection(sound, own))
    areas = np.maximum(shapely.area(sound), 1e-9)
    taken = shared >= _COVERED * areas
    best = int(np.argmax(shared))
    least = min(areas[best], max(float(shapely.area(own)), 1e-9))
    taken[best] |= shared[best] >= _LEAST * least
    return np.asarray(taken)


def _named(model: External, settled: FirstPass) -> Bool:
    """(n,) the features with the id that a model names."""
    found = []
    for rows in table.files_of(settled.paths):
        hit = np.zeros(rows.num_rows, bool)
        for name in _IDS:
            if PREFIX + name in rows.column_names:
                equal = pc.equal(rows[PREFIX + name], model.replaces)
                hit |= np.asarray(equal.to_numpy(zero_copy_only=False), bool)
        found.append(hit)
    return np.concatenate([np.zeros(0, bool), *found])


def _rows(settled: FirstPass, places: Int64) -> pa.Table:
    """Settled rows at some places among all files."""
    parts, first = [], 0
    for rows in table.files_of(settled.paths):
        here = places[(places >= first) & (places < first + rows.num_rows)] - first
        if len(here):
            parts.append(sharing.taken(rows, here))
        first += rows.num_rows
    return pa.concat_tables(parts).combine_chunks()


@dataclass(frozen=True, slots=True)
class Placing:
    """The features of a city that stands."""

    register: Register
    plane: Plane


@dataclass(frozen=True, slots=True)
class Host:
    """Where a model hangs in the tree of the city."""

    tile: int
    reach_m: float
    """How far the block may lie from what the tile draws, bounded from above."""

    places: Int64
    """Rows of what it replaces among the features that are to be written."""


def host_of(match: Match, tiles: Int64, nodes: Nodes, plane: Plane, places: Int64) -> Host:
    """Where a model hangs: below the tile of what it replaces, else of the square that holds it.

    Args:
        match: The model.
        tiles: Tiles of the features that it replaces, as the city alone has them.
        nodes: Of the city.
        plane: Of the city.
        places: Rows of these features among those that are to be written.
    """
    tile = int(tiles.min()) if len(tiles) else _holding(match.model, nodes, plane)
    width = plane.square.width_m / 2 ** int(nodes.level[tile])
    size = float(np.linalg.norm(match.model.bounds[1] - match.model.bounds[0]))
    return Host(tile, width * math.sqrt(2) + max(size, match.size_m), places)


def near_records(models: Sequence[External], source: LayerSource, before: Placing) -> Int64:
    """Records of a layer's features that models may replace, ascending.

    Raises:
        InputError: A model names a feature that the layer has not.
    """
    found = [np.zeros(0, np.int64)]
    with closing(source.open()) as store:
        for model in models:
            if model.replaces is None:
                west, south, east, north = shapely.bounds(model.footprint).tolist()
                found.append(before.register.near((west, south, east, north), before.plane))
                continue
            record = store.entity(model.replaces)
            if record.layer.name != source.layer:
                raise InputError(
                    f"--bim: {model.replaces} is in the layer {record.layer.name}, not in "
                    f"{source.layer}"
                )
            found.append(np.array([record.fid], np.int64))
    records = np.unique(np.concatenate(found))
    return records[before.register.has(records)]


def moved(before: Mapping[str, Any] | None, links: Links) -> Int64:
    """Records that are replaced by a model now and were not, or the other way round."""
    old = {key: set(each["records"]) for key, each in (before or {}).items()}
    new = {key: set(each["records"]) for key, each in links.facts.items()}
    changed = [old.get(key, set()) ^ new.get(key, set()) for key in old.keys() | new.keys()]
    return np.array(sorted(set().union(*changed)), np.int64)


def _holding(model: External, nodes: Nodes, plane: Plane) -> int:
    """The deepest tile whose square holds the middle of a model."""
    cells = Cells(nodes.level, nodes.column, nodes.row, plane.square)
    bounds = np.array([shapely.bounds(model.footprint)])
    return int(edit.place(cells, centres_m(bounds, plane.lon_m))[0])


def graft(
    links: Links, hosts: Sequence[Host], tile_of: Int64, tiles: Sequence[Tile]
) -> tuple[Int64, list[Tile]]:
    """The tree with models in the place of what they replace.

    Args:
        links: Models and what they replace.
        hosts: Where each hangs.
        tile_of: (n,) tile of each feature that is to be written, as the city alone has it.
        tiles: Of the city alone.

    Returns:
        The tile of each feature, and all tiles: those of models come last.
    """
    placed, grown = tile_of.copy(), [*tiles]
    errors = np.array([tile.geometric_error_m for tile in tiles])
    for match, host in zip(links.matches, hosts, strict=True):
        parent, model = host.tile, match.model
        if len(match.records):
            grown.append(_block(match, parent))
            parent = len(grown) - 1
            placed[host.places] = parent
        name = f"model-{model.name}"
        grown.append(Tile(parent, name, model.frame, model.bounds, model.uri, model.error_m))
        above = host.tile
        while above >= 0:
            errors[above] = max(errors[above], host.reach_m, match.error_m)
            above = tiles[above].parent
    raised = zip(tiles, errors.tolist(), strict=True)
    city = [replace(tile, geometric_error_m=error) for tile, error in raised]
    return placed, [*city, *grown[len(tiles) :]]


def _block(match: Match, parent: int) -> Tile:
    """The tile of the features that a model replaces."""
    lon, lat = shapely.get_coordinates(shapely.centroid(match.model.footprint))[0].tolist()
    frame = content.frame_of(lon, lat)
    return Tile(parent, match.key, frame, None, None, match.error_m, "REPLACE")
