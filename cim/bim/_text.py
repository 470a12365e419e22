r"""Text of STEP files that is not in their alphabet: raw bytes of UTF-8, GB 18030 or Windows-1252.

A STEP file holds printable ASCII, and other characters as codes (ISO 10303-21:2016, section 6.4.3:
`\X2\`, `\X4\`); many programs write them as they are. ifcopenshell drops such texts whole.
"""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_CHUNK: Final = 1 << 20
_RUN: Final = re.compile(rb"[\x80-\xff]+")
_FOREIGN: Final = re.compile(r"[^\x00-\x7f]+")
_WIDE: Final = 0xFFFF


def encoding_of(path: Path) -> str | None:
    """Encoding of the text of a STEP file, None for one that keeps to ASCII.

    UTF-8 where all of it is; else GB 18030 where most runs of high bytes are pairs, as Chinese
    characters are, and Windows-1252 where they are not.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, even, odd = True, 0, 0
    for chunk in _chunks(path):
        if is_utf8:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                is_utf8 = False
        if not chunk.isascii():
            lengths = [len(run) % 2 for run in _RUN.findall(chunk)]
            odd += sum(lengths)
            even += len(lengths) - sum(lengths)
    if not even + odd:
        return None
    if is_utf8:
        return "utf-8"
    return "gb18030" if even >= odd else "cp1252"


def rewrite(path: Path, target: Path, encoding: str) -> None:
    """Write a STEP file with its text in codes.

    Args:
        path: The file.
        target: The new one.
        encoding: Of its text; what is not in it becomes U+FFFD.
    """
    with (
        path.open(encoding=_marked(encoding), errors="replace", newline="") as source,
        target.open("w", encoding="ascii", newline="") as file,
    ):
        while piece := source.read(_CHUNK):
            file.write(_FOREIGN.sub(lambda found: coded(found[0]), piece))


def _marked(encoding: str) -> str:
    """The same encoding, the mark at its beginning left out."""
    return "utf-8-sig" if encoding == "utf-8" else encoding


def coded(text: str) -> str:
    """Characters as a STEP file codes them."""
    wide = any(ord(letter) > _WIDE for letter in text)
    octets = text.encode("utf-32-be" if wide else "utf-16-be")
    return f"\\X{4 if wide else 2}\\{octets.hex().upper()}\\X0\\"


def _chunks(path: Path) -> Iterator[bytes]:
    """The bytes of a file behind the mark that some begin with."""
    with path.open("rb") as file:
        yield file.read(_CHUNK).removeprefix(codecs.BOM_UTF8)
        while chunk := file.read(_CHUNK):
            yield chunk
