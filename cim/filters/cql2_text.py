"""CQL2 text as the tree of a condition: recursive descent over tokens.

A library is not used: the one in Rust ends the process when parentheses are nested too deeply,
the one in Python refuses names that the standard allows, and neither says what is legal where an
error is. See ADR 0025.

Source: OGC 21-065r2 (CQL2), clause 8.2 and annex B (BNF).
"""

from collections.abc import Callable
from functools import partial
from typing import Final, cast

from cim.errors import InputError
from cim.filters import model as m
from cim.filters import words
from cim.filters._cursor import Cursor
from cim.filters._tokens import Token
from cim.filters.limits import LONGEST_SUM, check_length, check_size
from cim.filters.shapes import LON_LAT, TYPES, Axes

_RESERVED: Final = frozenset(
    {"and", "or", "not", "like", "between", "in", "is", "null", "div", "true", "false"}
)
_VALUES: Final = (m.Property, m.Literal, m.Instant, m.Folded, m.Arithmetic)
_TIMES: Final = (m.Property, m.Instant, m.Interval)
_NO_CONDITIONS: Final = (m.Instant, m.Interval, m.Shape, m.Folded, m.Arithmetic)


def parse(text: str, axes: Axes = LON_LAT) -> m.Expression:
    """The condition that a text says.

    Args:
        text: CQL2 text.
        axes: How coordinates in it are written.

    Raises:
        InputError: It says none, or says more than is legal; the message names the place.
    """
    return check_size(_Parser(check_length(text), axes).whole())


