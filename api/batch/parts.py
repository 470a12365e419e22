"""Answers of a table that are kept while the work is not done, so that it can go on."""

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
from pyarrow import feather

_MANIFEST: Final = "asked.txt"
_SAMPLE: Final = 1 << 20


class Parts:
    """Answers of chunks in files of a folder; those of another table or question are dropped.

    Args:
        folder: The folder.
        question: What tells this work from any other.
        adds: The columns of an answer.
    """

    def __init__(self, folder: Path, question: str, adds: Mapping[str, pa.DataType]) -> None:
        self._folder = folder
        self._schema = pa.schema(list(adds.items()))
        manifest = folder / _MANIFEST
        if not manifest.is_file() or manifest.read_text("utf-8") != question:
            self.drop()
            folder.mkdir(parents=True)
            manifest.write_text(question, "utf-8")

    def load(self, number: int) -> list[tuple[Any, ...]] | None:
        """The answers of a chunk, None when they are not there yet."""
        path = self._path(number)
        if not path.exists():
            return None
        columns = [column.to_pylist() for column in feather.read_table(path).columns]
        return list(zip(*columns, strict=True))

    def save(self, number: int, answers: list[tuple[Any, ...]]) -> None:
        """Keep the answers of a chunk; a file is there as a whole or not at all."""
        columns = [
            pa.array(values, kind)
            for values, kind in zip(zip(*answers, strict=True), self._schema.types, strict=True)
        ]
        path = self._path(number)
        torn = path.with_suffix(".torn")
        feather.write_feather(pa.Table.from_arrays(columns, schema=self._schema), torn)
        torn.replace(path)

    def drop(self) -> None:
        """Remove them all."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:07d}.arrow"


def digest_of(path: Path) -> str:
    """What tells a file from others: its size, time, beginning and end."""
    facts = path.stat()
    digest = hashlib.blake2b(f"{facts.st_size} {facts.st_mtime_ns}".encode(), digest_size=16)
    with path.open("rb") as stream:
        digest.update(stream.read(_SAMPLE))
        stream.seek(max(0, facts.st_size - _SAMPLE))
        digest.update(stream.read(_SAMPLE))
    return digest.hexdigest()
