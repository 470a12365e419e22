"""What a register is, found before its rows are read: mapping, city, names, repeated ids."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from addressing.cities import AUTO, CityReader
from addressing.importing.guessing import guess_mapping, holds_codes
from addressing.importing.mapping import Part, RegisterMapping, check_against
from addressing.kinds import DIVISIONS
from addressing.lexicon import Name
from cim.arrays import Uint64
from cim.errors import InputError, SourceDataError
from cim.features import Reject
from cim.progress import Progress
from cim.tables.base import Table, TableBatch
from cim.tables.values import texts_of

_NAMED: Final = (
    *DIVISIONS, "natural_village", "road", "lane", "alley", "sub_alley", "estate", "zone", "poi",
    "building",
)  # fmt: skip
"""Types whose columns hold names, some of them among numbers."""

_DIGIT: Final = r"[0-9０-９?？]"
_SHORTEST: Final = 2
_SAMPLE: Final = 400
_MANY_NAMES: Final = 300_000
_APART: Final = b"\x1f"


@dataclass(frozen=True, slots=True)
class Survey:
    """A register looked into."""

    table: Table
    mapping: RegisterMapping
    """Complete: columns under the table's names, a profile that is not `auto`."""

    names: tuple[Name, ...]
    """Streets, estates and divisions that its columns name."""

    count: int
    """Records that can be read."""

    repeated: frozenset[int]
    """Short digests of the ids (of the rows, where there are none) that come more than once."""

    notes: tuple[str, ...] = ()


def survey(
    table: Table,
    mapping: RegisterMapping | None,
    progress: Progress,
    home: tuple[str, ...] = (),
    crs: str = "",
) -> Survey:
    """Look into a register; all its rows are read, but few of its columns.

    Args:
        table: The register.
        mapping: What the user says; None: it is guessed.
        progress: Called after each batch.
        home: Divisions that the addresses lie in, when the mapping names none.
        crs: CRS of the coordinates, which counts more than the mapping's; empty: not said.

    Raises:
        SourceDataError: There is no row, or a column of the mapping is missing.
        InputError: Nothing says what the addresses are, or the mapping has a coordsys besides.
        NotFoundError: There is no such profile.
    """
    sample = next((batch for batch in table.batches() if len(batch)), None)
    if sample is None:
        raise SourceDataError("holds no row", where=table.label)
    notes: tuple[str, ...] = ()
    if mapping is None:
        guess = guess_mapping(table, sample)
        mapping, notes = guess.mapping, guess.notes
    mapping = check_against(_located(mapping, crs), table.names, table.label)
    mapping = replace(mapping, divisions=mapping.divisions or home)
    mapping = replace(mapping, profile=_profile(mapping, sample))
    found = _Found(mapping)
    wanted = found.columns or table.names[:1]
    for batch in table.batches(wanted):
        found.see(batch)
        progress(found.count, table.count)
    return Survey(
        table,
        mapping,
        found.known_names(),
        found.count,
        repeated_of(found.digests),
        (*table.notes, *notes),
    )


def _located(mapping: RegisterMapping, crs: str) -> RegisterMapping:
    """The mapping with the CRS that the user says."""
    if crs and mapping.coordsys:
        raise InputError(f"crs {crs}: the mapping says coordsys {mapping.coordsys}; legal: one")
    return replace(mapping, crs=crs or mapping.crs)


class _Found:
    """What is found while the rows pass."""

    def __init__(self, mapping: RegisterMapping) -> None:
        self.count = 0
        self.digests: list[Uint64] = []
        self._mapping = mapping
        self._names: dict[str, set[str]] = {}
        self._kinds = {
            part.columns[0]: kind
            for kind, part in mapping.elements.items()
            if kind in _NAMED and len(part.columns) == 1 and not part.values
        }
        self.columns = tuple(dict.fromkeys((*self._kinds, *id_columns(mapping))))

    def see(self, batch: TableBatch) -> None:
        """Take some rows in."""
        self.count += len(batch)
        self.digests.append(row_digests(batch, self._mapping))
        for name, kind in self._kinds.items():
            texts = texts_of(batch.columns[name]).unique().drop_null()
            if not holds_codes(texts):
                plain = pc.invert(pc.match_substring_regex(texts, _DIGIT))
                self._names.setdefault(kind, set()).update(texts.filter(plain).to_pylist())

    def known_names(self) -> tuple[Name, ...]:
        """The names, those of one letter left out; sorted, so that all readers are alike."""
        names = tuple(
            Name(text, kind)
            for kind, texts in self._names.items()
            for text in sorted(texts)
            if len(text) >= _SHORTEST
        )
        return names[:_MANY_NAMES]


