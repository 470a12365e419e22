"""The feature cache: every feature of a layer that is valid now, as GeoJSON text, in one file.

A file is written once, under a temporary name, and never changed. It states the journal sequence
it was made at; rows touched since are encoded anew by the reader of the cache, so that a cache is
never wrong, only more or less useful. Deleting any of the files is always safe.

    bytes 0-7    magic
    8-39         journal sequence, number of features n, number of those without geometry, first
                 byte of the texts: little-endian u64
    then         n row numbers, ascending: i64
    then         n + 1 offsets into the texts: i64
    then         the texts, each followed by a comma
"""

import contextlib
import fcntl
import hashlib
import logging
import mmap
import os
import re
import shutil
import struct
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import shapely

from api.ogc.encoding import PLAIN, encode
from cim.arrays import Int64
from cim.catalog import Layer
from cim.errors import BackendError
from cim.store.base import Store

logger = logging.getLogger(__name__)

MAGIC = b"CIMITEM2"
HEADER = struct.Struct("<8sQQQQ")
SUFFIX = ".items"
BATCH = 5_000
COPY_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class FeatureCache:
    """A cache file, mapped into memory."""

    version: int
    """Journal sequence at which it was made."""

    fids: Int64
    """(n,) row numbers, ascending."""

    offsets: Int64
    """(n + 1,) where each text begins in `texts`; a comma ends each."""

    texts: memoryview = field(repr=False)

    unplaced: int = 0
    """Features without geometry."""

    def span(self, first: int, last: int) -> memoryview | bytes:
        """Texts of rows `first` to `last` (not included), with commas between."""
        if first >= last:
            return b""
        return self.texts[self.offsets[first] : self.offsets[last] - 1]

    def spans(self, rows: Int64) -> list[memoryview]:
        """Text of each of some rows."""
        begins, ends = self.offsets[rows].tolist(), (self.offsets[rows + 1] - 1).tolist()
        return [self.texts[begin:end] for begin, end in zip(begins, ends, strict=True)]


def open_newest(folder: Path, layer: Layer) -> FeatureCache | None:
    """The newest usable cache of a layer, None when there is none."""
    for version, path in _files(folder, layer):
        if version <= layer.version:
            with contextlib.suppress(OSError, ValueError):
                return _open(path)
    return None


def build(store: Store, name: str, folder: Path) -> bool:
    """Write the cache of a layer if it is not current; whether this call wrote one.

    Only one process at a time builds a layer's cache; the others return at once.

    Raises:
        BackendError: The folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _lock(folder / f"{name}.lock") as mine:
            return mine and _build_locked(store, name, folder)
    except OSError as error:
        raise BackendError(f"{folder}: cannot write the feature cache: {error}") from error


def _build_locked(store: Store, name: str, folder: Path) -> bool:
    layer = store.layer(name)
    current = open_newest(folder, layer)
    if current is not None and current.version == layer.version:
        return False
    began = time.perf_counter()
    _discard_leftovers(folder, name)
    with tempfile.NamedTemporaryFile(
        dir=folder, prefix=f"{name}.", suffix=".part", delete=False
    ) as part:
        count = _write(store, layer, Path(part.name))
    target = folder / _file_name(layer)
    Path(part.name).replace(target)
    _discard_others(folder, layer, target)
    seconds = round(time.perf_counter() - began, 2)
    logger.info("cached %d features of layer %s in %s s", count, name, seconds)
    return True


def _write(store: Store, layer: Layer, path: Path) -> int:
    """Write the file; texts first into a second file, because their sizes come last."""
    fids, lengths, unplaced = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], 0
    with tempfile.TemporaryFile(dir=path.parent) as texts:
        for batch in store.read(layer.name, batch_size=BATCH):
            encoded = encode(batch, PLAIN)
            texts.write(b",".join(encoded) + b"," if encoded else b"")
            fids.append(batch.records)
            unplaced += int(
                (shapely.is_missing(batch.geometry) | shapely.is_empty(batch.geometry)).sum()
            )
            lengths.append(np.array([len(text) + 1 for text in encoded], np.int64))
        rows = np.concatenate(fids)
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.concatenate(lengths))])
        begin = HEADER.size + 8 * (len(rows) + len(offsets))
        with path.open("wb") as file:
            file.write(HEADER.pack(MAGIC, layer.version, len(rows), unplaced, begin))
            file.write(rows.astype("<i8").tobytes() + offsets.astype("<i8").tobytes())
            texts.seek(0)
            shutil.copyfileobj(texts, file, COPY_BYTES)
            file.flush()
            os.fsync(file.fileno())
    return len(rows)


def _open(path: Path) -> FeatureCache:
    """Map a cache file.

    Raises:
        ValueError: It is not one, or it is cut short.
    """
    with path.open("rb") as file:
        mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    if len(mapped) < HEADER.size or mapped[: len(MAGIC)] != MAGIC:
        raise ValueError(f"{path}: not a feature cache")
    _, version, count, unplaced, begin = HEADER.unpack(mapped[: HEADER.size])
    fids = np.frombuffer(mapped, "<i8", count, HEADER.size)
    offsets = np.frombuffer(mapped, "<i8", count + 1, HEADER.size + 8 * count)
    if begin + int(offsets[-1]) != len(mapped):
        raise ValueError(f"{path}: cut short")
    return FeatureCache(version, fids, offsets, mapped[begin:], unplaced)


def _digest(layer: Layer) -> str:
    """What besides the rows decides the texts: fields and CRS."""
    columns = ",".join(f"{column.name}:{column.type}" for column in layer.fields)
    return hashlib.blake2b(f"{layer.crs};{columns}".encode(), digest_size=6).hexdigest()


def _file_name(layer: Layer) -> str:
    return f"{layer.name}.{layer.version}.{_digest(layer)}{SUFFIX}"


def _files(folder: Path, layer: Layer) -> list[tuple[int, Path]]:
    """Cache files that fit the layer's fields, newest first."""
    pattern = re.compile(rf"{re.escape(layer.name)}\.(\d+)\.{_digest(layer)}{re.escape(SUFFIX)}")
    found = [
        (int(match[1]), path)
        for path in folder.glob(f"{layer.name}.*{SUFFIX}")
        if (match := pattern.fullmatch(path.name))
    ]
    return sorted(found, reverse=True)


def _discard_others(folder: Path, layer: Layer, kept: Path) -> None:
    """Remove the layer's older files; who has one open keeps it until it is closed."""
    for path in folder.glob(f"{layer.name}.*{SUFFIX}"):
        if path != kept:
            with contextlib.suppress(OSError):
                path.unlink()


def _discard_leftovers(folder: Path, name: str) -> None:
    """Remove what builders that were killed left behind; the lock is held, so none is at work."""
    for path in folder.glob(f"{name}.*.part"):
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[bool]:
    """Hold a lock file if nobody else does; the system frees it when its holder dies."""
    with path.open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
