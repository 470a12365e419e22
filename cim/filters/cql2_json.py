"""CQL2 JSON as the tree of a condition.

Source: OGC 21-065r2 (CQL2), clause 8.3 and annex C (JSON schema).
"""

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, cast

import orjson

from cim.errors import InputError
from cim.filters import model as m
from cim.filters import words
from cim.filters.instants import made_interval, parse_date, parse_instant, parse_timestamp
from cim.filters.limits import DEEPEST, check_length, check_size
from cim.filters.shapes import LON_LAT, Axes, from_box, from_geojson
from cim.json_members import objection

_OPERATORS: Final = (
    *words.LOGIC,
    "not",
    *words.COMPARISONS,
    "like",
    "between",
    "in",
    "isNull",
    *words.SPATIAL,
    *words.TEMPORAL,
)
_OPEN: Final = ".."
_SHOWN: Final = 40


def parse(text: str, axes: Axes = LON_LAT) -> m.Expression:
    """The condition that a JSON text says.

    Args:
        text: CQL2 JSON.
        axes: How coordinates in it are written.

    Raises:
        InputError: It says none, or says more than is legal; the message names the part at fault.
    """
    try:
        value = orjson.loads(check_length(text))
    except orjson.JSONDecodeError as error:
        raise InputError(f"not JSON: {error}") from error
    if reason := objection(text):
        raise InputError(reason)
    return check_size(_Reader(axes).condition(value, 0))


class _Reader:
    """Reads values of JSON whose coordinates are written in one way."""

    def __init__(self, axes: Axes) -> None:
        self._axes = axes

    def condition(self, value: object, depth: int) -> m.Expression:
        """A truth value, a boolean field, or an operator with its arguments."""
        if isinstance(value, bool):
            return m.Literal(value)
        if not isinstance(value, dict):
            raise InputError(f"{_shown(value)} is no condition; legal: an object with op and args")
        if "property" in value:
            return self._property(value)
        operator, arguments = _operation(value, _OPERATORS, depth)
        return self._reader(operator)(arguments, depth + 1)

    def _reader(self, operator: str) -> Callable[[list[Any], int], m.Expression]:
        """What makes a condition of an operator's arguments."""
        for names, read in (
            (words.LOGIC, self._logic),
            (words.COMPARISONS, self._comparison),
            (words.SPATIAL, self._spatial),
            (words.TEMPORAL, self._temporal),
        ):
            if operator in names:
                return partial(read, operator)
        return {
            "not": self._not,
            "like": self._like,
            "between": self._between,
            "in": self._in,
            "isNull": self._is_null,
        }[operator]

    def _logic(self, operator: str, arguments: list[Any], depth: int) -> m.Expression:
        if len(arguments) < 2:  # noqa: PLR2004 - "two or more" is what the operator means
            raise InputError(f"{operator!r} has {len(arguments)} args; legal: 2 or more")
        terms = tuple(self.condition(argument, depth) for argument in arguments)
        return m.Logic(cast("m.LogicOperator", operator), terms)

    def _not(self, arguments: list[Any], depth: int) -> m.Expression:
        (term,) = _exactly(1, arguments, "not")
        return m.Not(self.condition(term, depth))

    def _comparison(self, operator: str, arguments: list[Any], depth: int) -> m.Expression:
        left, right = (self.value(each, depth) for each in _exactly(2, arguments, operator))
        return m.Comparison(cast("m.ComparisonOperator", operator), left, right)

    def _like(self, arguments: list[Any], depth: int) -> m.Expression:
        value, pattern = (self.value(each, depth) for each in _exactly(2, arguments, "like"))
        inner: m.Node = pattern
        while isinstance(inner, m.Folded):
            inner = inner.value
        if not isinstance(inner, m.Literal) or not isinstance(inner.value, str):
            raise InputError(f"'like': {_shown(arguments[1])} is no pattern; legal: a text")
        return m.Like(value, pattern)

    def _between(self, arguments: list[Any], depth: int) -> m.Expression:
        value, low, high = (self.value(each, depth) for each in _exactly(3, arguments, "between"))
        return m.Between(value, low, high)

    def _in(self, arguments: list[Any], depth: int) -> m.Expression:
        value, options = _exactly(2, arguments, "in")
        if not isinstance(options, list) or not options:
            raise InputError(f"'in': {_shown(options)} is no list of values")
        found = tuple(self.value(option, depth) for option in options)
        return m.In(self.value(value, depth), found)

    def _is_null(self, arguments: list[Any], depth: int) -> m.Expression:
        (value,) = _exactly(1, arguments, "isNull")
        return m.IsNull(self.value(value, depth))

    def _spatial(self, operator: str, arguments: list[Any], _depth: int) -> m.Expression:
        left, right = (self._shape(each, operator) for each in _exactly(2, arguments, operator))
        return m.Spatial(cast("m.SpatialOperator", operator), left, right)

    def _temporal(self, operator: str, arguments: list[Any], _depth: int) -> m.Expression:
        left, right = (self._time(each, operator) for each in _exactly(2, arguments, operator))
        return m.Temporal(cast("m.TemporalOperator", operator), left, right)

    def value(self, value: object, depth: int) -> m.Value:
        """A literal, a field, or an operator that makes a value."""
        if isinstance(value, bool):
            return m.Literal(value)
        if isinstance(value, str | int | float):
            return m.Literal(_plain(value))
        if isinstance(value, dict):
            if "property" in value:
                return self._property(value)
            if value.keys() & {"date", "timestamp"}:
                return _instant(value)
            if "op" in value:
                return self._made(value, depth)
        raise InputError(
            f"{_shown(value)} is no value; legal: a text, a number, true, false, or an object "
            "with property, date, timestamp or op"
        )

    def _made(self, value: dict[str, Any], depth: int) -> m.Value:
        """A folded text, or arithmetic."""
        operator, arguments = _operation(value, (*words.FOLDS, *words.ARITHMETIC), depth)
        if operator in words.FOLDS:
            (inner,) = _exactly(1, arguments, operator)
            return m.Folded(cast("m.FoldName", operator), self.value(inner, depth + 1))
        left, right = (self.value(each, depth + 1) for each in _exactly(2, arguments, operator))
        return m.Arithmetic(cast("m.ArithmeticOperator", operator), left, right)

    def _property(self, value: Mapping[str, Any]) -> m.Property:
        name = value["property"]
        if not isinstance(name, str):
            raise InputError(f"property {_shown(name)} is no name")
        return m.Property(name)

    def _shape(self, value: object, operator: str) -> m.Property | m.Shape:
        if not isinstance(value, dict):
            raise InputError(f"{operator!r}: {_shown(value)} is no geometry")
        if "property" in value:
            return self._property(value)
        if "bbox" in value:
            return from_box(_numbers(value["bbox"]), self._axes)
        return from_geojson(value, self._axes)

    def _time(self, value: object, operator: str) -> m.Time:
        if isinstance(value, dict):
            if "property" in value:
                return self._property(value)
            if "interval" in value:
                return self._interval(value["interval"])
            if value.keys() & {"date", "timestamp"}:
                return _instant(value)
        raise InputError(
            f"{operator!r}: {_shown(value)} is no time; legal: an object with property, date, "
            "timestamp or interval"
        )

    def _interval(self, ends: object) -> m.Interval:
        if not isinstance(ends, list) or len(ends) != 2:  # noqa: PLR2004 - it has two ends
            raise InputError(f"interval {_shown(ends)}; legal: a list of two ends")
        start, end = (self._end(each) for each in ends)
        return made_interval(start, end)

    def _end(self, value: object) -> m.Instant | m.Property | None:
        if isinstance(value, str):
            return None if value == _OPEN else parse_instant(value)
        if isinstance(value, dict) and "property" in value:
            return self._property(value)
        if isinstance(value, dict):
            return _instant(value)
        raise InputError(f"{_shown(value)} is no end of an interval; legal: an instant or '..'")


