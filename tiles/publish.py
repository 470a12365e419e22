"""Putting a tileset in place so that a reader sees the old one or the new one, never a mixture.

Contents and sub-documents carry a digest of what they hold in their names: they are written
beside what stands, flushed to the disk, and never change. Then `tileset.json` is swapped by a
rename. Files that only the tileset before needs stay until the next swap, so that a reader who
holds the old root finds them; older ones are deleted. A build that dies leaves the old tileset.
"""

import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import orjson

from cim.errors import BackendError, InputError

ROOT_DOCUMENT = "tileset.json"
GENERATOR = "cim-server"
STATE_FOLDER = ".build"
"""Inside a tileset's folder: what builds keep for each other. It is never served."""

_RECORD = "published.json"
_WORK = "work-"
_HASHED = re.compile(r".*-[0-9a-f]{16}\.(glb|json)|(content|external)-[0-9a-f]{16}/.*")
"""Names with a digest of what the file, or all its folder, holds."""

_SHARE = 2
"""Digits of a digest that name the folder of a content."""

_EARLIER = re.compile(r"[0-9a-f]{16}")
"""Folders of contents as version 0.1.0 made them."""

_TREE = re.compile(r"(content|external)-[0-9a-f]{16}")
"""Folders of contents and subtrees under implicit tiling, whose file names are fixed, and of
tilesets that were taken in."""


def is_immutable(name: str) -> bool:
    """Whether what a file of a tileset holds can never change under its name.

    Args:
        name: Path of the file in the folder of the tileset, parts parted by `/`.
    """
    return _HASHED.fullmatch(name) is not None


def digest_of(data: bytes) -> str:
    """16 hexadecimal digits that stand for some bytes."""
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def content_name(stem: str, data: bytes, suffix: str = ".glb") -> str:
    """Path of a content in the folder of its tileset; at most 256 folders share the contents."""
    digest = digest_of(data)
    return f"content/{digest[:_SHARE]}/{stem}-{digest}{suffix}"


def schema_name(data: bytes) -> str:
    """Path of the properties' schema in the folder of its tileset."""
    return f"content/schema-{digest_of(data)}.json"


def document_name(stem: str, data: bytes) -> str:
    """Path of an external tileset: beside the root document, so that addresses have one base."""
    return f"{stem}-{digest_of(data)}.json"


@contextmanager
def staging(output: Path) -> Iterator[Path]:
    """A temporary folder inside `output`, removed at the end; one build at a time.

    Raises:
        BackendError: Another build writes to the same folder, or it cannot be written.
        InputError: The folder holds a tileset that this program did not make.
    """
    kept = output / STATE_FOLDER
    try:
        _require_ours(output)
        kept.mkdir(parents=True, exist_ok=True)
        with (kept / "lock").open("w") as lock:
            _take(lock.fileno(), output)
            for stale in kept.glob(f"{_WORK}*"):
                shutil.rmtree(stale)
            with tempfile.TemporaryDirectory(prefix=_WORK, dir=kept) as folder:
                yield Path(folder)
    except OSError as error:
        if isinstance(error, BackendError):
            raise
        raise BackendError(f"{output}: {error.strerror or error}") from error


def put(output: Path, name: str, data: bytes, work: Path) -> None:
    """Write a file whole and flush it, unless it stands already.

    Args:
        output: Folder of the tileset.
        name: Path in it, with a digest of `data`.
        data: What the file holds.
        work: Folder on the same disk for the file while it is written.
    """
    target = output / name
    if is_immutable(name) and target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = work / f"{os.getpid()}-{target.name}"
    with partial.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(target)


