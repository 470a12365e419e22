"""Putting a finished tileset in place in one step.

The contents lie in a folder named by their digest; the tileset documents beside it are written
last, `tileset.json` last of all by a rename. A reader sees the old tileset or the new one, never
a mixture; a build that dies leaves the old one as it was.
"""

import fcntl
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from cim.errors import BackendError, InputError

ROOT_DOCUMENT = "tileset.json"
GENERATOR = "cim-server"
_STAGING = ".building-"
_VERSIONED = re.compile(r"[0-9a-f]{16}(-\d+-\d+-\d+\.json)?$")
"""Names of what a build leaves beside the root document."""

_HASHED = re.compile(r".*-[0-9a-f]{16}\.(glb|json)")
"""Names with a digest of what the file holds."""


def is_immutable(name: str) -> bool:
    """Whether what a file of a tileset holds can never change under its name.

    Args:
        name: Path of the file in the folder of the tileset, parts parted by `/`.
    """
    return _HASHED.fullmatch(name) is not None


@contextmanager
def staging(output: Path) -> Iterator[Path]:
    """A temporary folder inside `output`, removed at the end; one build at a time.

    Raises:
        BackendError: Another build writes to the same folder, or it cannot be written.
        InputError: The folder holds a tileset that this program did not make.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
        _require_ours(output)
        with (output / ".lock").open("w") as lock:
            _take(lock.fileno(), output)
            for stale in output.glob(f"{_STAGING}*"):
                _discard(stale)
            with tempfile.TemporaryDirectory(prefix=_STAGING, dir=output) as folder:
                yield Path(folder)
    except OSError as error:
        if isinstance(error, BackendError):
            raise
        raise BackendError(f"{output}: {error.strerror or error}") from error


def publish(
    output: Path, contents: Path, version: str, documents: Mapping[str, dict[str, Any]]
) -> None:
    """Make a tileset visible and remove those before it.

    Args:
        output: Folder of the tileset.
        contents: Folder with the contents, inside `output`; it is renamed to `version`.
        version: Digest of the contents.
        documents: By file name; `tileset.json` among them.
    """
    _move(contents, output / version)
    names = sorted(documents, key=lambda name: name == ROOT_DOCUMENT)
    for name in names:
        partial = output / f"{_STAGING}{name}"
        partial.write_bytes(orjson.dumps(documents[name]))
        partial.replace(output / name)
    _sweep(output, version, set(names))


def _require_ours(output: Path) -> None:
    """Check that the tileset in a folder, if there is one, was made by this program."""
    root = output / ROOT_DOCUMENT
    if not root.exists():
        return
    try:
        ours = orjson.loads(root.read_bytes())["asset"]["generator"] == GENERATOR
    except (ValueError, KeyError, TypeError):
        ours = False
    if not ours:
        raise InputError(f"{root} was not made by cim-server; choose another folder")


def _take(descriptor: int, output: Path) -> None:
    """Hold the folder's lock until the file is closed."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise BackendError(f"{output}: another build is writing here; wait for it") from error


def _discard(path: Path) -> None:
    """Delete a file or a folder."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _move(contents: Path, target: Path) -> None:
    """Rename a folder; where the same contents stand already, put each file in its place again."""
    if not target.exists():
        contents.rename(target)
        return
    for file in contents.iterdir():
        file.replace(target / file.name)


def _sweep(output: Path, version: str, documents: set[str]) -> None:
    """Delete the files of all versions but one, those of builds that died among them."""
    for path in output.iterdir():
        if not _VERSIONED.match(path.name) or path.name in documents or path.name == version:
            continue
        _discard(path)
