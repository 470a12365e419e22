"""The first pass: features to settled rows on disk, with a few measures of each in memory."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from cim.appearance import Material
from cim.arrays import Float64, Int64
from cim.errors import InputError
from cim.features import FeatureBatch, Reject, select
from tiles.gltf.metadata import Property
from tiles.options import BuildOptions
from tiles.prepare import Finding, Prepared, prepare
from tiles.running.rows import RowWriter
from tiles.settling import lods

CRS = "EPSG:4490"


@dataclass(frozen=True, slots=True)
class Measures:
    """What the tree is made from, a row for each settled feature."""

    records: Int64
    """(n,) record numbers in the source: in a layer of the store, its row numbers."""

    bounds: Float64
    """(n, 4) west, south, east, north."""

    size_m: Float64
    """(n,) diagonal of the feature's box."""

    triangles: Int64
    """(n,)."""

    def __len__(self) -> int:
        """Number of features."""
        return len(self.records)


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of features, in numbers."""

    skipped: Counter[str] = field(default_factory=Counter)
    """Features left out, by reason."""

    notes: Counter[str] = field(default_factory=Counter)
    """Features taken in another way than stated, by what was done."""

    origins: Counter[str] = field(default_factory=Counter)
    """Features by where their height comes from."""

    rejects: tuple[Reject, ...] = ()
    """Features left out, one by one."""

    remarks: tuple[str, ...] = ()
    """What the reader told, without repeats."""

    def __add__(self, other: "Tally") -> "Tally":
        """Both together."""
        return Tally(
            self.skipped + other.skipped,
            self.notes + other.notes,
            self.origins + other.origins,
            self.rejects + other.rejects,
            tuple(dict.fromkeys(self.remarks + other.remarks)),
        )


@dataclass(frozen=True, slots=True)
class Settled:
    """Some features on disk."""

    path: Path
    measures: Measures
    tally: Tally
    materials: dict[int, Material]
    coarse: Int64
    """(k,) features, by their places here, whose coarse looks are in `coarse_path`, in order."""


def coarse_path(path: Path) -> Path:
    """File of the coarse looks beside a file of rows."""
    return path.with_suffix(".coarse")


def settle(
    batches: Iterator[FeatureBatch],
    chosen: tuple[Property, ...],
    options: BuildOptions,
    path: Path,
) -> Settled:
    """Settle features and write them to a file, which is made when there are any.

    Args:
        batches: Longitude/latitude degrees in EPSG:4490, heights in metres.
        chosen: Properties of the tileset.
        options: How.
        path: Of the file.

    Raises:
        InputError: A batch has another CRS.
    """
    rows, coarse_rows = RowWriter(path), RowWriter(coarse_path(path))
    measures: list[Measures] = []
    tally, count = Tally(), 0
    materials: dict[int, Material] = {}
    coarse = [np.zeros(0, np.int64)]
    for batch in batches:
        _require_crs(batch)
        settled = prepare(batch, chosen, options)
        rows.add(settled.table)
        if options.lods == "all":
            look = _coarse(batch, settled, chosen, options)
            coarse_rows.add(look.table)
            coarse.append(count + np.searchsorted(settled.rows, look.rows))
            materials |= look.materials
        measures.append(_measures(batch, settled))
        tally, count = tally + _tally(batch, settled), count + len(settled.rows)
        materials |= settled.materials
    rows.close()
    coarse_rows.close()
    return Settled(path, join(measures), tally, materials, np.concatenate(coarse))


def _coarse(
    batch: FeatureBatch,
    fine: Prepared,
    chosen: tuple[Property, ...],
    options: BuildOptions,
) -> Prepared:
    """The coarse looks of the features that have another one than the fine one."""
    wanted = np.isin(np.arange(len(batch)), np.intersect1d(lods.differing(batch), fine.rows))
    places = np.flatnonzero(wanted)
    look = prepare(select(batch, wanted), chosen, replace(options, coarse=True))
    return replace(look, rows=places[look.rows])


def join(parts: Sequence[Measures]) -> Measures:
    """Measures one after the other."""
    none = np.zeros(0, np.int64)
    parts = [Measures(none, np.zeros((0, 4)), np.zeros(0), none), *parts]
    return Measures(
        np.concatenate([part.records for part in parts]),
        np.concatenate([part.bounds for part in parts]),
        np.concatenate([part.size_m for part in parts]),
        np.concatenate([part.triangles for part in parts]),
    )


def _measures(batch: FeatureBatch, settled: Prepared) -> Measures:
    """Measures of the features of one batch."""
    return Measures(batch.records[settled.rows], settled.bounds, settled.size_m, settled.triangles)


def _tally(batch: FeatureBatch, settled: Prepared) -> Tally:
    """What became of the features of one batch."""
    skipped = Counter(reject.reason for reject in batch.rejects)
    notes = Counter(batch.tallies)
    for finding in settled.findings:
        if len(finding.rows):
            (skipped if finding.skipped else notes)[finding.reason] += len(finding.rows)
    rejects = (*batch.rejects, *_rejects(batch, settled.findings))
    remarks = tuple(dict.fromkeys(batch.notes))
    return Tally(skipped, notes, Counter(settled.origins), rejects, remarks)


def _rejects(batch: FeatureBatch, findings: tuple[Finding, ...]) -> Iterator[Reject]:
    """Features left out, one by one."""
    for found in findings:
        if found.skipped:
            for row in found.rows.tolist():
                source_id = str(batch.source_ids[row] or "")
                yield Reject(int(batch.records[row]), "geometry", source_id, found.reason)


def _require_crs(batch: FeatureBatch) -> None:
    """Check that a batch is in the CRS that tiles are made from."""
    if batch.crs != CRS:
        raise InputError(f"batch in {batch.crs[:80]}; tiles are built from {CRS}")
