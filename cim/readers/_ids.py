"""Source ids: what names a record of a source for good, so that a new load finds it again."""

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

DATABASES = ("GPKG", "OpenFileGDB", "SQLite")
"""GDAL's names of formats whose row numbers are stable."""

ID_NAMES = (
    "id", "gml_id", "globalid", "uuid", "guid", "objectid", "osm_id", "identificatie", "fid",
    "编号", "标识码", "唯一标识", "唯一编码", "bsm", "entity_id",
)  # fmt: skip
"""Names of columns that are taken for ids when no value is missing or repeated, best first."""

RULE_DIGEST = "digest of the record's values and geometry"
_DIGEST_BYTES = 12
_DIGEST_TYPE = np.dtype([("key", "<u8"), ("rest", "<u4")])
_UNIT, _NULL = "\x1f", "\x00"


def candidates(names: Iterable[str]) -> list[str]:
    """Columns whose name is that of an id, best first."""
    by_name = {name.lower(): name for name in names}
    return [by_name[name] for name in ID_NAMES if name in by_name]


def is_permanent(column: pa.ChunkedArray) -> bool:
    """Whether no value of a column is missing, blank or repeated, and there are some."""
    if column.null_count or len(column) == 0 or not _is_nameable(column.type):
        return False
    blank = pa.types.is_string(column.type) and pc.any(pc.equal(column, "")).as_py()
    return not blank and pc.count_distinct(column).as_py() == len(column)


def _is_nameable(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_string(kind))


def texts_of(column: pa.Array) -> tuple[str | None, ...]:
    """Ids held by a column, as text; blank ones are None."""
    if pa.types.is_floating(column.type) and pc.all(pc.equal(pc.floor(column), column)).as_py():
        column = column.cast(pa.int64())
    texts = column.cast(pa.string()).to_pylist()
    return tuple(text or None for text in texts)


class Digests:
    """Ids made from content: equal records get -2, -3 … in the order they come."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._repeats: dict[int, int] = {}

    def of(self, columns: Iterable[pa.Array]) -> tuple[str, ...]:
        """Ids of some records, from all their columns; the geometry comes as WKB."""
        texts = [pc.fill_null(_canonical(column), _NULL) for column in columns]
        records = pc.binary_join_element_wise(*texts, _UNIT.encode()).to_pylist()
        joined = b"".join(blake2b(r, digest_size=_DIGEST_BYTES).digest() for r in records)
        keys = np.frombuffer(joined, _DIGEST_TYPE)["key"].tolist()
        text, width = joined.hex(), 2 * _DIGEST_BYTES
        digests = [text[at : at + width] for at in range(0, len(text), width)]
        fresh = set(keys)
        if len(fresh) == len(keys) and self._seen.isdisjoint(fresh):
            self._seen |= fresh
            return tuple(digests)
        return tuple(map(self._numbered, digests, keys))

    def _numbered(self, digest: str, key: int) -> str:
        if key not in self._seen:
            self._seen.add(key)
            return digest
        times = self._repeats.get(key, 1) + 1
        self._repeats[key] = times
        return f"{digest}-{times}"


def _canonical(column: pa.Array) -> pa.Array:
    """A column as bytes; numbers by their bits, so that no way of printing matters."""
    if pa.types.is_floating(column.type):
        column = column.cast(pa.float64()).view(pa.int64())
    if pa.types.is_temporal(column.type):
        column = column.cast(pa.int32() if column.type.bit_width == 32 else pa.int64())  # noqa: PLR2004 - bits
    if not (pa.types.is_string(column.type) or pa.types.is_binary(column.type)):
        column = column.cast(pa.string())
    return column.cast(pa.binary())