def _operation(
    value: Mapping[str, Any], legal: tuple[str, ...], depth: int
) -> tuple[str, list[Any]]:
    """Name and arguments of an operator."""
    if depth > DEEPEST:
        raise InputError(f"nested more than {DEEPEST} deep")
    operator, arguments = value.get("op"), value.get("args")
    if operator not in legal:
        raise InputError(f"op {_shown(operator)} is not supported here; legal: {', '.join(legal)}")
    if not isinstance(arguments, list):
        raise InputError(f"{operator!r} has no list of args")
    return operator, arguments


def _exactly(count: int, arguments: list[Any], operator: str) -> list[Any]:
    if len(arguments) != count:
        raise InputError(f"{operator!r} has {len(arguments)} args; legal: {count}")
    return arguments


def _plain(value: str | float) -> str | int | float:
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return float(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise InputError(f"{value} is no finite number")
    if isinstance(value, str) and "\0" in value:
        raise InputError("a text holds a character with the code 0")
    return value


def _instant(value: Mapping[str, Any]) -> m.Instant:
    name, read = ("date", parse_date) if "date" in value else ("timestamp", parse_timestamp)
    text = value.get(name)
    if not isinstance(text, str):
        raise InputError(f"{_shown(text)} is no {name}")
    return read(text)


def _numbers(value: object) -> list[float]:
    if isinstance(value, list) and all(
        isinstance(part, int | float) and not isinstance(part, bool) for part in value
    ):
        return [float(part) for part in value]
    raise InputError(f"bbox {_shown(value)} is no list of numbers")


def _shown(value: object) -> str:
    return repr(value)[:_SHOWN]
