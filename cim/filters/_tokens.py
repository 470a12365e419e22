"""The words and signs of CQL2 text, each with its place.

Source: OGC 21-065r2 (CQL2), annex B (BNF).
"""

import re
from dataclasses import dataclass
from typing import Final

from cim.errors import InputError

_START: Final = (
    r":_A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1ffe\u200c-\u200d"
    r"\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
"""Signs that a name may begin with: the BNF's `identifierStart`."""

_TOKEN: Final = re.compile(
    rf"""\s*(?:
      (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<text>'(?:\\\\|\\'|''|[^'\\]|\\(?!['\\]))*+'|'(?:''|[^'])*+')
    | (?P<quoted>"(?:""|[^"])+")
    | (?P<name>[{_START}][{_START}.0-9\u0300-\u036f\u203f-\u2040]*)
    | (?P<sign><>|<=|>=|[<>=+\-*/%^(),])
    | (?P<end>$)
    )""",
    re.VERBOSE,
)
_ESCAPES: Final = re.compile(r"\\\\|\\'|''")
"""Two backslashes are a pair, as in patterns of LIKE, so that a quote behind them ends the text. A
text that would have no end is read with its backslashes as they are."""

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Token:
    """A word or sign."""

    kind: str
    """`number`, `text`, `quoted` (a name), `name`, `sign` or `end`."""

    text: str
    """As written; of texts and quoted names, what is between the quotes."""

    begin: int
    """Place of its first character."""

    end: int
    """Place behind its last character."""

    @property
    def word(self) -> str:
        """The name in lower case, or the sign; nothing for literals."""
        return self.text.lower() if self.kind in {"name", "sign"} else ""

    def __str__(self) -> str:
        """For messages."""
        return "the end" if self.kind == "end" else repr(self.text[:_SHOWN])


def tokens(text: str) -> list[Token]:
    """All tokens of a text; the last is its end.

    Raises:
        InputError: There is a sign that CQL2 does not have, or a quote without its end.
    """
    if found := _CONTROL.search(text):
        raise InputError(f"character {found.start() + 1} is a control character")
    result: list[Token] = []
    place = 0
    while not result or result[-1].kind != "end":
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise _unreadable(text, place)
        begin, place = match.span(match.lastgroup)
        result.append(Token(match.lastgroup, _plain(match[match.lastgroup]), begin, place))
    return result


def _plain(text: str) -> str:
    """What quotes hold; anything else as it is."""
    if text.startswith("'"):
        return _ESCAPES.sub(_meant, text[1:-1])
    return text[1:-1].replace('""', '"') if text.startswith('"') else text


def _meant(escape: re.Match[str]) -> str:
    """What an escape stands for: a quote; a pair of backslashes is left to LIKE."""
    return "'" if escape[0].endswith("'") else escape[0]


def _unreadable(text: str, place: int) -> InputError:
    rest = text[place:].lstrip()
    place = len(text) - len(rest)
    if rest[0] in "'\"":
        return InputError(f"character {place + 1}: the quote {rest[0]} has no end")
    return InputError(f"character {place + 1}: {rest[0]!r} has no meaning in CQL2")
