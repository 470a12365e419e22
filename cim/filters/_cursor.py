"""A place in CQL2 text, and the literals that may stand there."""

import math
from collections.abc import Callable
from typing import Final

from cim.errors import InputError
from cim.filters import model as m
from cim.filters._tokens import Token, tokens
from cim.filters.instants import made_interval, parse_date, parse_instant, parse_timestamp
from cim.filters.limits import DEEPEST
from cim.filters.shapes import Axes, from_box, from_wkt

_LARGEST: Final = 2**63


class Cursor:
    """A text and how far it has been read."""

    def __init__(self, text: str, axes: Axes) -> None:
        """Stand at the beginning of a text whose coordinates are written by `axes`."""
        self._text = text
        self._axes = axes
        self._tokens = tokens(text)
        self._place = 0
        self._depth = 0

    @property
    def next(self) -> Token:
        """The token that comes next."""
        return self._tokens[self._place]

    def take(self, *wanted: str) -> bool:
        """Step over the next token if it is one of these words."""
        if self.next.word not in wanted:
            return False
        self._place += 1
        return True

    def expect(self, word: str) -> None:
        """Step over a word that must come next."""
        if not self.take(word):
            raise self.wrong(repr(word))

    def wrong(self, wanted: str, token: Token | None = None) -> InputError:
        """The error that says what is legal at a token, the next one if none is given."""
        found = token or self.next
        return InputError(f"character {found.begin + 1}: {wanted} is legal here, not {found}")

    def nested[T](self, read: Callable[[], T]) -> T:
        """What is read one level deeper."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise InputError(f"character {self.next.begin + 1}: nested more than {DEEPEST} deep")
        found = read()
        self._depth -= 1
        return found

    def number(self, sign: int) -> int | float:
        """A number without a sign, times `sign`."""
        token = self.next
        if token.kind != "number":
            raise self.wrong("a number")
        self._place += 1
        if token.text.isdigit() and len(token.text) < len(str(_LARGEST)):
            return sign * int(token.text)
        value = sign * float(token.text)
        if not math.isfinite(value):
            raise self.wrong("a number up to 1.7e308", token)
        return value

    def step(self) -> Token:
        """The next token, which is read by that."""
        token = self.next
        self._place += 1
        return token

    def box(self) -> m.Shape:
        """The numbers of a BBOX."""
        numbers = [self._signed_number()]
        while self.take(","):
            numbers.append(self._signed_number())
        return from_box(numbers, self._axes)

    def instant(self, name: str) -> m.Instant:
        """What DATE or TIMESTAMP holds."""
        read = parse_date if name == "date" else parse_timestamp
        return self._read_text(read)

    def interval(self) -> m.Interval:
        """The two ends of an INTERVAL."""
        start = self._end()
        self.expect(",")
        token = self.next
        end = self._end()
        try:
            return made_interval(start, end)
        except InputError as error:
            raise InputError(f"character {token.begin + 1}: {error}") from error

    def geometry(self, first: Token) -> m.Shape:
        """WKT, whose first word has been read."""
        depth = 0
        while self.next.kind != "end":
            last = self.step()
            depth += {"(": 1, ")": -1}.get(last.text, 0)
            if depth == 0 and last.text in {")", "EMPTY", "empty"}:
                return from_wkt(self._text[first.begin : last.end], self._axes)
        raise self.wrong("')'")

    def _signed_number(self) -> float:
        is_negative = self.take("-")
        if not is_negative:
            self.take("+")
        return self.number(-1 if is_negative else 1)

    def _end(self) -> m.Instant | m.Property | None:
        """One end of an interval."""
        token = self.next
        if token.kind == "text":
            if token.text == "..":
                self.step()
                return None
            return self._read_text(parse_instant)
        if token.kind not in {"name", "quoted"}:
            raise self.wrong("an instant or '..' in quotes, or a field")
        self.step()
        if token.word not in {"date", "timestamp"} or not self.take("("):
            return m.Property(token.text)
        instant = self.instant(token.word)
        self.expect(")")
        return instant

    def _read_text(self, read: Callable[[str], m.Instant]) -> m.Instant:
        if self.next.kind != "text":
            raise self.wrong("a text in quotes")
        place = self.next.begin + 1
        try:
            return read(self.step().text)
        except InputError as error:
            raise InputError(f"character {place}: {error}") from error
