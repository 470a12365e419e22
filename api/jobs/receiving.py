"""Multipart bodies (RFC 7578) straight into files, counted while they come."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import anyio.to_thread
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser

from api.errors import ParameterError, TooLargeError
from cim.errors import BackendError

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

LONGEST_FIELD = 1 << 20
MOST_PARTS = 1_000
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Received:
    """What a client sent."""

    fields: dict[str, str]
    files: tuple[str, ...]
    """Names in the folder, in the order they came."""


@dataclass(slots=True)
class _Part:
    """A part while it comes."""

    headers: dict[str, str] = field(default_factory=dict)
    header_name: str = ""
    header_value: bytes = b""
    name: str = ""
    text: bytearray = field(default_factory=bytearray)
    file: BinaryIO | None = None


class _Receiver:
    """Takes the parts of a body: files go to a folder, fields stay in memory."""

    def __init__(self, folder: Path) -> None:
        self.fields: dict[str, str] = {}
        self.files: list[str] = []
        self.whole = False
        self._folder = folder
        self._part = _Part()
        self._parts = 0

    def callbacks(self) -> "MultipartCallbacks":
        """What the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._open,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def close(self) -> None:
        """Let go of a file that was cut short."""
        if self._part.file is not None:
            self._part.file.close()

    def _begin(self) -> None:
        self._part = _Part()
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise ParameterError("body", f"more than {MOST_PARTS} parts")

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._part.header_name += data[start:end].decode("latin-1")

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._part.header_value += data[start:end]

    def _header_end(self) -> None:
        value = self._part.header_value.decode("utf-8", "replace")
        self._part.headers[self._part.header_name.lower()] = value
        self._part.header_name, self._part.header_value = "", b""

    def _open(self) -> None:
        about = Message()
        about["content-disposition"] = self._part.headers.get("content-disposition", "")
        name = about.get_param("name", header="content-disposition")
        if not isinstance(name, str):
            raise ParameterError("body", "a part has no name")
        self._part.name = name
        file_name = about.get_filename()
        if file_name is not None:
            safe = safe_name(file_name)
            if safe in self.files:
                raise ParameterError(name, f"the file name {safe!r} comes twice")
            self._part.file = (self._folder / safe).open("xb")
            self.files.append(safe)

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._part.file is not None:
            self._part.file.write(data[start:end])
            return
        self._part.text += data[start:end]
        if len(self._part.text) > LONGEST_FIELD:
            raise ParameterError(self._part.name, f"longer than {LONGEST_FIELD} bytes")

    def _end(self) -> None:
        if self._part.file is not None:
            self._part.file.close()
            return
        if self._part.name in self.fields:
            raise ParameterError(self._part.name, "comes twice")
        try:
            self.fields[self._part.name] = self._part.text.decode()
        except UnicodeDecodeError:
            raise ParameterError(self._part.name, "is not UTF-8") from None

    def _finish(self) -> None:
        self.whole = True


def safe_name(name: str) -> str:
    """The file name that a client gives, if it is a name and no path.

    Raises:
        ParameterError: It is empty, hidden, a path, or too long.
    """
    plain = name.replace("\\", "/").rpartition("/")[2] if name[1:3] == ":\\" else name
    bad = (
        not plain or plain.startswith(".") or set(plain) & set("/\\\0:") or not plain.isprintable()
    )
    if bad or len(plain.encode()) > LONGEST_NAME:
        raise ParameterError("file", f"{name[:80]!r} is not a file name")
    return plain


async def receive(
    body: AsyncIterator[bytes], boundary: bytes, folder: Path, most_bytes: int
) -> Received:
    """Put the files of a multipart body in a folder.

    Args:
        body: The body, piece by piece.
        boundary: Of its parts.
        folder: An empty folder.
        most_bytes: The body may not be longer.

    Raises:
        TooLargeError: The body is longer.
        ParameterError: The body is not what it should be.
        BackendError: The disk is full.
    """
    receiver = _Receiver(folder)
    try:
        parser = MultipartParser(boundary, receiver.callbacks())
        size = 0
        async for piece in body:
            size += len(piece)
            if size > most_bytes:
                raise too_large(most_bytes)
            await anyio.to_thread.run_sync(parser.write, piece)
        parser.finalize()
    except FormParserError as error:
        raise ParameterError("body", f"not multipart/form-data: {error}") from None
    except OSError as error:
        if isinstance(error, BackendError):
            raise
        raise BackendError(f"{folder}: {error.strerror or error}") from error
    finally:
        receiver.close()
    if not receiver.whole:
        raise ParameterError("body", "multipart/form-data that is cut short")
    return Received(receiver.fields, tuple(receiver.files))


def too_large(most_bytes: int) -> TooLargeError:
    """The error about a body that is too long."""
    return TooLargeError(
        f"larger than {most_bytes / 1e6:g} MB, the most that jobs.max_upload_mb lets"
    )
