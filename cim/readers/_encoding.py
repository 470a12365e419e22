"""Text encodings: what bytes are in, and columns of bytes as text."""

import codecs
from collections import Counter

import numpy as np
import pyarrow as pa

from cim.errors import InputError
from cim.features import Reject

UTF8 = "utf-8"
GB18030 = "gb18030"
BIG5 = "big5hkscs"
"""Big5 with what Hong Kong added; ordinary Big5 is part of it."""
_GB_FAMILY = {"gb2312", "gbk", "cp936", "936", "hz"}
_BIG5_FAMILY = {"big5", "big-5", "big5-hkscs", "big5hkscs"}
_NAMES = {"65001": UTF8, "88591": "latin-1", "oem": "", "ansi": "", "system": ""}
_LANGUAGE_DRIVERS = {
    0x13: "cp932", 0x4D: GB18030, 0x4E: "cp949", 0x4F: "cp950", 0x78: "cp950", 0x79: "cp949",
    0x7A: GB18030, 0x7B: "cp932", 0xC8: "cp1250", 0xC9: "cp1251", 0xCA: "cp1254", 0xCB: "cp1253",
}  # fmt: skip
"""Code pages of dBASE's language driver byte; 0x57 means the code page of some machine."""

_BIG5_LEVEL_1 = 0xC6
"""Largest first byte of the frequent characters of Big5, and of its signs."""

_SURE = 9
"""Right characters for each wrong one, from which an encoding is believed."""


def codec_name(text: str) -> str:
    """Python's name of an encoding, GB 2312 and GBK widened to GB 18030 that contains them.

    Raises:
        InputError: There is no such encoding.
    """
    plain = text.strip().lower().removeprefix("ansi ").removeprefix("cp")
    name = _NAMES.get(plain, f"cp{plain}" if plain.isdigit() else text.strip())
    if plain in _GB_FAMILY:
        return GB18030
    if plain in _BIG5_FAMILY:
        return BIG5
    try:
        return codecs.lookup(name).name
    except LookupError as error:
        raise InputError(
            f"unknown encoding {text!r}; known among others: UTF-8, GB18030, Big5, ISO-8859-1"
        ) from error


def stated_encoding(cpg: bytes | None, language_driver: int) -> str | None:
    """What a shapefile says of its text: the .cpg file, then the byte in its table's header."""
    if cpg:
        try:
            return codec_name(cpg.decode("ascii", "replace").strip("\0 \r\n\ufeff"))
        except InputError:
            return None
    return _LANGUAGE_DRIVERS.get(language_driver)


def guess_encoding(sample: bytes) -> str | None:
    """The encoding bytes look like: UTF-8, GB 18030 as modern Chinese uses it, Big5, or None.

    A sample may end within a character and hold a few broken ones.
    """
    for encoding in (UTF8, GB18030, BIG5):
        right, wrong = _score(sample, encoding)
        if wrong == 0 or right > _SURE * wrong:
            return encoding
    return None


def _score(sample: bytes, encoding: str) -> tuple[int, int]:
    """Characters beyond ASCII that are likely, and those that are not, when read so."""
    text = codecs.getincrementaldecoder(encoding)("replace").decode(sample)
    counts = Counter(text)
    beyond = {char: count for char, count in counts.items() if char >= "\x80"}
    wrong = sum(count for char, count in beyond.items() if not _is_likely(char, encoding))
    return sum(beyond.values()) - wrong, wrong


def _is_likely(char: str, encoding: str) -> bool:
    """Whether a character is no sign of a wrong guess.

    Any bytes above 0x80 pass for GBK, and most for Big5; the characters of GB 2312 and those of
    level 1 of Big5, which make up ordinary text, do not come about by chance.
    """
    if encoding == UTF8:
        return char != "\ufffd"
    try:
        code = char.encode("gb2312" if encoding == GB18030 else "cp950")
    except UnicodeEncodeError:
        return False
    return encoding == GB18030 or code[0] <= _BIG5_LEVEL_1


def decode_columns(
    columns: dict[str, pa.Array], encoding: str, first_record: int
) -> tuple[dict[str, pa.Array], tuple[Reject, ...]]:
    """Text columns decoded; values that are broken become None and give a reject.

    Args:
        columns: Arrays by name; those of type string may hold bytes of any kind.
        encoding: Python's name of their encoding.
        first_record: Record number of the first row.
    """
    decoded: dict[str, pa.Array] = {}
    rejects: list[Reject] = []
    for name, column in columns.items():
        if not pa.types.is_string(column.type) or _is_fine(column, encoding):
            decoded[name] = column
            continue
        decoded[name], broken = _decoded(column, encoding)
        rejects += [_reject(first_record + row, name, value, encoding) for row, value in broken]
    return decoded, tuple(sorted(rejects, key=lambda reject: reject.record))


def _is_fine(column: pa.Array, encoding: str) -> bool:
    """Whether a column already is legal UTF-8 of the same meaning."""
    if encoding != UTF8:
        data = column.buffers()[2]
        return data is None or not (np.frombuffer(data, np.uint8) & 0x80).any()
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _decoded(column: pa.Array, encoding: str) -> tuple[pa.Array, list[tuple[int, bytes]]]:
    """A column of bytes as text, each distinct value decoded once; and the broken rows."""
    coded = column.view(pa.binary()).dictionary_encode()
    texts: list[str | None] = []
    for value in coded.dictionary.to_pylist():
        try:
            texts.append(value.decode(encoding))
        except UnicodeDecodeError:
            texts.append(None)
    broken = {code for code, text in enumerate(texts) if text is None}
    codes = coded.indices.to_pylist() if broken else []
    rows = [
        (row, coded.dictionary[code].as_py()) for row, code in enumerate(codes) if code in broken
    ]
    return pa.array(texts, pa.string()).take(coded.indices), rows


def _reject(record: int, field: str, value: bytes, encoding: str) -> Reject:
    shown = value[:60].decode(encoding, "backslashreplace")
    return Reject(record, field, shown, f"broken text: bytes that are not {encoding.upper()}")
