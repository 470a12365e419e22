"""Rows of a register as its mapping says: ids, texts, places and further facts as columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from addressing.importing.mapping import Part, RegisterMapping
from addressing.importing.survey import RowIds
from addressing.model import Status
from cim.arrays import Bool, Float64, Int64
from cim.errors import SourceDataError
from cim.features import Reject
from cim.tables.base import Table, TableBatch
from cim.tables.values import days_of, numbers_of, points_in, points_of, texts_of

LON_LAT: Final = "EPSG:4490"
_STATUS: Final = {
    **dict.fromkeys(("valid", "有效", "在用", "正常", "启用", "现用", "1"), Status.VALID),
    **dict.fromkeys(("draft", "草稿", "待审核", "待核实", "未启用", "0"), Status.DRAFT),
    **dict.fromkeys(
        ("retired", "注销", "已注销", "停用", "废止", "作废", "失效", "2"), Status.RETIRED
    ),
}
"""What registers write for the states of an address."""

_STOREYS: Final = (-20, 400)


@dataclass(frozen=True, slots=True)
class RegisterRows:
    """Some rows of a register that have an id and whose facts can be read."""

    records: Int64
    """(n,) numbers of the records."""

    ids: Sequence[str]
    """(n,) source ids."""

    texts: pa.Array | None
    """(n,) addresses as written; None when the register has no such column."""

    parts: Mapping[str, pa.Array]
    """(n,) texts of elements, by type."""

    lon_lat: Float64
    """(n, 2) degrees CGCS2000, NaN where unknown."""

    facts: Mapping[str, pa.Array]
    """(n,) `height_m`, `storey`, `status`, `valid_from`, `valid_to`, `division_code`, as far as
    the register has them."""

    links: tuple[pa.Array, ...] = ()
    """(n,) for each link of the mapping, what it names."""

    rejects: tuple[Reject, ...] = ()
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.records)


@dataclass(frozen=True, slots=True)
class RowTaker:
    """Takes rows of a table as a mapping says."""

    table: Table
    mapping: RegisterMapping
    ids: RowIds

    def take(self, batch: TableBatch) -> RegisterRows:
        """The rows of a batch that can be used.

        Raises:
            SourceDataError: The coordinates as a whole cannot be used.
        """
        ids, no_ids = self.ids.of(batch)
        columns, mapping = batch.columns, self.mapping
        lon_lat, misplaced, notes = self._places(batch)
        facts, wrong = self._facts(columns)
        faults = tuple(
            replace(one, record=int(batch.records[one.record])) for one in (*misplaced, *wrong)
        )
        rejects = _first_of_each((*batch.rejects, *no_ids, *faults))
        keep = ~np.isin(batch.records, [one.record for one in rejects])
        rows = RegisterRows(
            records=batch.records,
            ids=[one or "" for one in ids],
            texts=texts_of(columns[mapping.columns["text"]])
            if "text" in mapping.columns
            else None,
            parts={kind: part_texts(part, batch) for kind, part in mapping.elements.items()},
            lon_lat=lon_lat,
            facts=facts,
            links=tuple(texts_of(columns[link.column]) for link in mapping.links),
        )
        return replace(selected(rows, keep), rejects=rejects, notes=notes)

    def _places(self, batch: TableBatch) -> tuple[Float64, tuple[Reject, ...], tuple[str, ...]]:
        """Doors, from two columns or from geometries."""
        mapping, table = self.mapping, self.table
        if "lon" in mapping.columns:
            names = (mapping.columns["lon"], mapping.columns["lat"])
            found = points_of(
                (batch.columns[names[0]], batch.columns[names[1]]),
                names,
                crs=mapping.crs or LON_LAT,
                coordsys=mapping.coordsys,
                where=table.label,
            )
        elif batch.geometry is not None:
            crs = mapping.crs or table.crs
            if crs is None:
                reason = "states no CRS; name it as crs under [coordinates] of the mapping"
                raise SourceDataError(reason, where=table.label)
            found = points_in(batch.geometry, crs, table.label)
        else:
            return np.full((len(batch), 2), np.nan), (), ()
        return found.lon_lat, found.faults, found.notes

    def _facts(
        self, columns: Mapping[str, pa.Array]
    ) -> tuple[dict[str, pa.Array], tuple[Reject, ...]]:
        """Further facts, and the rows (by number from 0) that have a wrong one."""
        facts: dict[str, pa.Array] = {}
        faults: tuple[Reject, ...] = ()
        for role, name in self.mapping.columns.items():
            wrong: tuple[Reject, ...] = ()
            if role == "height_m":
                numbers, wrong = numbers_of(columns[name], name)
                facts[role] = pa.array(numbers, from_pandas=True)
            elif role == "storey":
                facts[role], wrong = _storeys(columns[name], name)
            elif role == "status":
                facts[role], wrong = _states(columns[name], name)
            elif role in {"valid_from", "valid_to"}:
                facts[role], wrong = days_of(columns[name], name)
            elif role == "division_code":
                facts[role] = texts_of(columns[name])
            faults += wrong
        return facts, faults


def selected(rows: RegisterRows, keep: Bool) -> RegisterRows:
    """The rows where `keep`, (n,), is true."""
    if keep.all():
        return rows
    mask = pa.array(keep)
    return replace(
        rows,
        records=rows.records[keep],
        ids=[one for one, kept in zip(rows.ids, keep.tolist(), strict=True) if kept],
        texts=None if rows.texts is None else rows.texts.filter(mask),
        parts={kind: column.filter(mask) for kind, column in rows.parts.items()},
        lon_lat=rows.lon_lat[keep],
        facts={role: column.filter(mask) for role, column in rows.facts.items()},
        links=tuple(column.filter(mask) for column in rows.links),
    )


def part_texts(part: Part, batch: TableBatch) -> pa.Array:
    """The texts of one type of elements."""
    if part.value:
        return pa.array([part.value] * len(batch), pa.string())
    columns = [_named(texts_of(batch.columns[name]), part.values) for name in part.columns]
    if len(columns) == 1:
        return columns[0]
    joined = pc.binary_join_element_wise(*(pc.fill_null(one, "") for one in columns), "")
    return texts_of(joined)


def _named(texts: pa.Array, values: Mapping[str, str]) -> pa.Array:
    """Texts with the names that codes among them stand for."""
    if not values:
        return texts
    coded = texts.dictionary_encode()
    names = [values.get(code, code) for code in coded.dictionary.to_pylist()]
    return pa.array(names, pa.string()).take(coded.indices)


def _storeys(column: pa.Array, name: str) -> tuple[pa.Array, tuple[Reject, ...]]:
    """Whole numbers of storeys."""
    numbers, wrong = numbers_of(column, name)
    low, high = _STOREYS
    odd = ~np.isnan(numbers) & (
        (numbers != np.floor(numbers)) | (numbers < low) | (numbers > high)
    )
    reason = f"is no storey; legal: a whole number from {low} to {high}"
    faults = tuple(
        Reject(row, name, f"{numbers[row]:g}", reason) for row in np.flatnonzero(odd).tolist()
    )
    whole = pa.array(np.where(odd, np.nan, numbers), from_pandas=True).cast(pa.int32())
    return whole, (*wrong, *faults)


def _states(column: pa.Array, name: str) -> tuple[pa.Array, tuple[Reject, ...]]:
    """States of addresses; an empty one is valid."""
    coded = texts_of(column).dictionary_encode()
    words = coded.dictionary.to_pylist()
    states = [_STATUS.get(word.lower()) for word in words]
    unknown = {place for place, state in enumerate(states) if state is None}
    legal = ", ".join(dict.fromkeys(_STATUS))
    places = coded.indices.to_pylist() if unknown else []
    faults = tuple(
        Reject(row, name, words[place], f"is no status; legal: {legal}")
        for row, place in enumerate(places)
        if place in unknown
    )
    return pa.array([state and state.value for state in states], pa.string()).take(
        coded.indices
    ), faults


def _first_of_each(rejects: Sequence[Reject]) -> tuple[Reject, ...]:
    """The first reject of each record, by record."""
    first: dict[int, Reject] = {}
    for one in rejects:
        first.setdefault(one.record, one)
    return tuple(first[record] for record in sorted(first))
