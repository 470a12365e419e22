"""Conditions on a row's values as SQL with bound values; conditions on its shape are not here.

Names of columns stand alone, so that a statement must not join tables that share them. What SQL
finds unknown, because a value is NULL, is unknown here too.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cim.catalog import Field, Layer
from cim.errors import InputError
from cim.filters import model as m
from cim.store._gpkg_functions import without_accents, without_case
from cim.store._gpkg_schema import quote

_FOLDS: Final[Mapping[str, Callable[[object], str | None]]] = {
    "casei": without_case,
    "accenti": without_accents,
}
_ARITHMETIC: Final[Mapping[str, str]] = {
    "+": "(({0}) + ({1}))",
    "-": "(({0}) - ({1}))",
    "*": "(({0}) * ({1}))",
    "/": "(CAST({0} AS REAL) / ({1}))",
    "%": "cim_remainder({0}, {1})",
    "div": "cim_quotient({0}, {1})",
    "^": "cim_power({0}, {1})",
}
_FIRST: Final = "0000-01-01T00:00:00.000Z"
_LAST: Final = "9999-12-31T23:59:59.999Z"
_DAY: Final = "%Y-%m-%d"
_MOMENT: Final = "%Y-%m-%dT%H:%M:%fZ"
_VALIDITY: Final = frozenset({"valid_from", "valid_to"})
"""Fields whose NULL says that time is open on that side."""

_RELATIONS: Final[Mapping[str, str]] = {
    "t_after": "{s1} > {e2}",
    "t_before": "{e1} < {s2}",
    "t_disjoint": "({e1} < {s2} OR {s1} > {e2})",
    "t_intersects": "({e1} >= {s2} AND {s1} <= {e2})",
    "t_equals": "({s1} = {s2} AND {e1} = {e2})",
    "t_contains": "({s1} < {s2} AND {e1} > {e2})",
    "t_during": "({s1} > {s2} AND {e1} < {e2})",
    "t_finishes": "({s1} > {s2} AND {e1} = {e2})",
    "t_finishedby": "({s1} < {s2} AND {e1} = {e2})",
    "t_meets": "{e1} = {s2}",
    "t_metby": "{s1} = {e2}",
    "t_overlaps": "({s1} < {s2} AND {e1} > {s2} AND {e1} < {e2})",
    "t_overlappedby": "({s2} < {s1} AND {e2} > {s1} AND {e2} < {e1})",
    "t_starts": "({s1} = {s2} AND {e1} < {e2})",
    "t_startedby": "({s1} = {s2} AND {e1} > {e2})",
}


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL and the values of its question marks."""

    text: str
    values: tuple[Any, ...] = ()


TRUE: Final = Sql("1")
FALSE: Final = Sql("0")


def joined(parts: Iterable[Sql], word: str) -> Sql:
    """Conditions joined by AND or OR, as a balanced tree: SQLite bounds the depth of one."""
    found = list(parts)
    if len(found) == 1:
        return found[0]
    if not found:
        return TRUE if word == "AND" else FALSE
    middle = len(found) // 2
    left, right = joined(found[:middle], word), joined(found[middle:], word)
    return Sql(f"({left.text} {word} {right.text})", left.values + right.values)


def opposite(condition: Sql) -> Sql:
    """True where the condition is false; unknown where it is unknown."""
    return Sql(f"NOT ({condition.text})", condition.values)


def field_of(layer: Layer, name: str) -> Field:
    """A field of a layer.

    Raises:
        InputError: There is none of this name; the message lists the known ones.
    """
    for field in layer.fields:
        if field.name == name:
            return field
    known = ", ".join(field.name for field in layer.fields)
    raise InputError(f"layer {layer.name!r} has no field {name!r}; known: {known}")


def condition(node: m.Expression, layer: Layer) -> Sql:
    """A condition without shapes as SQL.

    Raises:
        InputError: It speaks of a field that the layer does not have.
    """
    match node:
        case m.Literal() | m.Property():
            return _truth(node, layer)
        case m.Logic(operator, terms):
            return joined([condition(term, layer) for term in terms], operator.upper())
        case m.Not(term):
            return opposite(condition(term, layer))
        case m.IsNull(value):
            return _formed("{0} IS NULL", _value(value, layer))
        case m.Temporal():
            return _temporal(node, layer)
        case _:
            return _comparison(node, layer)


def _truth(node: m.Literal | m.Property, layer: Layer) -> Sql:
    """A truth value that stands alone."""
    if isinstance(node, m.Literal):
        return TRUE if node.value else FALSE
    return Sql(f"{quote(field_of(layer, node.name).name)} <> 0")


def _comparison(node: m.Expression, layer: Layer) -> Sql:
    match node:
        case m.Comparison(operator, left, right):
            return _compared(operator, left, right, layer)
        case m.Between(value, low, high):
            ends = (_compared(">=", value, low, layer), _compared("<=", value, high, layer))
            return joined(ends, "AND")
        case m.In(value, options):
            return _among(value, options, layer)
        case m.Like(value, pattern):
            return _formed("{0} GLOB {1}", _value(value, layer), Sql("?", (_glob(pattern),)))
    raise InputError(f"{type(node).__name__} is no condition on values")


