"""Staged rows into the registry, all in one transaction."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from addressing.importing.mapping import LinkColumn
from addressing.importing.reading import DIVISION, DOUBT, NAME, VALUE
from addressing.importing.staging import LINK, RECORD, SOURCE_ID, TEXT, Stage
from addressing.model import Link, Status
from addressing.registry.changes import retire
from addressing.registry.enrol import enrol
from addressing.registry.linking import write_links
from addressing.registry.rows import AddressRow
from addressing.registry.store import Registry
from addressing.registry.table import Addresses
from addressing.registry.values import Columns, EnrolOutcome, Reason
from cim.features import Reject
from cim.progress import Progress

type Entities = Callable[[str, Sequence[str]], Mapping[str, str]]
"""Entity ids by source id, of a layer and some source ids; of entity ids themselves when the
layer is empty. What is not there is left out."""

_PRESENT: Final = """
CREATE TEMP TABLE IF NOT EXISTS cim_present (source_id TEXT PRIMARY KEY) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class WritePlan:
    """How staged rows become addresses."""

    source: str
    who: str
    why: str
    day: date | None = None
    links: tuple[LinkColumn, ...] = ()
    entities: Entities | None = None
    full: bool = False
    """Whether addresses that the source brought before and does not now are retired."""

    dry_run: bool = False


@dataclass(slots=True)
class WriteTally:
    """What became of the rows."""

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    retired: int = 0
    collisions: int = 0
    linked: int = 0
    rejects: list[Reject] = field(default_factory=list)
    lost_links: Counter[str] = field(default_factory=Counter)
    """Links to entities that do not exist, by layer."""

    never_here: int = 0
    """Rows that were retired in the register before they came here."""


class _DryRun(Exception):  # noqa: N818 - ends a transaction, no error
    """Ends a transaction without its changes."""


def write(registry: Registry, stage: Stage, plan: WritePlan, progress: Progress) -> WriteTally:
    """Put staged rows into the registry, in one transaction; a dry run takes it all back.

    Raises:
        BackendError: Another process writes for too long, or the disk refuses.
    """
    tally = WriteTally()
    action = f"enrolled from {plan.source}"
    try:
        with registry.changing(action, plan.who, plan.why, plan.day) as (addresses, reason):
            _Writer(addresses, plan, reason, tally).run(stage, progress)
            _end(dry_run=plan.dry_run)
    except _DryRun:
        return tally
    return tally


def _end(*, dry_run: bool) -> None:
    """End the transaction: a dry run by an error that takes it back."""
    if dry_run:
        raise _DryRun


