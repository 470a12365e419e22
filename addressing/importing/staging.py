"""Rows of a register, read and kept on disk until the store is written.

Reading takes no lock on the store, however long it lasts.
"""

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from addressing.boundaries import Boundaries
from addressing.importing.elements import AMBIGUOUS, Disagreement
from addressing.importing.reading import (
    DIVISION,
    DOUBT,
    NAME,
    VALUE,
    Answer,
    Job,
    ReaderPlan,
    Spread,
    read_rows,
)
from addressing.importing.rows import RegisterRows, RowTaker, selected
from addressing.importing.survey import RowIds, Survey
from addressing.kinds import DIVISIONS
from cim.arrays import Float64
from cim.features import Reject
from cim.progress import Progress

RECORD: Final = "record"
SOURCE_ID: Final = "source_id"
TEXT: Final = "text"
LINK: Final = "link:"
_MOST_TOLD: Final = 100_000
"""Doubts and disagreements kept one by one; the rest is only counted."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What a person should look at: the row was taken all the same."""

    record: int
    field: str
    value: str
    reason: str


@dataclass(slots=True)
class Tally:
    """What is counted while rows are read."""

    rows: int = 0
    """Rows that can be enrolled."""

    sure: int = 0
    """Rows of which nothing is in doubt."""

    without_place: int = 0
    doubts: Counter[str] = field(default_factory=Counter)
    disagreements: Counter[str] = field(default_factory=Counter)
    remarks: list[Remark] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)

    def remark(self, remarks: Sequence[Remark]) -> None:
        """Keep remarks, as many as there is room for."""
        self.remarks.extend(remarks[: _MOST_TOLD - len(self.remarks)])


@dataclass(frozen=True, slots=True)
class Stage:
    """Rows on disk, batch by batch."""

    files: tuple[Path, ...]
    tally: Tally

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows in their order."""
        for path in self.files:
            with pa.OSFile(str(path), "rb") as file, pa.ipc.open_file(file) as reader:
                yield reader.get_batch(0)


@dataclass(frozen=True, slots=True)
class Divider:
    """What decides in which division a row lies."""

    boundaries: Boundaries | None = None
    """Areas of divisions: they count more than what is written."""

    home: str = ""
    """Code of the city's division, for rows that tell none."""


def stage(
    found: Survey, divider: Divider, folder: Path, spread: Spread, progress: Progress
) -> Stage:
    """Read all rows of a register and keep them.

    Args:
        found: The register, looked into.
        divider: What decides on divisions.
        folder: An empty folder for the rows.
        spread: Where rows are read.
        progress: Called after each batch.

    Raises:
        SourceDataError: The coordinates as a whole cannot be used, or the file breaks off.
        BackendError: A worker process died.
    """
    mapping = found.mapping
    plan = ReaderPlan(mapping.profile, mapping.divisions, found.names, mapping.prefer)
    kept = plan.keep(folder / "plan")
    taker = RowTaker(found.table, mapping, RowIds(mapping, found.repeated))
    tally, waiting = Tally(), deque[RegisterRows]()

    def jobs() -> Iterator[Job]:
        for batch in found.table.batches():
            rows = taker.take(batch)
            tally.rejects += rows.rejects
            tally.notes |= dict.fromkeys(rows.notes)
            if len(rows):
                waiting.append(rows)
                yield Job(kept, rows.texts, rows.parts)

    files: list[Path] = []
    for answer in spread(read_rows, jobs()):
        given = waiting.popleft()
        _note_disagreements(given, answer.disagreements, tally)
        rows, told = _without_faults(given, answer, tally)
        table = _divided(_joined(rows, told), rows, divider, tally)
        _count(rows, table[DOUBT], tally)
        files.append(_kept(table, folder / f"{len(files):06d}.arrow"))
        progress(tally.rows + len(tally.rejects), found.count)
    return Stage(tuple(files), tally)


def _without_faults(
    rows: RegisterRows, answer: Answer, tally: Tally
) -> tuple[RegisterRows, pa.RecordBatch]:
    """The rows that could be read, and what they say."""
    if not answer.faults:
        return rows, answer.columns
    keep = np.ones(len(rows), np.bool_)
    keep[[fault.row for fault in answer.faults]] = False
    tally.rejects += [
        Reject(int(rows.records[fault.row]), fault.field, fault.value, fault.reason)
        for fault in answer.faults
    ]
    return selected(rows, keep), answer.columns.filter(pa.array(keep))


