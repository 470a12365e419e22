"""The report of a load, and the file of the records that it could not use."""

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from cim.features import Reject
from cim.store.base import LoadOutcome


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What was read, what became of it, and how long it took."""

    layer: str
    source: str
    file: str
    crs: str
    id_rule: str
    records: int
    inserted: int
    updated: int
    unchanged: int
    retired: int
    restored: int
    repaired: int
    """Features whose geometry was mended."""

    rejected: int
    reject_reasons: dict[str, int]
    reject_file: str | None
    """File with every rejected record, None when there are none."""

    notes: tuple[str, ...]
    seconds: dict[str, float]
    """Time spent in `read`, `place`, `code` and `write`."""


class RejectFile:
    """Rejected records, written as they come; the file exists once there is one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.reasons: Counter[str] = Counter()

    def add(self, rejects: tuple[Reject, ...]) -> None:
        """Append records."""
        if not rejects:
            return
        if not self.reasons:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text("record,field,value,reason\r\n", "utf-8-sig", newline="")
        with self.path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerows((r.record, r.field, r.value, r.reason) for r in rejects)
        self.reasons.update(reject.reason for reject in rejects)


def retirement_note(outcome: LoadOutcome) -> tuple[str, ...]:
    """A warning when most of what the source brought before is gone."""
    before = outcome.retired + outcome.updated - outcome.restored + outcome.unchanged
    if outcome.retired * 2 <= before:
        return ()
    note = (
        f"{outcome.retired} of {before} features of this source were not in it any more and are "
        "retired; if the file is only a part, load the whole again (ids come back) and give parts "
        "a --source of their own"
    )
    return (note,)
