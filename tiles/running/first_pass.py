"""The first pass over a whole source: pieces of it settled, here or in workers."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from cim.appearance import Material
from cim.arrays import Int64
from cim.errors import SourceDataError
from cim.features import FeatureBatch
from cim.load_report import RejectFile
from cim.store.base import ItemQuery
from tiles import properties
from tiles.bim.intake import as_model
from tiles.gltf.metadata import Property
from tiles.lightening.run import lighten
from tiles.options import BuildOptions, Progress
from tiles.property_types import kinds_of
from tiles.running import layer
from tiles.running.layer import LayerSource
from tiles.running.pool import Pool
from tiles.running.settle import Measures, Settled, Tally, join, settle

MOST_REJECTS = 1_000
"""Rejects kept in memory, for the report; all are in its file."""

REJECT_FILE = "rejects.csv"

type Tell = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class FirstPass:
    """All of a source, settled."""

    paths: tuple[Path, ...]
    """Files of rows."""

    counts: tuple[int, ...]
    """Rows of each file."""

    coarse: tuple[Int64, ...]
    """For each file the places of the rows that have a coarse look too."""

    measures: Measures
    """Of all rows, in the order of the files."""

    tally: Tally
    properties: tuple[Property, ...]
    materials: dict[int, Material]
    rejects: Path
    """File of all rejects; it is there when there are any."""


@dataclass(frozen=True, slots=True)
class _Range:
    """Some rows of a layer: what a worker needs to settle them."""

    source: LayerSource
    fids: Int64
    properties: tuple[Property, ...]
    options: BuildOptions
    path: Path


def settle_batches(
    batches: Iterator[FeatureBatch], options: BuildOptions, work: Path, tell: Tell
) -> FirstPass:
    """Settle batches as they come, in this process."""
    batches = _told(batches, tell)
    if options.modelling is not None:
        batches = as_model(batches, options.modelling)
    if options.lightening is not None:
        batches = lighten(batches, options.lightening)
    first = next(batches, None)
    chosen = () if first is None else properties.choose(kinds_of(first.attributes.schema), options)

    def pieces() -> Iterator[Settled]:
        ahead, number = first, 0
        while ahead is not None:
            group = _group(chain([ahead], batches), options.partition_features)
            yield settle(group, chosen, options, _path(work, number))
            ahead, number = next(batches, None), number + 1

    return _collect(pieces(), chosen, work)


def settle_layer(
    source: LayerSource, options: BuildOptions, work: Path, tell: Tell, crew: Pool
) -> FirstPass:
    """Settle a layer: workers read ranges of it themselves."""
    with closing(source.open()) as store:
        total = store.count(source.layer, ItemQuery())
    ranges = layer.ranges(source, options.partition_features)
    return _settle_ranges(source, ranges, total, options, work=work, tell=tell, crew=crew)


def settle_some(
    source: LayerSource, fids: Int64, options: BuildOptions, work: Path, crew: Pool
) -> FirstPass:
    """Settle some features of a layer, in the order of `fids`, which are ascending."""
    rows = options.partition_features
    ranges = (fids[first : first + rows] for first in range(0, len(fids), rows))
    return _settle_ranges(
        source, ranges, len(fids), options, work=work, tell=_tell_nobody, crew=crew
    )


def require_features(settled: FirstPass, options: BuildOptions) -> None:
    """Check that there is something to show.

    Raises:
        SourceDataError: No feature is usable; it names the sources and what is wrong with them.
    """
    if not len(settled.measures):
        skipped = settled.tally.skipped
        reasons = "; ".join(f"{count} {reason}" for reason, count in skipped.items())
        sources = ", ".join(each.source for each in options.georeference[:3])
        raise SourceDataError(
            f"no feature to show: {reasons or 'the source is empty'}",
            where=sources or options.output.name,
        )


def _settle_ranges(  # noqa: PLR0913 - what both callers share
    source: LayerSource,
    ranges: Iterator[Int64],
    total: int,
    options: BuildOptions,
    *,
    work: Path,
    tell: Tell,
    crew: Pool,
) -> FirstPass:
    """Settle ranges of a layer."""
    with closing(source.open()) as store:
        chosen = properties.choose(layer.column_kinds(store, source), options)
    jobs = (
        _Range(source, fids, chosen, options, _path(work, number))
        for number, fids in enumerate(ranges)
    )
    pieces = crew.map(_settle_range, jobs, apart=total > options.partition_features)
    return _collect(_counted(pieces, tell, total), chosen, work)


def _counted(pieces: Iterator[Settled], tell: Tell, total: int) -> Iterator[Settled]:
    """The pieces; each is told as it comes."""
    done = 0
    for piece in pieces:
        done = min(done + len(piece.measures) + piece.tally.skipped.total(), total)
        tell(Progress("read", done, total))
        yield piece


def _settle_range(job: _Range) -> Settled:
    """Read and settle some rows of a layer."""
    with closing(job.source.open()) as store:
        batches = layer.read(store, job.source, job.fids, job.options)
        return settle(batches, job.properties, job.options, job.path)


def _collect(pieces: Iterator[Settled], chosen: tuple[Property, ...], work: Path) -> FirstPass:
    """All pieces together."""
    kept: list[Settled] = []
    tally, materials = Tally(), dict[int, Material]()
    rejects = RejectFile(work / REJECT_FILE)
    for piece in pieces:
        rejects.add(piece.tally.rejects)
        tally += piece.tally
        tally = replace(tally, rejects=tally.rejects[:MOST_REJECTS])
        materials |= piece.materials
        kept.append(piece)
    filled = [piece for piece in kept if len(piece.measures)]
    return FirstPass(
        tuple(piece.path for piece in filled),
        tuple(len(piece.measures) for piece in filled),
        tuple(piece.coarse for piece in filled),
        join([piece.measures for piece in filled]),
        tally,
        chosen,
        materials,
        rejects.path,
    )


def _tell_nobody(_: Progress) -> None:
    """The progress of what is soon done."""


def _told(batches: Iterator[FeatureBatch], tell: Tell) -> Iterator[FeatureBatch]:
    """The batches; each is told when it has been dealt with."""
    done = 0
    for batch in batches:
        yield batch
        done += len(batch)
        tell(Progress("read", done, None))


def _group(batches: Iterator[FeatureBatch], rows: int) -> Iterator[FeatureBatch]:
    """Batches until there are so many rows."""
    taken = 0
    for batch in batches:
        taken += len(batch)
        yield batch
        if taken >= rows:
            return


def _path(work: Path, number: int) -> Path:
    """File of the rows of a piece."""
    return work / f"rows-{number:05}.arrow"