def _joined(rows: RegisterRows, told: pa.RecordBatch) -> dict[str, pa.Array]:
    """All columns of some rows by name."""
    columns = dict(zip(told.schema.names, told.columns, strict=True))
    columns[RECORD] = pa.array(rows.records)
    columns[SOURCE_ID] = pa.array(rows.ids, pa.string())
    if rows.texts is not None:
        columns[TEXT] = rows.texts
    columns["lon"], columns["lat"] = (pa.array(axis) for axis in rows.lon_lat.T)
    columns |= rows.facts
    columns |= {f"{LINK}{place}": column for place, column in enumerate(rows.links)}
    return columns


def _divided(
    columns: dict[str, pa.Array], rows: RegisterRows, divider: Divider, tally: Tally
) -> dict[str, pa.Array]:
    """The columns with the division of each row: by area, column, text or the city's own."""
    text_told = told = columns[DIVISION]
    if "division_code" in columns:
        told = pc.coalesce(columns["division_code"], told)
    if divider.boundaries is not None:
        columns, told = _by_area(columns, told, rows, divider.boundaries, tally)
    settled = pc.and_(text_told.is_null(), told.is_valid())
    ambiguous = pc.fill_null(pc.equal(columns[DOUBT], AMBIGUOUS), False)  # noqa: FBT003 - Arrow's own
    none = pa.scalar(None, pa.string())
    doubts = pc.if_else(pc.and_(settled, ambiguous), none, columns[DOUBT])
    if divider.home:
        told = pc.fill_null(told, divider.home)
    return {**columns, DIVISION: told, DOUBT: doubts}


def _by_area(
    columns: dict[str, pa.Array],
    told: pa.Array,
    rows: RegisterRows,
    boundaries: Boundaries,
    tally: Tally,
) -> tuple[dict[str, pa.Array], pa.Array]:
    """Columns and division codes after the area that holds each door.

    Where the text names another division, what it says of divisions is dropped.
    """
    placed = np.flatnonzero(~np.isnan(rows.lon_lat[:, 0]))
    found = np.full(len(rows), None, object)
    found[placed] = [code or None for code in boundaries.locate(rows.lon_lat[placed])]
    given = told.to_numpy(zero_copy_only=False)
    pairs = list(zip(found.tolist(), given.tolist(), strict=True))
    apart = np.array([bool(a and b and not _kin(a, b)) for a, b in pairs], np.bool_)
    codes = [a if a and (not b or not b.startswith(a)) else b for a, b in pairs]
    tally.disagreements["division and boundary"] += int(apart.sum())
    tally.remark(
        [
            Remark(
                int(rows.records[row]),
                DIVISION,
                str(given[row]),
                f"the door lies in {found[row]}, which counts",
            )
            for row in np.flatnonzero(apart)
        ]
    )
    none = pa.scalar(None, pa.string())
    dropped = {
        name: pc.if_else(pa.array(apart), none, column)
        for name, column in columns.items()
        if name.startswith((VALUE, NAME)) and name.partition(":")[2] in DIVISIONS
    }
    return {**columns, **dropped}, pa.array(codes, pa.string())


def _kin(one: str, other: str) -> bool:
    """Whether one division lies in the other."""
    return one.startswith(other) or other.startswith(one)


def _note_disagreements(
    rows: RegisterRows, disagreements: Sequence[Disagreement], tally: Tally
) -> None:
    """Count and keep where a column and the text say different things."""
    tally.disagreements.update(one.kind for one in disagreements)
    tally.remark(
        [
            Remark(int(rows.records[one.row]), one.kind, one.column, f"the text says {one.text!r}")
            for one in disagreements
        ]
    )


def _count(rows: RegisterRows, doubts: pa.Array, tally: Tally) -> None:
    """Count what is sure and what is in doubt."""
    doubtful = np.flatnonzero(doubts.is_valid().to_numpy(zero_copy_only=False))
    tally.rows += len(rows)
    tally.without_place += _unplaced(rows.lon_lat)
    tally.sure += len(rows) - len(doubtful)
    reasons = [doubts[int(row)].as_py() for row in doubtful]
    tally.doubts.update(reason.partition(":")[0] for reason in reasons)
    texts = rows.texts
    tally.remark(
        [
            Remark(
                int(rows.records[row]),
                TEXT,
                str(texts[int(row)].as_py()) if texts is not None else "",
                f"draft: {reason}",
            )
            for row, reason in zip(doubtful.tolist(), reasons, strict=True)
        ]
    )


def _unplaced(lon_lat: Float64) -> int:
    return int(np.isnan(lon_lat[:, 0]).sum())


def _kept(columns: dict[str, pa.Array], path: Path) -> Path:
    """Write some rows to a file."""
    batch = pa.RecordBatch.from_pydict(columns)
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with (
        pa.OSFile(str(path), "wb") as file,
        pa.ipc.new_file(file, batch.schema, options=options) as writer,
    ):
        writer.write_batch(batch)
    return path
