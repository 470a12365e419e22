"""Sources of a tileset as one stream of batches, at their place and on the ground."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from cim.arrays import Bool
from cim.clamping import Clamping, clamp, with_columns
from cim.crs import CITY_CRS, settle
from cim.errors import InputError
from cim.features import FeatureBatch
from cim.geometry import repair
from cim.placing import Georeference
from cim.readers.base import ReadOptions
from cim.siting import Site, Siting, survey
from cim.store.base import Store
from tiles.heights import BASE_FIELD, read_bases
from tiles.options import BuildOptions


@dataclass(frozen=True, slots=True)
class Sources:
    """What a tileset is made of."""

    batches: Iterator[FeatureBatch]
    """In EPSG:4490, heights in metres."""

    georeference: tuple[Georeference, ...]
    """How each source comes to its place."""


@dataclass(frozen=True, slots=True)
class Grounding:
    """How footprints and models come to their heights."""

    options: BuildOptions
    """Columns and defaults of bases."""

    clamping: Clamping = field(default_factory=Clamping)


def open_files(
    paths: Sequence[Path], reading: ReadOptions, siting: Siting, grounding: Grounding
) -> Sources:
    """The features of files, one after the other; each is looked into before any is read.

    Raises:
        SourceDataError: A file cannot be used, or has no place.
        InputError: An option fits none of them.
    """
    sites = [survey(path, reading, siting) for path in paths]
    if siting.anchor is not None and all(site.placement is None for site in sites):
        raise InputError(
            "--anchor places what has no CRS, but all sources state one; --crs local makes them "
            "stand by the anchor all the same"
        )
    batches = (batch for site in sites for batch in _site_batches(site, grounding))
    found = tuple(_grounded(site.georeference, grounding.clamping) for site in sites)
    return Sources(batches, found)


def open_layer(store: Store, name: str, grounding: Grounding) -> Sources:
    """The features of a layer.

    What lies in them already was judged when it was loaded: the area of EPSG:4490 is China, and a
    layer of a place elsewhere is no less true for that.
    """
    crs = store.layer(name).crs
    found = Georeference(f"layer:{name}", "layer", crs, "heights as they were loaded")
    batches = _layer_batches(store, name, grounding)
    return Sources(batches, (_grounded(found, grounding.clamping),))


def _layer_batches(store: Store, name: str, grounding: Grounding) -> Iterator[FeatureBatch]:
    for batch in store.read(name, surfaces=True):
        here = batch
        if batch.crs != CITY_CRS:
            settled = settle(batch, where=name)
            here = replace(settled.batch, rejects=settled.batch.rejects + settled.rejects)
        yield _on_ground(here, grounding, 0.0)


def _site_batches(site: Site, grounding: Grounding) -> Iterator[FeatureBatch]:
    """The features of a file at their place, with sound geometry."""
    raised_m = 0.0
    if site.placement is not None:
        raised_m = site.placement.anchor[2] - site.placement.origin[2]
    for batch in site.read():
        settled = site.settle(batch)
        repaired = repair(settled.batch)
        told = settled.notes if site.placement is not None else ()
        here = replace(
            repaired.batch,
            rejects=repaired.batch.rejects + settled.rejects + repaired.rejects,
            notes=repaired.batch.notes + told,
        )
        yield _on_ground(here, grounding, raised_m)


def _on_ground(batch: FeatureBatch, grounding: Grounding, raised_m: float) -> FeatureBatch:
    """The batch clamped, with ellipsoidal bases in the column that the builder reads.

    Args:
        batch: Features at their place.
        grounding: Columns, defaults and clamping.
        raised_m: What heights in the columns of a local frame lack.
    """
    options, clamping = grounding.options, grounding.clamping
    if raised_m == 0.0 and clamping.method == "none":
        return batch
    name = options.base_field or BASE_FIELD
    bases, missing = read_bases(batch.attributes, options)
    if name not in batch.attributes.column_names:
        untold = np.ones(len(batch), np.bool_)
    else:
        untold = missing
    if clamping.method == "terrain":
        bases = np.where(untold, np.nan, bases)
    bases = bases + raised_m
    told = replace(
        batch,
        attributes=with_columns(batch.attributes, {name: bases}),
        tallies={**batch.tallies, **_untold(missing, clamping)},
    )
    return clamp(told, bases, name, clamping)


def _untold(missing: Bool, clamping: Clamping) -> dict[str, int]:
    """What became of footprints whose column tells no usable ground height."""
    count = int(missing.sum())
    if not count:
        return {}
    taken = "the terrain" if clamping.method == "terrain" else "the default"
    return {f"no usable ground height, {taken} used": count}


def _grounded(found: Georeference, how: Clamping) -> Georeference:
    """The georeference with what clamping does."""
    terrain = how.terrain
    if terrain is None:
        offset = how.offset_m if how.method == "offset" else None
        return replace(found, clamping=how.method, height_offset_m=offset)
    return replace(
        found, clamping=how.method, terrain=f"{terrain.path.name}, {terrain.reference.text}"
    )