class _Parser(Cursor):
    """Conditions and values, from the loosest operator to the tightest."""

    def whole(self) -> m.Expression:
        """The condition that is the whole text."""
        start = self.next
        node = self._condition(self._any(), start)
        if self.next.kind != "end":
            raise self.wrong("AND, OR or the end")
        return node

    def _condition(self, node: m.Node, start: Token) -> m.Expression:
        """The node, which must be true or false."""
        is_plain = isinstance(node, m.Literal) and not isinstance(node.value, bool)
        if is_plain or isinstance(node, _NO_CONDITIONS):
            raise self.wrong("a condition", start)
        return node

    def _operand(self, node: m.Node, start: Token) -> m.Value:
        """The node, which must be a value."""
        if not isinstance(node, _VALUES):
            raise self.wrong("a value", start)
        return node

    def _any(self) -> m.Node:
        """Terms joined by OR; a single one may be a value."""
        return self._joined("or", lambda: self._joined("and", self._factor))

    def _joined(self, word: m.LogicOperator, read: Callable[[], m.Node]) -> m.Node:
        start = self.next
        first = read()
        if self.next.word != word:
            return first
        terms = [self._condition(first, start)]
        while self.take(word):
            start = self.next
            terms.append(self._condition(read(), start))
        return m.Logic(word, tuple(terms))

    def _factor(self) -> m.Node:
        if not self.take("not"):
            return self._predicate()
        start = self.next
        return m.Not(self._condition(self.nested(self._factor), start))

    def _predicate(self) -> m.Node:
        """A value, or what is said of it."""
        start = self.next
        left = self._sum()
        sign = self.next.word
        if sign in words.COMPARISONS:
            self.take(sign)
            operator, value = cast("m.ComparisonOperator", sign), self._operand(left, start)
            return m.Comparison(operator, value, self._value())
        if self.take("is"):
            is_negated = self.take("not")
            self.expect("null")
            return self._turned(m.IsNull(self._operand(left, start)), is_negated)
        if sign in {"not", "like", "between", "in"}:
            is_negated = self.take("not")
            return self._turned(self._advanced(self._operand(left, start)), is_negated)
        return left

    def _turned(self, node: m.Expression, is_negated: bool) -> m.Expression:  # noqa: FBT001 - its own
        return m.Not(node) if is_negated else node

    def _advanced(self, value: m.Value) -> m.Expression:
        """LIKE, BETWEEN or IN."""
        if self.take("like"):
            return m.Like(value, self._pattern())
        if self.take("between"):
            low = self._value()
            self.expect("and")
            return m.Between(value, low, self._value())
        if self.take("in"):
            self.expect("(")
            options = [self._value()]
            while self.take(","):
                options.append(self._value())
            self.expect(")")
            return m.In(value, tuple(options))
        raise self.wrong("LIKE, BETWEEN or IN")

    def _pattern(self) -> m.Value:
        """A literal text, folded or not."""
        start = self.next
        node = inner = self._value()
        while isinstance(inner, m.Folded):
            inner = inner.value
        if isinstance(inner, m.Literal) and isinstance(inner.value, str):
            return node
        raise self.wrong("a pattern in quotes", start)

    def _value(self) -> m.Value:
        start = self.next
        return self._operand(self._sum(), start)

    def _sum(self) -> m.Node:
        return self._chain(self._product, "+", "-")

    def _product(self) -> m.Node:
        return self._chain(self._power, "*", "/", "%", "div")

    def _chain(self, read: Callable[[], m.Node], *operators: str) -> m.Node:
        """Operands of operators of one rank, the left ones first."""
        start = self.next
        node = read()
        for length in range(LONGEST_SUM + 1):
            operator = self.next.word
            if not self.take(*operators):
                return node
            if length == LONGEST_SUM:
                break
            left, start = self._operand(node, start), self.next
            right = self._operand(read(), start)
            node = m.Arithmetic(cast("m.ArithmeticOperator", operator), left, right)
        raise self.wrong(f"no more than {LONGEST_SUM} operators in a row")

    def _power(self) -> m.Node:
        start = self.next
        base = self._signed()
        if not self.take("^"):
            return base
        left, start = self._operand(base, start), self.next
        return m.Arithmetic("^", left, self._operand(self.nested(self._power), start))

    def _signed(self) -> m.Node:
        """A number with its sign, or a value taken from nothing."""
        if self.take("+"):
            return m.Literal(self.number(1))
        if not self.take("-"):
            return self._primary()
        if self.next.kind == "number":
            return m.Literal(self.number(-1))
        start = self.next
        value = self._operand(self.nested(self._signed), start)
        return m.Arithmetic("-", m.Literal(0), value)

    def _primary(self) -> m.Node:
        token = self.next
        if token.kind == "number":
            return m.Literal(self.number(1))
        if self.take("("):
            node = self.nested(self._any)
            self.expect(")")
            return node
        if token.kind not in {"text", "quoted", "name"}:
            raise self.wrong("a value or a condition")
        if token.kind == "name" and token.word in _RESERVED:
            return self._truth()
        self.step()
        if token.kind == "text":
            return m.Literal(token.text)
        return self._named(token)

    def _truth(self) -> m.Literal:
        if self.next.word in {"true", "false"}:
            return m.Literal(self.take("true") or not self.take("false"))
        raise self.wrong("a value or a condition")

    def _named(self, token: Token) -> m.Node:
        """A function with its arguments, a geometry, or a field."""
        if token.word.upper() in TYPES and self.next.word in {"(", "z", "m", "zm", "empty"}:
            return self.geometry(token)
        if token.kind == "quoted" or self.next.word != "(":
            return m.Property(token.text)
        read = self._reader(token)
        self.expect("(")
        node = self.nested(read)
        self.expect(")")
        return node

    def _reader(self, token: Token) -> Callable[[], m.Node]:
        """What reads the arguments of a function."""
        name = token.word
        for names, read in (
            (words.SPATIAL, self._spatial),
            (words.TEMPORAL, self._temporal),
            (words.FOLDS, self._folded),
            (("date", "timestamp"), self.instant),
        ):
            if name in names:
                return partial(read, name)
        if name == "bbox":
            return self.box
        if name == "interval":
            return self.interval
        raise InputError(
            f"character {token.begin + 1}: {token.text}() is not supported; legal: {words.LEGAL}"
        )

    def _folded(self, name: str) -> m.Folded:
        return m.Folded(cast("m.FoldName", name), self._value())

    def _spatial(self, name: str) -> m.Spatial:
        left = self._shape()
        self.expect(",")
        return m.Spatial(cast("m.SpatialOperator", name), left, self._shape())

    def _shape(self) -> m.Property | m.Shape:
        start = self.next
        node = self._primary()
        if isinstance(node, m.Property | m.Shape):
            return node
        raise self.wrong("the geometry of the feature, BBOX() or WKT", start)

    def _temporal(self, name: str) -> m.Temporal:
        left = self._time()
        self.expect(",")
        return m.Temporal(cast("m.TemporalOperator", name), left, self._time())

    def _time(self) -> m.Time:
        start = self.next
        node = self._primary()
        if isinstance(node, _TIMES):
            return node
        raise self.wrong("a field, DATE(), TIMESTAMP() or INTERVAL()", start)
