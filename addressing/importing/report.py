"""The report of an import, and the files of rows that a person should look at."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from addressing.importing.staging import Remark
from cim.features import Reject
from cim.tables.base import Table
from cim.tables.values import texts_of


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What was read, what became of it, and how long it took."""

    source: str
    file: str
    dry_run: bool
    profile: str
    """City profile of the texts."""

    mapping: str
    """As a mapping file."""

    mapping_guessed: bool
    id_rule: str
    records: int
    """Rows of the file."""

    sure: int
    """Rows of which everything was read and nothing is in doubt."""

    doubtful: Mapping[str, int]
    """Rows that became drafts, by reason."""

    disagreements: Mapping[str, int]
    """Rows whose column and text say different things, by type of element."""

    new: int
    updated: int
    unchanged: int
    retired: int
    collisions: int
    """New rows with the text of another address: drafts in the queue."""

    without_place: int
    linked: int
    """Links to entities that were written."""

    rejected: int
    reject_reasons: Mapping[str, int]
    reject_file: str | None
    """File with every rejected row and its reason, None when there are none."""

    remark_file: str | None
    """File of doubts and disagreements, None when there are none."""

    notes: tuple[str, ...]
    seconds: Mapping[str, float]
    """Time spent to `survey`, `read` and `write`."""


def write_rejects(path: Path, table: Table, rejects: Sequence[Reject]) -> str | None:
    """Keep rejected rows as they came, with the reason before them; None when there are none.

    The register is read once more for them.
    """
    if not rejects:
        return None
    by_record = {one.record: one for one in rejects}
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("record", "field", "value", "reason", *table.names))
        told: set[int] = set()
        for batch in table.batches():
            places = [row for row, n in enumerate(batch.records.tolist()) if n in by_record]
            if places:
                chosen = [texts_of(batch.columns[name].take(places)) for name in table.names]
                rows = zip(*(column.to_pylist() for column in chosen), strict=True)
                for place, row in zip(places, rows, strict=True):
                    one = by_record[int(batch.records[place])]
                    told.add(one.record)
                    writer.writerow((one.record, one.field, one.value, one.reason, *row))
        unread = sorted(by_record.keys() - told)
        writer.writerows(
            (n, by_record[n].field, by_record[n].value, by_record[n].reason) for n in unread
        )
    return str(path)


def write_remarks(path: Path, remarks: Sequence[Remark]) -> str | None:
    """Keep doubts and disagreements; None when there are none."""
    if not remarks:
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("record", "field", "value", "reason"))
        ordered = sorted(remarks, key=lambda one: one.record)
        writer.writerows((one.record, one.field, one.value, one.reason) for one in ordered)
    return str(path)
