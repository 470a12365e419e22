"""Points from columns with names: what text and PLY files have in common."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
from numpy.typing import NDArray

from cim.arrays import Float64, Uint8
from cim.errors import SourceDataError
from cim.pointclouds.base import CLASSIFICATION, COLOUR, INTENSITY, POSITION, PointBatch

SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "x": ("x",),
    "y": ("y",),
    "z": ("z",),
    "red": ("red", "r", "diffuse_red"),
    "green": ("green", "g", "diffuse_green"),
    "blue": ("blue", "b", "diffuse_blue"),
    "intensity": ("intensity", "i", "scalar_intensity", "reflectance"),
    "classification": ("classification", "class", "scalar_classification", "label"),
}
"""What columns may be called, in lower case."""

_RGB = ("red", "green", "blue")
_BYTE, _WORD = 255, 65_535
_BLOCK_BYTES = 1 << 20

type Columns = Mapping[str, NDArray[np.generic]]
"""By the names that `SYNONYMS` has for them."""


@dataclass(frozen=True, slots=True)
class Scales:
    """How colours and intensities of a file are stored."""

    colour: float
    """What a value is multiplied by to become 0-255."""

    intensity: float
    """What a value is multiplied by to become 0-65535."""

    notes: tuple[str, ...] = ()


def known_columns(names: Sequence[str]) -> dict[str, int]:
    """Column numbers by the name that `SYNONYMS` has for them; others are left out."""
    plain = [name.strip().strip('"').lower() for name in names]
    found = {}
    for known, spellings in SYNONYMS.items():
        place = next((plain.index(each) for each in spellings if each in plain), None)
        if place is not None:
            found[known] = place
    return found


def dimensions_of(names: Mapping[str, object]) -> tuple[str, ...]:
    """Dimensions that points with these columns have."""
    coloured = (COLOUR,) if all(name in names for name in _RGB) else ()
    others = tuple(name for name in (CLASSIFICATION, INTENSITY) if name in names)
    return (POSITION, *coloured, *others)


def require_positions(names: Mapping[str, object], where: str) -> None:
    """Raises SourceDataError if a column for x, y or z is missing."""
    missing = [name for name in "xyz" if name not in names]
    if missing:
        raise SourceDataError(f"has no column {', '.join(missing)}", where=where)


def scales_of(columns: Columns) -> Scales:
    """How values are stored, judged by the first stretch of a file."""
    colour, notes = 1.0, []
    if all(name in columns for name in _RGB):
        values = [columns[name] for name in _RGB]
        if any(_is_broken(column) for column in values) and _highest(values) <= 1:
            colour, text = float(_BYTE), "colours are fractions of 1"
            notes.append(text)
        elif _highest(values) > _BYTE:
            colour, text = 1 / 256, "colours are 16-bit values"
            notes.append(text)
    strengths = columns.get(INTENSITY)
    if strengths is not None and _is_broken(strengths) and _highest([strengths]) <= 1:
        return Scales(colour, float(_WORD), (*notes, "intensities are fractions of 1"))
    return Scales(colour, 1.0, tuple(notes))


def batch_of(columns: Columns, scales: Scales, where: str) -> PointBatch:
    """Points of columns.

    Raises:
        SourceDataError: A colour, class or intensity is beyond its range.
    """
    classes, strengths = columns.get(CLASSIFICATION), columns.get(INTENSITY)
    return PointBatch(
        xyz=np.stack([columns[name].astype(np.float64) for name in "xyz"], axis=1),
        colour=_colour(columns, scales, where),
        classification=None
        if classes is None
        else _within(classes, 1.0, _BYTE, f"{CLASSIFICATION}, {where}").astype(np.uint8),
        intensity=None
        if strengths is None
        else _within(strengths, scales.intensity, _WORD, f"{INTENSITY}, {where}").astype(
            np.uint16
        ),
    )


def text_columns(
    file: BinaryIO,
    names: Sequence[str],
    *,
    delimiter: str,
    where: str,
    most_lines: int | None = None,
) -> Iterator[Columns]:
    """Numbers of a text of columns, a stretch at a time.

    Args:
        file: At the first line of numbers.
        names: Of all columns; those that are empty are not read.
        delimiter: Between columns; a blank stands for any run of blanks and tabs.
        where: Names the source in errors.
        most_lines: Lines to read; None: all. For blanks between columns only.

    Raises:
        SourceDataError: A line has another number of columns, or something else than a number.
    """
    unique = [name or f"#{number}" for number, name in enumerate(names)]
    wanted = [name for name in unique if not name.startswith("#")]
    try:
        table = pc.open_csv(
            pa.PythonFile(_Squeezed(file, most_lines) if delimiter == " " else file, "r"),
            read_options=pc.ReadOptions(column_names=unique, block_size=_BLOCK_BYTES),
            parse_options=pc.ParseOptions(delimiter=delimiter),
            convert_options=pc.ConvertOptions(
                column_types=dict.fromkeys(unique, pa.float64()), include_columns=wanted
            ),
        )
        for batch in table:
            yield {name: batch[name].to_numpy(zero_copy_only=False) for name in wanted}
    except pa.ArrowInvalid as error:
        reason = " ".join(str(error).split())[:160]
        raise SourceDataError(f"a line is not {len(names)} numbers: {reason}", where=where) from (
            error
        )


class _Squeezed:
    """A text whose runs of blanks and tabs are single blanks, none at the ends of lines."""

    closed = False

    def __init__(self, file: BinaryIO, most_lines: int | None) -> None:
        self._file = file
        self._left = most_lines
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        """About so many bytes, whole lines of them; none at the end."""
        while True:
            more = self._file.read(max(size, _BLOCK_BYTES))
            data = self._rest + more
            cut = data.rfind(b"\n") + 1 if more else len(data)
            lines, self._rest = data[:cut].splitlines()[: self._left], data[cut:]
            if self._left is not None:
                self._left -= len(lines)
            if lines or not more:
                return b"".join(b" ".join(line.split()) + b"\n" for line in lines)


def _colour(columns: Columns, scales: Scales, where: str) -> Uint8 | None:
    """(n, 3) colours, None without them."""
    if not all(name in columns for name in _RGB):
        return None
    parts = [_within(columns[name], scales.colour, _BYTE, f"{name}, {where}") for name in _RGB]
    return np.stack(parts, axis=1).astype(np.uint8)


def _within(values: NDArray[np.generic], factor: float, highest: int, what: str) -> Float64:
    """The values times a factor, as whole numbers from 0 to `highest`.

    Raises:
        SourceDataError: One is beyond.
    """
    scaled = values.astype(np.float64) * factor
    numbers = np.floor(scaled) if factor < 1 else np.rint(scaled)
    wrong = ~((numbers >= 0) & (numbers <= highest))
    if wrong.any():
        name, _, where = what.partition(", ")
        first = float(values.astype(np.float64)[wrong][0])
        raise SourceDataError(
            f"{name} {first:g}; legal here: 0 to {highest / factor:g}", where=where
        )
    return numbers


def _highest(columns: Sequence[NDArray[np.generic]]) -> float:
    return max(float(column.astype(np.float64).max(initial=0)) for column in columns)


def _is_broken(column: NDArray[np.generic]) -> bool:
    """Whether a column holds something else than whole numbers."""
    numbers = column.astype(np.float64)
    return bool((numbers != np.rint(numbers)).any())
