"""What a condition means, one feature at a time and as plainly as can be: the yardstick."""

import math
import operator
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import shapely

from cim.filters import model as m

type Row = Mapping[str, Any]
type Truth = bool | None

COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
DAY = timedelta(days=1) - timedelta(milliseconds=1)


def holds(node: m.Node, row: Row) -> Truth:  # noqa: C901, PLR0911, PLR0912 - one case each
    """Whether a condition is true, false or unknown of a feature."""
    match node:
        case m.Literal(plain):
            return bool(plain)
        case m.Property(name):
            found: Truth = row[name]
            return found
        case m.Not(term):
            inner = holds(term, row)
            return None if inner is None else not inner
        case m.Logic("and", terms):
            return _all([holds(term, row) for term in terms])
        case m.Logic("or", terms):
            turned = _all([_not(holds(term, row)) for term in terms])
            return _not(turned)
        case m.Comparison(sign, left, right):
            return _compare(sign, value(left, row), value(right, row))
        case m.Between(middle, low, high):
            middle_value = value(middle, row)
            return _all(
                [
                    _compare(">=", middle_value, value(low, row)),
                    _compare("<=", middle_value, value(high, row)),
                ]
            )
        case m.In(one, options):
            found_each = [_compare("=", value(one, row), value(each, row)) for each in options]
            return _not(_all([_not(each) for each in found_each]))
        case m.IsNull(inner_value):
            return value(inner_value, row) is None
        case m.Like(text, pattern):
            return _like(value(text, row), pattern)
        case m.Spatial(relation, left_shape, right_shape):
            return _spatial(relation, shape(left_shape, row), shape(right_shape, row))
        case m.Temporal(relation, left_time, right_time):
            return _temporal(relation, ends(left_time, row), ends(right_time, row))
    raise AssertionError(node)


def _not(truth: Truth) -> Truth:
    return None if truth is None else not truth


def _all(truths: list[Truth]) -> Truth:
    if False in truths:
        return False
    return None if None in truths else True


def value(node: m.Node, row: Row) -> Any:
    """The value of a node; None is unknown."""
    match node:
        case m.Property(name):
            return row[name]
        case m.Literal(plain):
            return plain
        case m.Instant(text):
            return date.fromisoformat(text) if node.is_date else datetime.fromisoformat(text)
        case m.Folded(name, inner):
            found = value(inner, row)
            return None if found is None else fold(name, found)
        case m.Arithmetic(sign, left, right):
            return _number(sign, value(left, row), value(right, row))
    raise AssertionError(node)


def fold(name: str, text: str) -> str:
    """A text without regard to case or accents."""
    if name == "casei":
        return text.casefold()
    parts = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", re.sub(r"[\u0300-\u036f]", "", parts))


def _number(sign: str, left: Any, right: Any) -> Any:
    if left is None or right is None:
        return None
    calls: Mapping[str, Callable[[Any, Any], Any]] = {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": operator.truediv,
        "%": math.fmod,
        "div": lambda a, b: int(a / b),
        "^": math.pow,
    }
    try:
        found = calls[sign](left, right)
    except (ZeroDivisionError, ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def _compare(sign: str, left: Any, right: Any) -> Truth:
    if left is None or right is None:
        return None
    times = (left, right)
    if all(isinstance(each, date) for each in times) and any(
        not isinstance(each, datetime) for each in times
    ):
        left, right = (each.date() if isinstance(each, datetime) else each for each in times)
    return COMPARE[sign](left, right)


def _like(text: str | None, pattern: m.Node) -> Truth:
    if text is None:
        return None
    folds = []
    while isinstance(pattern, m.Folded):
        folds.append(pattern.name)
        pattern = pattern.value
    assert isinstance(pattern, m.Literal)
    signs, found = iter(str(pattern.value)), ""
    for sign in signs:
        if sign in "%_":
            found += ".*" if sign == "%" else "."
        else:
            plain = next(signs, "\\") if sign == "\\" else sign
            for name in reversed(folds):
                plain = fold(name, plain)
            found += re.escape(plain)
    return re.fullmatch(found, text, re.DOTALL) is not None


def shape(node: m.Property | m.Shape, row: Row) -> Any:
    """A geometry; None is unknown."""
    return node.geometry if isinstance(node, m.Shape) else row[node.name]


def _spatial(relation: str, left: Any, right: Any) -> Truth:
    if left is None or right is None:
        return None
    return bool(getattr(shapely, relation.removeprefix("s_"))(left, right))


def ends(node: m.Time, row: Row) -> tuple[datetime | None, datetime | None]:
    """First and last moment; None is unknown."""
    if isinstance(node, m.Interval):
        first = FIRST if node.start is None else ends(node.start, row)[0]
        last = LAST if node.end is None else ends(node.end, row)[1]
        return first, last
    moment = value(node, row)
    if moment is None or isinstance(moment, datetime):
        return moment, moment
    begin = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return begin, begin + DAY


def _temporal(relation: str, one: Any, two: Any) -> Truth:
    (s1, e1), (s2, e2) = one, two
    clauses: Mapping[str, list[tuple[str, Any, Any]]] = {
        "t_after": [(">", s1, e2)],
        "t_before": [("<", e1, s2)],
        "t_intersects": [(">=", e1, s2), ("<=", s1, e2)],
        "t_equals": [("=", s1, s2), ("=", e1, e2)],
        "t_contains": [("<", s1, s2), (">", e1, e2)],
        "t_during": [(">", s1, s2), ("<", e1, e2)],
        "t_finishes": [(">", s1, s2), ("=", e1, e2)],
        "t_finishedby": [("<", s1, s2), ("=", e1, e2)],
        "t_meets": [("=", e1, s2)],
        "t_metby": [("=", s1, e2)],
        "t_overlaps": [("<", s1, s2), (">", e1, s2), ("<", e1, e2)],
        "t_overlappedby": [("<", s2, s1), (">", e2, s1), ("<", e2, e1)],
        "t_starts": [("=", s1, s2), ("<", e1, e2)],
        "t_startedby": [("=", s1, s2), (">", e1, e2)],
    }
    if relation == "t_disjoint":
        return _not(_temporal("t_intersects", one, two))
    return _all([_compare(*clause) for clause in clauses[relation]])
