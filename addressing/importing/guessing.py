"""A mapping found by the names of a table's columns and what they hold."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from addressing.importing.mapping import Part, RegisterMapping
from addressing.kinds import KINDS
from addressing.resources import load_grammar, register_columns, taiwan_codes
from cim.tables.base import Table, TableBatch
from cim.tables.values import numbers_of, texts_of

_NAMED = frozenset(
    {"province", "city", "county", "township", "community", "natural_village", "road", "estate"}
)
"""Types that a column of digits cannot be."""

_CODED = MappingProxyType({"city": 5, "county": 8})
"""Digits of the codes of counties and towns in the registers of Taiwan."""

_LETTER = r"[\pL]"
_FEW = 0.05
"""A column in which fewer values have a letter or Chinese character holds codes."""

_REMARK = re.compile(r"[(（].*")
_DATUM = re.compile("(twd97|twd67|wgs_?84|cgcs_?2000)_?")
_GRIDS = MappingProxyType({"twd97": "EPSG:3826", "twd67": "EPSG:3828"})
"""Grids of the datums that are named for their metres; Penghu and Kinmen have another zone."""

_DEGREES = 360.0
_SIGNS = re.compile(r"[\s.\-]+")


@dataclass(frozen=True, slots=True)
class Guess:
    """A mapping, and what was passed over."""

    mapping: RegisterMapping
    notes: tuple[str, ...] = ()


def guess_mapping(table: Table, sample: TableBatch) -> Guess:
    """What the columns of a table seem to be.

    Args:
        table: The register; columns that may be its ids are read to the end.
        sample: Its first rows.
    """
    words = register_columns()
    free = {_plain(name): name for name in reversed(table.names)}
    columns: dict[str, str] = {}
    notes: list[str] = []
    for role, names in words["columns"].items():
        found = next(_fitting(role, map(_plain, names), free, table, sample), None)
        if found:
            columns[role] = free.pop(_plain(found))
    elements: dict[str, Part] = {}
    for kind, names in words["elements"].items():
        for name in [free[one] for one in map(_plain, names) if one in free]:
            column = sample.columns[name]
            if kind in _NAMED and holds_codes(column):
                if values := _taiwan_names(kind, table, name):
                    elements[kind] = Part((free.pop(_plain(name)),), values=values)
                    break
                notes.append(f"column {name!r} looks like {kind} but holds codes; passed over")
                free.pop(_plain(name))
            elif column.null_count < len(column):
                elements[kind] = Part((free.pop(_plain(name)),))
                break
    mapping = _mapping(columns, elements)
    return Guess(replace(mapping, crs=_crs_told(mapping, sample)), tuple(notes))


def _taiwan_names(kind: str, table: Table, name: str) -> dict[str, str]:
    """What the codes of a column stand for in Taiwan; empty when one is none of its codes."""
    if kind not in _CODED:
        return {}
    names = taiwan_codes()
    parts = (texts_of(batch.columns[name]).unique() for batch in table.batches([name]))
    codes = {code for part in parts for code in part.drop_null().to_pylist()}
    known = all(code in names and len(code) == _CODED[kind] for code in codes)
    return {code: names[code] for code in sorted(codes)} if known else {}


def _crs_told(mapping: RegisterMapping, sample: TableBatch) -> str:
    """The CRS that the heading of a column of metres names: TWD97橫坐標; empty when none."""
    name = mapping.columns.get("lon", "")
    datum = _DATUM.match(_half(name))
    crs = _GRIDS.get(datum.group(1), "") if datum else ""
    if not crs:
        return ""
    numbers, _ = numbers_of(sample.columns[name], name)
    known = numbers[~np.isnan(numbers)]
    return crs if len(known) and float(np.median(known)) > _DEGREES else ""


def _fitting(
    role: str, names: Iterable[str], free: Mapping[str, str], table: Table, sample: TableBatch
) -> Iterator[str]:
    """Columns with a name for a role whose values do not speak against it, best first."""
    for name in (free[one] for one in names if one in free):
        column = sample.columns[name]
        empty = column.null_count == len(column)
        codes = role == "text" and holds_codes(column)
        if not empty and not codes and (role != "source_id" or _is_permanent(table, name)):
            yield name


def _mapping(columns: dict[str, str], elements: dict[str, Part]) -> RegisterMapping:
    """The mapping, with positions only when both halves are there."""
    whole = {"lon", "lat"} <= columns.keys()
    columns = {role: n for role, n in columns.items() if whole or role not in {"lon", "lat"}}
    ordered = {kind: elements[kind] for kind in KINDS if kind in elements}
    return RegisterMapping(
        columns=MappingProxyType(columns), elements=MappingProxyType(ordered), guessed=True
    )


def _plain(name: str) -> str:
    """A column's name to compare: small, simplified, of half width, without remark and datum."""
    half = _half(name)
    return _DATUM.sub("", half) or half


def _half(name: str) -> str:
    """A name in small simplified characters of half width, without remark and signs."""
    plain = _REMARK.sub("", name).strip().translate(load_grammar().characters)
    return _SIGNS.sub("_", plain.lower())


def holds_codes(column: pa.Array) -> bool:
    """Whether hardly a value of a column has a letter or a Chinese character."""
    texts = column.drop_null().cast(pa.string())
    lettered = pc.sum(pc.match_substring_regex(texts, _LETTER)).as_py() or 0
    return bool(len(texts) and lettered < _FEW * len(texts))


def _is_permanent(table: Table, name: str) -> bool:
    """Whether no value of a column is missing or repeated."""
    column = pa.chunked_array([batch.columns[name] for batch in table.batches([name])])
    return not column.null_count and pc.count_distinct(column).as_py() == len(column)