def _among(value: m.Value, options: tuple[m.Value, ...], layer: Layer) -> Sql:
    """One of several; literals of one kind go into one list, whatever their number."""
    if all(isinstance(option, m.Literal) for option in options):
        marks = ", ".join("?" * len(options))
        bound = tuple(_bound(option.value) for option in options if isinstance(option, m.Literal))
        return _formed("{0} IN ({1})", _value(value, layer), Sql(marks, bound))
    return joined([_compared("=", value, option, layer) for option in options], "OR")


def _compared(operator: str, left: m.Value, right: m.Value, layer: Layer) -> Sql:
    """Two values; of a day and a moment, the moment's day counts."""
    days = _is_time(left, layer) and (_is_day(left, layer) or _is_day(right, layer))
    form = _DAY if days else _MOMENT
    return _formed(
        f"{{0}} {operator} {{1}}", _value(left, layer, form), _value(right, layer, form)
    )


def _value(node: m.Node, layer: Layer, form: str = _MOMENT) -> Sql:
    """A value as SQL; times as text of one form, which sorts as time does."""
    match node:
        case m.Property(m.GEOMETRY):
            return Sql(quote(m.GEOMETRY))
        case m.Property(name):
            column = quote(field_of(layer, name).name)
            return Sql(f"strftime('{form}', {column})" if _is_time(node, layer) else column)
        case m.Literal(value):
            return Sql("?", (_bound(value),))
        case m.Instant(text):
            return Sql("?", (text[:10] if form == _DAY else text,))
        case m.Folded(name, value):
            return _formed(f"cim_{name}({{0}})", _value(value, layer))
        case m.Arithmetic(operator, left, right):
            return _formed(_ARITHMETIC[operator], _value(left, layer), _value(right, layer))
    raise InputError(f"{type(node).__name__} is no value")


def _is_time(node: m.Value, layer: Layer) -> bool:
    if isinstance(node, m.Property):
        return field_of(layer, node.name).type in {"date", "datetime"}
    return isinstance(node, m.Instant)


def _is_day(node: m.Value, layer: Layer) -> bool:
    if isinstance(node, m.Property):
        return field_of(layer, node.name).type == "date"
    return isinstance(node, m.Instant) and node.is_date


def _bound(value: str | float) -> str | int | float:
    """A value as SQLite takes it."""
    return int(value) if isinstance(value, bool) else value


def _formed(form: str, *parts: Sql) -> Sql:
    values = tuple(value for part in parts for value in part.values)
    return Sql(form.format(*(part.text for part in parts)), values)


def _glob(pattern: m.Value) -> str:
    """A pattern of LIKE in SQLite's GLOB, which minds case and knows all of Unicode."""
    if isinstance(pattern, m.Folded):
        fold = _FOLDS[pattern.name]
        return _mapped(pattern.value, lambda text: fold(text) or "")
    return _mapped(pattern, str)


def _mapped(pattern: m.Value, fold: Callable[[str], str]) -> str:
    if isinstance(pattern, m.Folded):
        inner = _FOLDS[pattern.name]
        return _mapped(pattern.value, lambda text: fold(inner(text) or ""))
    text = str(pattern.value) if isinstance(pattern, m.Literal) else ""
    return "".join(
        {"%": "*", "_": "?"}[part] if is_wild else _plain(fold(part))
        for part, is_wild in pattern_parts(text)
    )


def _plain(text: str) -> str:
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in text)


def pattern_parts(pattern: str) -> list[tuple[str, bool]]:
    r"""Parts of a LIKE pattern and whether each is a wildcard; `\` makes the next sign plain."""
    parts: list[tuple[str, bool]] = []
    plain, signs = "", iter(pattern)
    for sign in signs:
        if sign in "%_":
            parts += [(plain, False), (sign, True)]
            plain = ""
        else:
            plain += next(signs, "\\") if sign == "\\" else sign
    return [part for part in [*parts, (plain, False)] if part[0]]


def _temporal(node: m.Temporal, layer: Layer) -> Sql:
    """A relation of two times; each end is written out as often as the relation needs it."""
    ends = dict(
        zip(
            ("s1", "e1", "s2", "e2"),
            (*_ends(node.left, layer), *_ends(node.right, layer)),
            strict=True,
        )
    )
    form, values = _RELATIONS[node.operator], list[Any]()
    for part in form.split("{")[1:]:
        values.extend(ends[part[:2]].values)
    text = form.format(**{name: end.text for name, end in ends.items()})
    return Sql(text, tuple(values))


def _ends(node: m.Time, layer: Layer) -> tuple[Sql, Sql]:
    """First and last moment of a time."""
    if isinstance(node, m.Interval):
        return _end(node.start, layer, 0), _end(node.end, layer, 1)
    return _end(node, layer, 0), _end(node, layer, 1)


def _end(node: m.Instant | m.Property | None, layer: Layer, side: int) -> Sql:
    """The first (side 0) or last (side 1) moment of an instant; of None, of all time."""
    clock = ("T00:00:00.000Z", "T23:59:59.999Z")[side]
    open_end = (_FIRST, _LAST)[side]
    match node:
        case None:
            return Sql("?", (open_end,))
        case m.Instant(text):
            return Sql("?", (text + clock if node.is_date else text,))
        case m.Property(name):
            form = f"{_DAY}{clock}" if _is_day(node, layer) else _MOMENT
            column = quote(field_of(layer, name).name)
            moment = f"strftime('{form}', {column})"
            return Sql(f"coalesce({moment}, '{open_end}')" if name in _VALIDITY else moment)
