"""A tileset from features: settle, share out to tiles, write contents, publish.

Two passes keep memory flat: the first settles pieces of the source and spills them to disk,
keeping only a box, a size and a weight of each feature; the second writes partition after
partition. Each step is a function of its part, in this process or in workers; see
`tiles.running`.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from cim.catalog import Bounds
from cim.features import FeatureBatch
from tiles.options import BuildOptions, BuildReport, ContentSpec, Progress
from tiles.publish import put, schema_name, staging
from tiles.running import increment, register
from tiles.running.archived import is_archive, rejects_beside, room_for
from tiles.running.contents import (
    Shop,
    Written,
    coarse_key,
    code_version,
    schema_document,
    settings_digest,
)
from tiles.running.finish import Finished, Summary, Tree, finish, summarise, version_of
from tiles.running.first_pass import (
    FirstPass,
    Tell,
    require_features,
    settle_batches,
    settle_layer,
    settle_some,
)
from tiles.running.increment import Standing
from tiles.running.layer import LayerSource
from tiles.running.model_tree import grow_model
from tiles.running.pool import Pool, default_workers, pool
from tiles.running.register import Register
from tiles.running.report import Course, Rejected, keep_rejects, kept_rejects, move_rejects, report
from tiles.running.second_pass import Work, write_contents
from tiles.running.settle import CRS
from tiles.running.state import State, opened
from tiles.running.tree import Grown, grow, into_root, is_implicit, tiles_of
from tiles.tiles3d.implicit_write import require_globe
from tiles.tiles3d.tileset import Tile

__all__ = ["CRS", "build"]


@dataclass(frozen=True, slots=True)
class _Site:
    """Where a build works and with what."""

    options: BuildOptions
    work: Path
    """For temporary files."""

    state: State
    crew: Pool
    tell: Tell
    began: float


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
        site = _Site(options, work, state, crew, tell, time.perf_counter())
        if isinstance(source, LayerSource):
            return _build_layer(source, site)
        settled = settle_batches(source, options, work, tell)
        return _build_all(settled, site, None)


def _build_layer(source: LayerSource, site: _Site) -> BuildReport:
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


def _build_all(settled: FirstPass, site: _Site, layer: Mapping[str, Any] | None) -> BuildReport:
    """Build all tiles, those left out whose contents stand already.

    Args:
        settled: The source.
        site: Of the build.
        layer: Facts about the layer that the source is, None for files.
    """
    options = site.options
    require_features(settled, options)
    grown, tiles = _planted(settled, options)
    read = time.perf_counter()
    known = site.state.tiles()
    written = _write(settled, grown, tiles, known, site)
    made = time.perf_counter()
    summary = summarise(settled, options)
    tree = Tree(grown.nodes, tiles, written, _region(grown, options))
    kept = None if layer is None else Register.of(settled.measures, grown.tile_of, grown.plane)
    finished = _finish(tree, summary, kept, site, {"plane": asdict(grown.plane), **(layer or {})})
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


def _build_changed(source: LayerSource, before: Standing, site: _Site) -> BuildReport | None:
    """Build the tiles that changed features are in or were in; None when all must be built."""
    options = site.options
    changed = settle_some(source, before.changed, options, _room(site, "changed"), site.crew)
    after = increment.change(before, changed.measures, options)
    if after is None:
        return None
    records = after.register.records_in(after.tiles)
    settled = settle_some(source, records, options, _room(site, "touched"), site.crew)
    read = time.perf_counter()
    tile_of = after.register.tiles_of(settled.measures.records)
    grown = Grown(after.nodes, tile_of, before.plane)
    _, standing = site.state.standing()
    tiles = tiles_of(after.nodes)
    made = _write(settled, grown, tiles, site.state.tiles(), site)
    keys = after.nodes.keys
    touched = {keys[tile] for tile in after.tiles.tolist()}
    touched |= {coarse_key(key) for key in touched}
    written = {key: each for key, each in standing.items() if key not in touched} | made
    done = time.perf_counter()
    summary = increment.summarise(before.summary, after, changed)
    facts = {"head": before.head}
    tree = Tree(after.nodes, tiles, written, _region(grown, options))
    finished = _finish(tree, summary, after.register, site, facts)
    course = Course(
        "incremental" if finished.changed else "unchanged",
        _fresh(made, standing),
        Rejected(changed.tally.rejects, kept_rejects(options.output)),
        _seconds(site.began, read, done),
    )
    told = replace(summary, skipped=dict(changed.tally.skipped), notes=dict(changed.tally.notes))
    return report(told, finished, options, course)


def _write(
    settled: FirstPass,
    grown: Grown,
    tiles: Sequence[Tile],
    known: Mapping[str, Written],
    site: _Site,
) -> dict[str, Written]:
    """The contents of the tiles that settled features are in."""
    if not len(settled.measures):
        return {}
    rows = site.options.partition_features
    implicit = _region(grown, site.options) is not None
    within = into_root(tiles) if implicit else [None] * len(tiles)
    shop = _shop(settled, site, implicit=implicit)
    job = Work(settled, grown, tiles, within, shop, known, rows)
    return write_contents(job, site.state, site.tell, site.crew)


def _region(grown: Grown, options: BuildOptions) -> Bounds | None:
    """The square of a tree that is tiled implicitly, None for one of documents.

    Raises:
        UnsupportedError: It is to be implicit, and the square leaves the globe.
    """
    if not is_implicit(grown.nodes, grown.plane, options):
        return None
    require_globe(grown.plane.region_deg)
    return grown.plane.region_deg


def _shop(settled: FirstPass, site: _Site, *, implicit: bool) -> Shop:
    """What all contents share; the schema is written."""
    options = site.options
    document = schema_document(settled.properties)
    name = schema_name(document)
    put(options.output, name, document, site.work)
    uri = f"{'../..' if implicit else '..'}/{Path(name).name}"
    spec = ContentSpec(
        settled.properties,
        options.look,
        options.floors,
        settled.materials,
        uri,
        options.compression,
        options.outlines,
        options.instancing,
    )
    return Shop(options.output, site.work, spec, settings_digest(spec, code_version()))


def _finish(
    tree: Tree, summary: Summary, kept: Register | None, site: _Site, facts: Mapping[str, Any]
) -> Finished:
    """Publish, and keep what an incremental build needs."""
    output = site.options.output
    version = version_of(tree.written, summary)
    if kept is not None:
        register.save(kept, output, version, site.work)
    finished = finish(tree, summary, site.options, site.work, site.state, facts)
    register.forget(output, version)
    return finished


def _fresh(made: Mapping[str, Written], before: Mapping[str, Written]) -> int:
    """How many contents were not there before."""
    return sum(key not in before or before[key].input != made[key].input for key in made)


def _room(site: _Site, name: str) -> Path:
    """A folder for temporary files of a step."""
    folder = site.work / name
    folder.mkdir()
    return folder


def _seconds(began: float, read: float, made: float) -> dict[str, float]:
    """Wall time of the steps of a build that ends now."""
    return {"read": read - began, "write": made - read, "publish": time.perf_counter() - made}


def _tell_nobody(_: Progress) -> None:
    """The progress callback of a caller who wants none."""
