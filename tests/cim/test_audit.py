"""The audit trail."""

import multiprocessing
import sqlite3
from contextlib import closing
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from cim.audit import AuditQuery, AuditRecord, AuditTrail
from cim.errors import BackendError, SourceDataError

RECORD = AuditRecord(
    who="zhang",
    proof="key",
    key="k1",
    address="192.0.2.7",
    face="http",
    action="update",
    target="/ogc/collections/pipes/items/7",
    layers="pipes,valves",
    result="204",
)


@pytest.fixture
def trail(tmp_path: Path) -> AuditTrail:
    return AuditTrail(tmp_path / "access" / "audit.sqlite")


def test_what_is_written_is_read_the_latest_first(trail: AuditTrail) -> None:
    trail.append([RECORD, replace(RECORD, who="li")])
    trail.append([replace(RECORD, who="wang")])
    found = trail.read(AuditQuery())
    assert [(one.number, one.record.who) for one in found] == [
        (3, "wang"),
        (2, "li"),
        (1, "zhang"),
    ]
    assert replace(found[-1].record, at="") == RECORD
    assert found[0].record.at.endswith("Z")


def test_a_trail_that_was_never_written_is_empty(trail: AuditTrail) -> None:
    assert trail.read(AuditQuery()) == []
    assert trail.verify() == (0, b"")


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        (AuditQuery(who="li"), [2]),
        (AuditQuery(layer="pipes"), [3, 1]),
        (AuditQuery(layer="pi_es"), []),
        (AuditQuery(action="delete"), [2]),
        (AuditQuery(since="2026-11-02"), [3, 2]),
        (AuditQuery(until="2026-11-02"), [1]),
        (AuditQuery(since="2026-11-02", until="2026-11-03"), [2]),
        (AuditQuery(before=3, limit=1), [2]),
    ],
)
def test_records_are_found(trail: AuditTrail, query: AuditQuery, numbers: list[int]) -> None:
    trail.append(
        [
            replace(RECORD, at="2026-11-01T08:00:00.000Z"),
            replace(RECORD, who="li", action="delete", layers="", at="2026-11-02T08:00:00.000Z"),
            replace(RECORD, layers="pipes", at="2026-11-03T08:00:00.000Z"),
        ]
    )
    assert [one.number for one in trail.read(query)] == numbers


@pytest.mark.parametrize("statement", ["UPDATE record SET who = 'x'", "DELETE FROM record"])
def test_the_table_refuses_to_forget(trail: AuditTrail, statement: str) -> None:
    trail.append([RECORD])
    with (
        closing(sqlite3.connect(trail.path)) as connection,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        connection.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE record SET who = 'nobody' WHERE number = 2",
        "UPDATE record SET result = '200' WHERE number = 2",
        "DELETE FROM record WHERE number = 2",
    ],
)
def test_a_record_changed_behind_its_back_shows(trail: AuditTrail, statement: str) -> None:
    trail.append([RECORD] * 3)
    assert trail.verify()[0] == 3
    with closing(sqlite3.connect(trail.path)) as connection, connection:
        connection.execute("DROP TRIGGER record_stays")
        connection.execute("DROP TRIGGER record_remains")
        connection.execute(statement)
    with pytest.raises(SourceDataError, match="record 2: it or one before it was changed"):
        trail.verify()


def test_several_processes_write_one_chain(trail: AuditTrail) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write, args=(trail.path, n)) for n in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert trail.verify()[0] == 60


def _write(path: Path, number: int) -> None:
    trail = AuditTrail(path)
    for _ in range(20):
        trail.append([replace(RECORD, who=str(number))])
    trail.close()


def test_a_long_value_is_cut_and_still_whole(trail: AuditTrail) -> None:
    trail.append([replace(RECORD, target="x" * 100_000)])
    assert len(trail.read(AuditQuery())[0].record.target) == 2_000
    assert trail.verify()[0] == 1


def test_a_trail_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "access").write_text("a file where the folder should be")
    with pytest.raises(BackendError, match="the audit trail cannot be used"):
        AuditTrail(tmp_path / "access" / "audit.sqlite").append([RECORD])


def append_forever(path: Path, begun: Connection) -> None:
    """What a writer does that is killed: pairs of records, as fast as it can."""
    trail, number = AuditTrail(path), 0
    while True:
        trail.append([replace(RECORD, who=f"{number}a"), replace(RECORD, who=f"{number}b")])
        number += 1
        if number == 20:  # enough to be in the middle of something
            begun.send(number)


def test_a_writer_that_is_killed_leaves_a_trail_that_holds(trail: AuditTrail) -> None:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    for _ in range(3):
        writer = context.Process(target=append_forever, args=(trail.path, there))
        writer.start()
        assert here.poll(60)
        here.recv()
        writer.kill()
        writer.join()
        count, _ = trail.verify()
        assert count >= 40
        assert count % 2 == 0  # what belongs together is there together
        trail.append([RECORD, RECORD])
    found = trail.read(AuditQuery(limit=1))
    assert found[0].number == trail.verify()[0]
