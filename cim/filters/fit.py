"""A condition made to fit a layer: every field is one of it, every type is right.

Source: OGC 21-065r2 (CQL2), clauses 6.3, 6.5 and 7; which types may be compared is ours to say.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from cim.catalog import Field
from cim.errors import InputError
from cim.filters import model as m
from cim.filters import words
from cim.filters.instants import parse_instant

GEOMETRY_ALIAS: Final = "geometry"
"""What GeoJSON calls a feature's geometry; conditions may, too, if no field is called so."""

_KINDS: Final[Mapping[str, str]] = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "date": "time",
    "datetime": "time",
    "binary": "binary",
}
_COMPARABLE: Final = frozenset({"string", "number", "boolean", "time"})
_NAMES: Final[Mapping[str, str]] = {
    "string": "a text",
    "number": "a number",
    "boolean": "true or false",
    "time": "a date or timestamp",
    "geometry": "a geometry",
    "binary": "binary",
}


def fit(expression: m.Expression, fields: Iterable[Field]) -> m.Expression:
    """The condition for features with these fields; texts compared with times become times.

    Raises:
        InputError: It speaks of a field that there is not, or compares what cannot be compared;
            the message names the field.
    """
    return _Fitter({field.name: field for field in fields}).condition(expression)


class _Fitter:
    """Fits conditions to the fields of one layer."""

    def __init__(self, fields: Mapping[str, Field]) -> None:
        self._fields = fields

    def condition(self, node: m.Expression) -> m.Expression:
        """A condition, fitted."""
        match node:
            case m.Logic(operator, terms):
                return m.Logic(operator, tuple(self.condition(term) for term in terms))
            case m.Not(term):
                return m.Not(self.condition(term))
            case m.Property():
                return self._typed(node, "boolean", "stands alone as a condition")
            case m.Spatial(operator, left, right):
                return m.Spatial(operator, self._shape(left), self._shape(right))
            case m.Temporal():
                return self._temporal(node)
        return self._comparison(node)

    def _comparison(self, node: m.Expression) -> m.Expression:
        match node:
            case m.Comparison(operator, left, right):
                first, second = self._alike(left, right)
                if self._kind(first) == "boolean" and operator not in {"=", "<>"}:
                    raise InputError(f"{_shown(first)} is true or false; legal: = and <>")
                return m.Comparison(operator, first, second)
            case m.Between(value, low, high):
                middle, low, high = self._alike(value, low, high)
                if self._kind(middle) == "boolean":
                    raise InputError(f"{_shown(middle)} is true or false; legal: = and <>")
                return m.Between(middle, low, high)
            case m.In(value, options):
                first, *others = self._alike(value, *options)
                return m.In(first, tuple(others))
            case m.IsNull(value):
                return m.IsNull(self._value(value))
            case m.Like(value, pattern):
                return m.Like(self._of_kind(value, "string", "LIKE"), pattern)
        return node

    def _alike(self, *given: m.Value) -> list[m.Value]:
        """Values of one kind."""
        values = [self._value(value) for value in given]
        if any(self._kind(value) == "time" for value in values):
            field = next((each.name for each in values if isinstance(each, m.Property)), "")
            values = [_as_time(value, field) for value in values]
        first, kind = values[0], self._kind(values[0])
        for value in (first, *values[1:]):
            if self._kind(value) not in _COMPARABLE:
                raise InputError(
                    f"{_shown(value)} is {_NAMES[self._kind(value)]} and cannot be compared"
                )
            if self._kind(value) != kind:
                raise InputError(
                    f"{_shown(first)} is {_NAMES[kind]}, {_shown(value)} is "
                    f"{_NAMES[self._kind(value)]}; legal: two of one kind"
                )
        return values

    def _value(self, node: m.Value) -> m.Value:
        match node:
            case m.Property(name):
                return self._property(name)
            case m.Folded(name, value):
                return m.Folded(name, self._of_kind(value, "string", name.upper()))
            case m.Arithmetic(operator, left, right):
                first = self._of_kind(left, "number", f"operator {operator}")
                return m.Arithmetic(
                    operator, first, self._of_kind(right, "number", f"operator {operator}")
                )
        return node

    def _of_kind(self, node: m.Value, kind: str, use: str) -> m.Value:
        value = self._value(node)
        if self._kind(value) != kind:
            found = _NAMES[self._kind(value)]
            raise InputError(f"{_shown(value)} is {found}; {use} wants {_NAMES[kind]}")
        return value

    def _typed(self, node: m.Property, kind: str, use: str) -> m.Property:
        value = self._property(node.name)
        if self._kind(value) != kind:
            found = _NAMES[self._kind(value)]
            raise InputError(f"{_shown(value)} is {found}; what {use} is {_NAMES[kind]}")
        return value

    def _property(self, name: str) -> m.Property:
        """The field of a name, or the geometry.

        Raises:
            InputError: There is none of this name; the message lists the known ones.
        """
        if name in self._fields or name == m.GEOMETRY:
            return m.Property(name)
        if name == GEOMETRY_ALIAS:
            return m.Property(m.GEOMETRY)
        known = ", ".join((*self._fields, m.GEOMETRY))
        raise InputError(f"no queryable {name[:80]!r}; known: {known}")

    def _kind(self, node: m.Node) -> str:
        match node:
            case m.Property(m.GEOMETRY):
                return "geometry"
            case m.Property(name):
                return _KINDS[self._fields[name].type]
            case m.Literal(bool()):
                return "boolean"
            case m.Literal(str()) | m.Folded():
                return "string"
            case m.Instant():
                return "time"
        return "number"

    def _shape(self, node: m.Property | m.Shape) -> m.Property | m.Shape:
        if isinstance(node, m.Shape):
            return node
        return self._typed(node, "geometry", "is in a relation of shapes")

    def _temporal(self, node: m.Temporal) -> m.Temporal:
        sides = (node.left, node.right)
        if node.operator in words.OF_INTERVALS and not all(
            isinstance(side, m.Interval) for side in sides
        ):
            raise InputError(
                f"{node.operator.upper()} is a relation of two INTERVALs; an instant can be in "
                "T_AFTER, T_BEFORE, T_DISJOINT, T_EQUALS and T_INTERSECTS"
            )
        left, right = (self._time(side) for side in sides)
        return m.Temporal(node.operator, left, right)

    def _time(self, node: m.Time) -> m.Time:
        match node:
            case m.Property():
                return self._typed(node, "time", "is in a relation of times")
            case m.Interval(start, end):
                return m.Interval(self._end(start), self._end(end))
        return node

    def _end(self, node: m.Instant | m.Property | None) -> m.Instant | m.Property | None:
        if isinstance(node, m.Property):
            return self._typed(node, "time", "is an end of an interval")
        return node


def _as_time(value: m.Value, field: str) -> m.Value:
    """A text as the time it says, anything else as it is."""
    if not isinstance(value, m.Literal) or not isinstance(value.value, str):
        return value
    try:
        return parse_instant(value.value)
    except InputError as error:
        raise InputError(f"field {field!r} is a date or timestamp: {error}") from error


def _shown(node: m.Node) -> str:
    """A value for messages."""
    match node:
        case m.Property(name):
            return f"field {name!r}"
        case m.Literal(value):
            return repr(value)[:80]
        case m.Instant(text):
            return text
        case m.Folded(name):
            return f"{name.upper()}()"
    return "the sum"