def publish(
    output: Path, documents: Mapping[str, bytes], contents: Iterable[str], work: Path
) -> bool:
    """Make a tileset visible; delete what neither it nor the one before it needs.

    Args:
        output: Folder of the tileset; the contents stand in it.
        documents: By name; `tileset.json` among them.
        contents: Names of all other files of the tileset.
        work: Folder of `staging`.

    Returns:
        Whether anything changed: the same root document is not written again.
    """
    root = documents[ROOT_DOCUMENT]
    names = {*contents, *documents} - {ROOT_DOCUMENT}
    for name in sorted(names & documents.keys()):
        put(output, name, documents[name], work)
    standing = _read(output / ROOT_DOCUMENT)
    if standing == root:
        return False
    kept = {digest_of(root): names}
    if standing is not None:
        before = digest_of(standing)
        kept[before] = _recorded(output).get(before, set())
    added = names.difference(*(held for held in kept.values() if held is not names))
    for folder in {output, *((output / name).parent for name in added)}:
        _flush(folder)
    record = {digest: sorted(held) for digest, held in kept.items()}
    put(output, f"{STATE_FOLDER}/{_RECORD}", orjson.dumps(record), work)
    put(output, ROOT_DOCUMENT, root, work)
    _flush(output)
    _sweep(output, set().union(*kept.values()))
    return True


def published(output: Path) -> bool:
    """Whether the tileset that stands in a folder is whole: every file it needs is there."""
    root = _read(output / ROOT_DOCUMENT)
    if root is None:
        return False
    names = _recorded(output).get(digest_of(root))
    return names is not None and all((output / name).exists() for name in names)


def _recorded(output: Path) -> dict[str, set[str]]:
    """Names of the files of the latest tilesets, by the digest of their root documents."""
    record = _read(output / STATE_FOLDER / _RECORD)
    return (
        {} if record is None else {key: set(names) for key, names in orjson.loads(record).items()}
    )


def _read(path: Path) -> bytes | None:
    """What a file holds, None when there is none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _flush(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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


def _sweep(output: Path, kept: set[str]) -> None:
    """Delete files of ours that are not among `kept`, and those of an earlier version."""
    held = output / "content"
    folders = [output, held, *(each for each in _entries(held) if len(each.name) == _SHARE)]
    for folder in folders:
        prefix = folder.relative_to(output).as_posix()
        for entry in _entries(folder):
            name = entry.name if prefix == "." else f"{prefix}/{entry.name}"
            if is_immutable(name) and name not in kept:
                entry.unlink()
            elif prefix == "." and (_EARLIER.fullmatch(name) or _stale_tree(name, kept)):
                shutil.rmtree(entry)


def _stale_tree(name: str, kept: set[str]) -> bool:
    """Whether a name is that of a folder of implicit tiling that nothing kept is in."""
    return _TREE.fullmatch(name) is not None and not any(
        held.startswith(f"{name}/") for held in kept
    )


def published_names(folder: Path) -> set[str] | None:
    """Names of the files of the tileset that stands in a folder of ours; None: it is not ours."""
    root = _read(folder / ROOT_DOCUMENT)
    names = None if root is None else _recorded(folder).get(digest_of(root))
    return None if names is None else {ROOT_DOCUMENT, *names}


def put_tree(
    output: Path,
    links: Mapping[str, str],
    files: Mapping[str, bytes],
    work: Path,
    *,
    prefix: str = "content",
) -> str:
    """Put a folder of fixed names beside a tileset, named by a digest of all it holds.

    Args:
        output: Folder of the tileset.
        links: Names of files that stand, by their paths in the new folder, absolute for files
            elsewhere; they become hard links, so that a file that stays costs nothing.
        files: Other files by their paths in the new folder.
        work: Folder of `staging`.
        prefix: Of the folder's name: `content` or `external`.

    Returns:
        The folder's name.
    """
    digest = hashlib.blake2b(digest_size=8)
    held_by = {**links, **{path: digest_of(data) for path, data in files.items()}}
    for path, held in sorted(held_by.items()):
        digest.update(f"{path} {held}\n".encode())
    name = f"{prefix}-{digest.hexdigest()}"
    if (output / name).exists():
        return name
    made = work / name
    for path, held in links.items():
        target = made / path
        target.parent.mkdir(parents=True, exist_ok=True)
        _link(output / held, target)
    for path, data in files.items():
        put(made, path, data, work)
    for folder, _, _ in os.walk(made):
        _flush(Path(folder))
    made.rename(output / name)
    return name


def _link(source: Path, target: Path) -> None:
    """Give a file a second name; where the disk knows no such thing, copy it."""
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)


def _entries(folder: Path) -> list[Path]:
    """What is in a folder; nothing when there is none."""
    return list(folder.iterdir()) if folder.is_dir() else []