def id_columns(mapping: RegisterMapping) -> tuple[str, ...]:
    """The columns that name a row: its id, or all that say what its address is."""
    if "source_id" in mapping.columns:
        return (mapping.columns["source_id"],)
    text = [mapping.columns["text"]] if "text" in mapping.columns else []
    parts = (name for part in mapping.elements.values() for name in part.columns)
    return tuple(dict.fromkeys((*text, *parts)))


def row_keys(batch: TableBatch, mapping: RegisterMapping) -> list[bytes | None]:
    """What names each row, None where it has no id."""
    columns = [texts_of(batch.columns[name]).cast(pa.binary()) for name in id_columns(mapping)]
    if len(columns) == 1:
        keys: list[bytes | None] = columns[0].to_pylist()
        return keys
    filled = [pc.fill_null(column, b"") for column in columns]
    joined: list[bytes | None] = pc.binary_join_element_wise(*filled, _APART).to_pylist()
    return joined


def row_digests(batch: TableBatch, mapping: RegisterMapping) -> Uint64:
    """(n,) 64-bit digests of what names each row."""
    keys = row_keys(batch, mapping)
    return np.frombuffer(b"".join(_digests(keys)), np.uint64)


def _digests(keys: Iterable[bytes | None]) -> Iterator[bytes]:
    return (blake2b(key or b"", digest_size=8).digest() for key in keys)


def repeated_of(digests: Iterable[Uint64]) -> frozenset[int]:
    """The digests that come more than once."""
    parts = list(digests)
    if not parts:
        return frozenset()
    ordered = np.sort(np.concatenate(parts))
    again: list[int] = ordered[1:][ordered[1:] == ordered[:-1]].tolist()
    return frozenset(again)


class RowIds:
    """Source ids of rows, as they pass in the order of the register.

    A row without an id column is named by a digest of what its address is; of equal rows the
    second gets -2, the third -3. An id that came before is a fault.
    """

    def __init__(self, mapping: RegisterMapping, repeated: frozenset[int]) -> None:
        self._mapping = mapping
        self._repeated = repeated
        self._first: dict[bytes, int] = {}
        self._times: Counter[bytes] = Counter()

    def of(self, batch: TableBatch) -> tuple[list[str | None], tuple[Reject, ...]]:
        """Ids of some rows, None for those at fault."""
        keys = row_keys(batch, self._mapping)
        digests = row_digests(batch, self._mapping).tolist()
        if "source_id" not in self._mapping.columns:
            return [
                self._digest(key or b"", digest in self._repeated)
                for key, digest in zip(keys, digests, strict=True)
            ], ()
        ids: list[str | None] = [None if key is None else key.decode() for key in keys]
        faults = []
        for row, (key, digest) in enumerate(zip(keys, digests, strict=True)):
            reason = self._fault(key, digest, int(batch.records[row]))
            if reason:
                name, record = self._mapping.columns["source_id"], int(batch.records[row])
                faults.append(Reject(record, name, ids[row] or "", reason))
                ids[row] = None
        return ids, tuple(faults)

    def _fault(self, key: bytes | None, digest: int, record: int) -> str:
        """What is wrong with an id."""
        if key is None:
            return "is empty; every row needs its id"
        if digest not in self._repeated:
            return ""
        first = self._first.setdefault(key, record)
        return "" if first == record else f"came before in record {first}; ids are unique"

    def _digest(self, key: bytes, repeats: bool) -> str:  # noqa: FBT001 - a helper of one caller
        text = blake2b(key, digest_size=12).hexdigest()
        if not repeats:
            return text
        self._times[key] += 1
        return text if self._times[key] == 1 else f"{text}-{self._times[key]}"


def _profile(mapping: RegisterMapping, sample: TableBatch) -> str:
    """The city profile: what is said, else that of most of the first rows."""
    if mapping.profile != AUTO:
        return mapping.profile
    reader = CityReader(AUTO, mapping.divisions)
    names = [reader.read(text)[1].grammar.profile.name for text in _sample_texts(mapping, sample)]
    return Counter(names).most_common(1)[0][0]


def _first_texts(part: Part, column: pa.Array) -> list[str]:
    """The first texts of a column, with names for codes."""
    texts = texts_of(column.slice(0, _SAMPLE)).fill_null("").to_pylist()
    return [part.values.get(text, text) for text in texts]


def _sample_texts(mapping: RegisterMapping, sample: TableBatch) -> list[str]:
    """The first rows as texts."""
    columns: Mapping[str, pa.Array] = sample.columns
    if "text" in mapping.columns:
        texts = texts_of(columns[mapping.columns["text"]].slice(0, _SAMPLE)).drop_null()
        return texts.to_pylist() or [""]
    parts = [
        [part.value] * _SAMPLE if part.value else _first_texts(part, columns[part.columns[0]])
        for part in mapping.elements.values()
    ]
    return ["".join(row) for row in zip(*parts, strict=False)] or [""]
