"""A tileset from features: settle, share out to tiles, write contents, publish.

Two passes keep memory flat: the first settles pieces of the source and spills them to disk,
keeping only a box, a size and a weight of each feature; the second writes partition after
partition. Each step is a function of its part, in this process or in workers; see
`tiles.running`.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson

from cim.features import FeatureBatch
from tiles.gltf.metadata import schema
from tiles.options import BuildOptions, BuildReport, ContentSpec, Progress
from tiles.publish import put, schema_name, staging
from tiles.running.contents import Shop, code_version, settings_digest
from tiles.running.finish import Summary, Tree, finish, summarise
from tiles.running.first_pass import FirstPass, Tell, settle_batches, settle_layer
from tiles.running.layer import LayerSource
from tiles.running.pool import Pool, default_workers, pool
from tiles.running.report import Course, Rejected, keep_rejects, report
from tiles.running.second_pass import Work, write_contents
from tiles.running.settle import CRS
from tiles.running.state import State, opened
from tiles.running.tree import grow, tiles_of

__all__ = ["CRS", "build"]


def build(
    source: Iterator[FeatureBatch] | LayerSource,
    options: BuildOptions,
    progress: Callable[[Progress], None] | None = None,
) -> BuildReport:
    """Write a tileset.

    Args:
        source: Batches with longitude/latitude degrees in EPSG:4490 and heights in metres; or a
            layer of the store, which workers read themselves.
        options: Where to and how.
        progress: Called after each piece that was read and each partition that was written.

    Raises:
        InputError: A named column does not exist, a batch has another CRS, or `options.output`
            holds something else.
        SourceDataError: No feature is usable; nothing is written.
        BackendError: The folder cannot be written, another build is writing to it, or a worker
            process died.
    """
    tell = progress or _tell_nobody
    with (
        staging(options.output) as work,
        pool(options.workers or default_workers()) as crew,
        opened(options.output) as state,
    ):
        return _full(source, options, work, state, crew, tell)


def _full(
    source: Iterator[FeatureBatch] | LayerSource,
    options: BuildOptions,
    work: Path,
    state: State,
    crew: Pool,
    tell: Tell,
) -> BuildReport:
    """Build all tiles, those left out whose contents stand already."""
    began = time.perf_counter()
    if isinstance(source, LayerSource):
        settled = settle_layer(source, options, work, tell, crew)
    else:
        settled = settle_batches(source, options, work, tell)
    grown = grow(settled.measures, options.limits)
    read = time.perf_counter()
    tiles = tiles_of(grown.nodes)
    shop, summary = _shop(settled, options, work)
    known = state.tiles()
    job = Work(settled, grown, tiles, [None] * len(tiles), shop, known, options.partition_features)
    written = write_contents(job, state, tell, crew)
    made = time.perf_counter()
    finished = finish(Tree(grown.nodes, tiles, written), summary, options, work, state, {})
    course = Course(
        "full" if finished.changed else "unchanged",
        sum(known.get(key) is not each for key, each in written.items()),
        Rejected(settled.tally.rejects, keep_rejects(settled.rejects, options.output)),
        {"read": read - began, "write": made - read, "publish": time.perf_counter() - made},
    )
    return report(summary, finished, options, course)


def _shop(settled: FirstPass, options: BuildOptions, work: Path) -> tuple[Shop, Summary]:
    """What all contents share, and what is told of the tileset; the schema is written."""
    document = orjson.dumps(schema(settled.properties))
    name = schema_name(document)
    put(options.output, name, document, work)
    spec = ContentSpec(
        settled.properties,
        options.look,
        options.floors,
        settled.materials,
        f"../{Path(name).name}",
    )
    shop = Shop(options.output, work, spec, settings_digest(spec, code_version()))
    return shop, summarise(settled, options, name, len(document))


def _tell_nobody(_: Progress) -> None:
    """The progress callback of a caller who wants none."""
