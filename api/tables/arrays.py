"""Values between numpy and Arrow without a copy.

Arrow's own ways import pandas wherever that is installed, which takes a second.
"""

import numpy as np
import pyarrow as pa

from api.tables.base import Column
from cim.arrays import Float64, Int64


def to_numbers(column: Column) -> Float64:
    """(n,) values of a `double` column without nulls."""
    values = np.frombuffer(column.buffers()[1], np.float64) if len(column) else np.zeros(0)
    return values[column.offset : column.offset + len(column)]


def from_numbers(values: Float64 | Int64) -> Column:
    """A column of doubles or 64-bit integers."""
    kind = pa.int64() if values.dtype.kind == "i" else pa.float64()
    plain = np.ascontiguousarray(values)
    return pa.Array.from_buffers(kind, len(plain), [None, pa.py_buffer(plain)])


def text_scalar(text: bytes, kind: pa.DataType) -> pa.Scalar:
    """One text or byte string as Arrow's functions take it."""
    ends = pa.py_buffer(np.array([0, len(text)], np.int32))
    return pa.Array.from_buffers(kind, 1, [None, ends, pa.py_buffer(text)])[0]