@dataclass(frozen=True, slots=True)
class _Writer:
    """One import inside its transaction."""

    addresses: Addresses
    plan: WritePlan
    reason: Reason
    tally: WriteTally

    def run(self, stage: Stage, progress: Progress) -> None:
        """Write all rows."""
        done = 0
        if self.plan.full:
            self.addresses.connection.execute(_PRESENT)
            self.addresses.connection.execute("DELETE FROM temp.cim_present")
        for batch in stage.batches():
            self._present(batch)
            self._enrol(batch)
            done += batch.num_rows
            progress(done, stage.tally.rows)
        if self.plan.full:
            self._retire_absent()

    def _enrol(self, batch: pa.RecordBatch) -> None:
        """Write the rows that are in use, retire the others."""
        ended = _ended(batch, self.reason)
        if ended is not None:
            self._retire_named(batch.filter(ended))
            batch = batch.filter(pc.invert(ended))
        if not batch.num_rows:
            return
        outcome = enrol(self.addresses, to_columns(batch), self.plan.source, self.reason)
        tally = self.tally
        tally.new += outcome.added
        tally.updated += outcome.updated
        tally.unchanged += outcome.unchanged
        tally.collisions += len(outcome.queued)
        records = batch[RECORD].to_pylist()
        tally.rejects += [
            Reject(records[one.row], one.field, "", one.reason.removeprefix(f"{one.field}: "))
            for one in outcome.refused
        ]
        self._link(batch, outcome)

    def _link(self, batch: pa.RecordBatch, outcome: EnrolOutcome) -> None:
        """Write the links that the register names."""
        for place, link in enumerate(self.plan.links):
            column = batch[f"{LINK}{place}"]
            named = [
                (code, key)
                for code, key in zip(outcome.codes, column.to_pylist(), strict=True)
                if code and key
            ]
            if not named or self.plan.entities is None:
                continue
            found = self.plan.entities(link.layer, sorted({key for _, key in named}))
            pairs = [(code, found[key]) for code, key in named if key in found]
            self.tally.lost_links[link.layer] += len(named) - len(pairs)
            self.tally.linked += write_links(
                self.addresses, [(code, Link(entity, link.role)) for code, entity in pairs]
            )

    def _present(self, batch: pa.RecordBatch) -> None:
        """Keep the source ids of a full register."""
        if self.plan.full:
            self.addresses.connection.executemany(
                "INSERT OR IGNORE INTO temp.cim_present VALUES (?)",
                ((one,) for one in batch[SOURCE_ID].to_pylist()),
            )

    def _retire_absent(self) -> None:
        """Retire what the source brought before and does not now."""
        rows = self.addresses.rows(
            "source = ? AND valid_to IS NULL AND source_id NOTNULL "
            "AND source_id NOT IN (SELECT source_id FROM temp.cim_present)",
            (self.plan.source,),
        )
        for row in list(rows):
            self._retire(row)

    def _retire_named(self, batch: pa.RecordBatch) -> None:
        """Retire the addresses of some rows, as far as they were ever here."""
        for key in batch[SOURCE_ID].to_pylist():
            found = next(
                self.addresses.rows("source_id = ? AND source = ?", (key, self.plan.source)), None
            )
            if found is None:
                self.tally.never_here += 1
            elif found.status is Status.RETIRED:
                self.tally.unchanged += 1
            else:
                self._retire(found)

    def _retire(self, row: AddressRow) -> None:
        retire(self.addresses, row, self.reason)
        self.tally.retired += 1


def to_columns(batch: pa.RecordBatch) -> Columns:
    """Staged rows as the registry takes them."""
    names = set(batch.schema.names)

    def given(name: str) -> list[str | None]:
        return batch[name].to_pylist() if name in names else []

    doubts = given(DOUBT)
    stated = given("status")
    drafts = [one == Status.DRAFT.value for one in stated] or [False] * batch.num_rows
    return Columns(
        values={
            n.removeprefix(VALUE): given(n) for n in batch.schema.names if n.startswith(VALUE)
        },
        names={n.removeprefix(NAME): given(n) for n in batch.schema.names if n.startswith(NAME)},
        codes=given(DIVISION),
        source_ids=batch[SOURCE_ID].to_pylist(),
        lon_lat=np.column_stack([batch["lon"].to_numpy(), batch["lat"].to_numpy()]),
        heights_m=batch["height_m"].to_pylist() if "height_m" in names else (),
        storeys=batch["storey"].to_pylist() if "storey" in names else (),
        texts=given(TEXT),
        drafts=[bool(doubt) or draft for doubt, draft in zip(doubts, drafts, strict=True)],
        since=given("valid_from"),
    )


def _ended(batch: pa.RecordBatch, reason: Reason) -> pa.Array | None:
    """Which rows the register calls retired; None when it calls none."""
    names = batch.schema.names
    ended = pa.array([False] * batch.num_rows)
    if "status" in names:
        ended = pc.or_(ended, pc.fill_null(pc.equal(batch["status"], Status.RETIRED.value), False))  # noqa: FBT003 - Arrow's own
    if "valid_to" in names:
        past = pc.less_equal(batch["valid_to"], reason.day.isoformat())
        ended = pc.or_(ended, pc.fill_null(past, False))  # noqa: FBT003 - Arrow's own
    return ended if pc.any(ended).as_py() else None
