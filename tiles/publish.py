"""Putting a finished tileset in place in one step.

The contents lie in a folder named by their digest; the tileset documents beside it are written
last, `tileset.json` last of all by a rename. A reader sees the old tileset or the new one, never
a mixture; a build that dies leaves the old one as it was.
"""

import fcntl
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


@contextmanager
def staging(output: Path) -> Iterator[Path]:
    """A temporary folder inside `output`, removed at the end; one build at a time.

    Raises:
        BackendError: Another build writes to the same folder, or it cannot be written.
        InputError: The folder holds a tileset that this program did not make.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
        previous_version(output)
        with (output / ".lock").open("w") as lock:
            _take(lock.fileno(), output)
            for stale in output.glob(f"{_STAGING}*"):
                shutil.rmtree(stale)
            with tempfile.TemporaryDirectory(prefix=_STAGING, dir=output) as folder:
                yield Path(folder)
    except OSError as error:
        if isinstance(error, BackendError):
            raise
        raise BackendError(f"{output}: {error.strerror or error}") from error


def publish(
    output: Path, contents: Path, version: str, documents: Mapping[str, dict[str, Any]]
) -> None:
    """Make a tileset visible and remove the one before it.

    Args:
        output: Folder of the tileset.
        contents: Folder with the contents, inside `output`; it is renamed to `version`.
        version: Digest of the contents.
        documents: By file name; `tileset.json` among them.
    """
    before = previous_version(output)
    target = output / version
    if not target.exists():
        contents.rename(target)
    names = sorted(documents, key=lambda name: name == ROOT_DOCUMENT)
    for name in names:
        partial = output / f"{_STAGING}{name}"
        partial.write_bytes(orjson.dumps(documents[name]))
        partial.replace(output / name)
    if before is not None and before != version:
        _remove(output, before)


def previous_version(output: Path) -> str | None:
    """Version of the tileset in a folder, None when there is none.

    Raises:
        InputError: There is a tileset.json that this program did not make.
    """
    root = output / ROOT_DOCUMENT
    if not root.exists():
        return None
    try:
        asset = orjson.loads(root.read_bytes())["asset"]
        ours = asset["generator"] == GENERATOR
        version = str(asset["extras"]["version"])
    except (ValueError, KeyError, TypeError):
        ours, version = False, ""
    if not ours:
        raise InputError(f"{root} was not made by cim-server; choose another folder")
    return version


def _take(descriptor: int, output: Path) -> None:
    """Hold the folder's lock until the file is closed."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise BackendError(f"{output}: another build is writing here; wait for it") from error


def _remove(output: Path, version: str) -> None:
    """Delete the files of a version."""
    for document in output.glob(f"{version}-*.json"):
        document.unlink()
    shutil.rmtree(output / version, ignore_errors=True)
