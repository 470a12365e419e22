"""A tileset from features: settle, share out to tiles, write contents, publish.

Two passes keep memory flat: the first settles pieces of the source and spills them to disk,
keeping only a box, a size and a weight of each feature; the second writes partition after
partition. Each step is a function of its part, in this process or in workers; see
`tiles.running`.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from cim.arrays import Int64
from cim.features import FeatureBatch
from tiles.options import BuildOptions, BuildReport, Progress
from tiles.publish import staging
from tiles.running import increment
from tiles.running.archived import is_archive, rejects_beside, room_for
from tiles.running.contents import Written, coarse_key
from tiles.running.external import take_in
from tiles.running.finish import Tree, summarise
from tiles.running.first_pass import (
    FirstPass,
    require_features,
    settle_batches,
    settle_layer,
    settle_some,
)
from tiles.running.increment import Changed, Standing
from tiles.running.layer import LayerSource
from tiles.running.links import (
    Host,
    Links,
    Match,
    Placing,
    graft,
    host_of,
    match_all,
    moved,
    near_records,
)
from tiles.running.model_tree import grow_model
from tiles.running.pool import default_workers, pool
from tiles.running.register import Register
from tiles.running.report import Course, Rejected, keep_rejects, kept_rejects, move_rejects, report
from tiles.running.settle import CRS
from tiles.running.site import Site, publish_tree, region_of, write
from tiles.running.state import opened
from tiles.running.tree import Grown, grow, tiles_of
from tiles.tiles3d.tileset import Tile

__all__ = ["CRS", "build"]


def build(
    source: Iterator[FeatureBatch] | LayerSource,
    options: BuildOptions,
    progress: Callable[[Progress], None] | None = None,
) -> BuildReport:
    """Write a tileset, or bring one up to date.

    Args:
        source: Batches with longitude/latitude degrees in EPSG:4490 and heights in metres; or a
            layer of the store, which workers read themselves, and of which only what changed is
            built again.
        options: Where to and how; an output that ends in `.3tz` becomes an archive.
        progress: Called after each piece that was read and each partition that was written.

    Raises:
        InputError: A named column does not exist, a batch has another CRS, or `options.output`
            holds something else.
        SourceDataError: No feature is usable; nothing is written.
        BackendError: The folder cannot be written, another build is writing to it, or a worker
            process died.
    """
    if not is_archive(options.output):
        return _build_folder(source, options, progress)
    with room_for(options.output) as folder:
        made = _build_folder(source, replace(options, output=folder), progress)
        rejects = move_rejects(made.reject_file, rejects_beside(options.output))
    return replace(made, reject_file=rejects)


def _build_folder(
    source: Iterator[FeatureBatch] | LayerSource,
    options: BuildOptions,
    progress: Callable[[Progress], None] | None,
) -> BuildReport:
    """Write a tileset in a folder, or bring it up to date."""
    with (
        staging(options.output) as work,
        pool(options.workers or default_workers()) as crew,
        opened(options.output) as state,
    ):
        tell = progress or _tell_nobody
        site = Site(options, work, state, crew, tell, time.perf_counter())
        if isinstance(source, LayerSource):
            return _build_layer(source, site)
        settled = settle_batches(source, options, work, tell)
        return _build_all(settled, site, None)


def _build_layer(source: LayerSource, site: Site) -> BuildReport:
    """Bring the tileset of a layer up to date, or build it anew."""
    sign = increment.signature(source, site.options)
    before = increment.standing(source, site.options, site.state, sign)
    done = None if before is None else _build_changed(source, before, site)
    if done is not None:
        return done
    with closing(source.open()) as store:
        head = store.head(source.layer)
    settled = settle_layer(source, site.options, site.work, site.tell, site.crew)
    return _build_all(settled, site, {"signature": sign, "head": head})


def _build_all(settled: FirstPass, site: Site, layer: Mapping[str, Any] | None) -> BuildReport:
    """Build all tiles, those left out whose contents stand already.

    Args:
        settled: The source.
        site: Of the build.
        layer: Facts about the layer that the source is, None for files.
    """
    options = site.options
    require_features(settled, options)
    grown, tiles = _planted(settled, options)
    links = match_all(take_in(options.models, options.output, site.work), settled)
    summary = summarise(settled, options)
    summary = replace(summary, notes=summary.notes | links.notes)
    read = time.perf_counter()
    known = site.state.tiles()
    hosts = [
        host_of(match, grown.tile_of[match.places], grown.nodes, grown.plane, match.places)
        for match in links.matches
    ]
    placed, tiles = graft(links, hosts, grown.tile_of, tiles)
    written = write(settled, replace(grown, tile_of=placed), tiles, known, site)
    made = time.perf_counter()
    tree = Tree(grown.nodes, tiles, written, region_of(grown, options), links.files)
    kept = None if layer is None else Register.of(settled.measures, grown.tile_of, grown.plane)
    facts = {"plane": asdict(grown.plane), "links": links.facts, **(layer or {})}
    finished = publish_tree(tree, summary, kept, site, facts)
    course = Course(
        "full" if finished.changed else "unchanged",
        _fresh(written, known),
        Rejected(settled.tally.rejects, keep_rejects(settled.rejects, options.output)),
        _seconds(site.began, read, made),
    )
    return report(summary, finished, options, course)


def _planted(settled: FirstPass, options: BuildOptions) -> tuple[Grown, list[Tile]]:
    """The tree of all features, and its tiles before they have contents."""
    if options.modelling is not None:
        return grow_model(settled, options.modelling)
    grown = grow(settled.measures, options.limits)
    return grown, tiles_of(grown.nodes)


def _build_changed(source: LayerSource, before: Standing, site: Site) -> BuildReport | None:
    """Build the tiles that changed features are in or were in; None when all must be built."""
    options = site.options
    changed = settle_some(source, before.changed, options, _room(site, "changed"), site.crew)
    after = increment.change(before, changed.measures, options)
    if after is None:
        return None
    links = _links_again(source, after.register, before, site)
    changes = moved(site.state.fact("links"), links)
    changes = changes[after.register.has(changes)]
    concerned = np.union1d(after.tiles, after.register.tiles_of(changes))
    records = after.register.records_in(concerned)
    settled = settle_some(source, records, options, _room(site, "touched"), site.crew)
    read = time.perf_counter()
    tile_of = after.register.tiles_of(settled.measures.records)
    hosts = [_host_again(match, settled, after, before) for match in links.matches]
    placed, tiles = graft(links, hosts, tile_of, tiles_of(after.nodes))
    grown = Grown(after.nodes, placed, before.plane)
    _, standing = site.state.standing()
    made = write(settled, grown, tiles, site.state.tiles(), site)
    written = _still(standing, after, concerned, tiles) | made
    done = time.perf_counter()
    summary = increment.summarise(before.summary, after, changed)
    facts = {"head": before.head, "links": links.facts}
    tree = Tree(after.nodes, tiles, written, region_of(grown, options), links.files)
    finished = publish_tree(tree, summary, after.register, site, facts)
    course = Course(
        "incremental" if finished.changed else "unchanged",
        _fresh(made, standing),
        Rejected(changed.tally.rejects, kept_rejects(options.output)),
        _seconds(site.began, read, done),
    )
    notes = dict(changed.tally.notes) | links.notes
    told = replace(summary, skipped=dict(changed.tally.skipped), notes=notes)
    return report(told, finished, options, course)


def _links_again(source: LayerSource, kept: Register, before: Standing, site: Site) -> Links:
    """What models replace among the features of a layer that stands."""
    models = take_in(site.options.models, site.options.output, site.work)
    records = near_records(models, source, Placing(kept, before.plane))
    near = settle_some(source, records, site.options, _room(site, "near"), site.crew)
    return match_all(models, near)


def _host_again(match: Match, settled: FirstPass, after: Changed, before: Standing) -> Host:
    """Where a model hangs in a tree that stands; what it replaces may be among what is written."""
    tiles = after.register.tiles_of(match.records)
    places = np.flatnonzero(np.isin(settled.measures.records, match.records))
    return host_of(match, tiles, after.nodes, before.plane, places)


def _still(
    standing: Mapping[str, Written], after: Changed, concerned: Int64, tiles: Sequence[Tile]
) -> dict[str, Written]:
    """The contents that stay as they are."""
    keys = after.nodes.keys
    gone = {keys[tile] for tile in concerned.tolist()}
    wanted = {tile.name for tile in tiles} - gone
    wanted |= {coarse_key(key) for key in wanted}
    return {key: each for key, each in standing.items() if key in wanted}


def _fresh(made: Mapping[str, Written], before: Mapping[str, Written]) -> int:
    """How many contents were not there before."""
    return sum(key not in before or before[key].input != made[key].input for key in made)


def _room(site: Site, name: str) -> Path:
    """A folder for temporary files of a step."""
    folder = site.work / name
    folder.mkdir()
    return folder


def _seconds(began: float, read: float, made: float) -> dict[str, float]:
    """Wall time of the steps of a build that ends now."""
    return {"read": read - began, "write": made - read, "publish": time.perf_counter() - made}


def _tell_nobody(_: Progress) -> None:
    """The progress callback of a caller who wants none."""
