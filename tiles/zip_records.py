"""Records of a zip file, as they lie in it. Pure: bytes in, numbers out.

Source: PKWARE .ZIP File Format Specification 6.3.9, clauses 4.3 (records) and 4.5.3 (zip64).
"""

import mmap
import struct
from dataclasses import dataclass

UNKNOWN_16, UNKNOWN_32 = 0xFFFF, 0xFFFFFFFF
"""What a 16-bit or 32-bit number says when the true one stands in a zip64 record."""

LONGEST_NAME = LONGEST_COMMENT = 1 << 16
_BIT_DESCRIPTOR, _BIT_ENCRYPTED = 0x0008, 0x0001

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_END_64_LOCATOR = struct.Struct("<4sIQI")
_END_64 = struct.Struct("<4sQ2H2I4Q")

type Data = bytes | mmap.mmap


@dataclass(frozen=True, slots=True)
class LocalHeader:
    """What stands before the bytes of a file."""

    name: str
    start: int
    """Of the bytes."""

    stored_size: int
    size: int
    method: int
    crc: int
    encrypted: bool
    sizes_follow: bool
    """Whether sizes and CRC stand behind the bytes instead."""


def local_header(data: Data, offset: int) -> LocalHeader | None:
    """The local header at an offset, None when there is none."""
    if offset + _LOCAL.size > len(data) or data[offset : offset + 4] != b"PK\3\4":
        return None
    record = _LOCAL.unpack_from(data, offset)
    _, _, flags, method, _, _, crc, stored, size, name_length, extra_length = record
    name_end = offset + _LOCAL.size + name_length
    start = name_end + extra_length
    if UNKNOWN_32 in (stored, size):
        size, stored = zip64(data[name_end:start], (size, stored))
    return LocalHeader(
        name=data[offset + _LOCAL.size : name_end].decode("utf-8", "replace"),
        start=start,
        stored_size=stored,
        size=size,
        method=method,
        crc=crc,
        encrypted=bool(flags & _BIT_ENCRYPTED),
        sizes_follow=bool(flags & _BIT_DESCRIPTOR),
    )


def last_entry(data: Data, directory_end: int) -> tuple[str, int] | None:
    """Name and local header's offset of the last entry of the central directory."""
    at = data.rfind(b"PK\1\2", max(0, directory_end - LONGEST_NAME), directory_end)
    if at < 0 or at + _CENTRAL.size > directory_end:
        return None
    record = _CENTRAL.unpack_from(data, at)
    stored, size, name_length, extra_length, offset = *record[8:12], record[16]
    name_end = at + _CENTRAL.size + name_length
    extra = data[name_end : name_end + extra_length]
    *_, offset = zip64(extra, (size, stored, offset))
    return data[at + _CENTRAL.size : name_end].decode("utf-8", "replace"), offset


def directory_end(data: Data) -> int | None:
    """Where the central directory ends; None when this is no whole zip file."""
    at = data.rfind(b"PK\5\6", max(0, len(data) - _END.size - LONGEST_COMMENT))
    if at < 0 or at + _END.size > len(data):
        return None
    record = _END.unpack_from(data, at)
    *counts, size, start = record[1:7]
    if UNKNOWN_32 not in (size, start) and UNKNOWN_16 not in counts:
        end = start + size
    else:
        end = _directory_end_64(data, at - _END_64_LOCATOR.size, start + size)
    return end if 0 <= end <= at else None


def _directory_end_64(data: Data, at: int, otherwise: int) -> int:
    """Where a zip64 central directory ends, -1 for nowhere; `at` is the place of its locator."""
    if at < 0 or data[at : at + 4] != b"PK\6\7":
        return otherwise
    offset = _END_64_LOCATOR.unpack_from(data, at)[2]
    if offset + _END_64.size > len(data) or data[offset : offset + 4] != b"PK\6\6":
        return -1
    *_, size, start = _END_64.unpack_from(data, offset)
    return int(start + size)


def zip64(extra: bytes, values: tuple[int, ...]) -> tuple[int, ...]:
    """The values, those that do not fit 32 bits taken from the extra field."""
    at, found = 0, b""
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            found = extra[at + 4 : at + 4 + length]
        at += 4 + length
    whole = len(found) // 8
    numbers = iter(struct.unpack(f"<{whole}Q", found[: whole * 8]))
    return tuple(next(numbers, value) if value == UNKNOWN_32 else value for value in values)
