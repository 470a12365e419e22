"""Conditions written as CQL2 text and as CQL2 JSON, for tests of the readers."""

from typing import Any

import orjson
import shapely

from cim.filters import model as m


def to_text(node: m.Node) -> str:  # noqa: C901, PLR0911 - one case each
    """A node as CQL2 text, with parentheses around all that has parts."""
    match node:
        case m.Property(name):
            return '"' + name.replace('"', '""') + '"'
        case m.Literal(bool() as value):
            return "TRUE" if value else "false"
        case m.Literal(str() as value):
            return "'" + value.replace("'", "''") + "'"
        case m.Literal(value):
            return f"({value!r})"
        case m.Instant(text):
            return f"{'DATE' if node.is_date else 'Timestamp'}('{text}')"
        case m.Folded(name, value):
            return f"{name.upper()}({to_text(value)})"
        case m.Shape(geometry):
            return str(shapely.to_wkt(geometry, rounding_precision=-1))
        case m.Interval(start, end):
            return f"INTERVAL({_end(start)}, {_end(end)})"
        case m.Spatial(operator, left, right) | m.Temporal(operator, left, right):
            return f"{operator.upper()}({to_text(left)},{to_text(right)})"
    return f"({_parts(node)})"


def _parts(node: m.Node) -> str:  # noqa: PLR0911 - one case each
    match node:
        case m.Arithmetic(operator, left, right) | m.Comparison(operator, left, right):
            return f"{to_text(left)} {operator} {to_text(right)}"
        case m.Logic(operator, terms):
            return f" {operator.upper()} ".join(to_text(term) for term in terms)
        case m.Not(term):
            return f"NOT {to_text(term)}"
        case m.Like(value, pattern):
            return f"{to_text(value)} LIKE {to_text(pattern)}"
        case m.Between(value, low, high):
            return f"{to_text(value)} BETWEEN {to_text(low)} AND {to_text(high)}"
        case m.In(value, options):
            return f"{to_text(value)} IN ({', '.join(to_text(option) for option in options)})"
        case m.IsNull(value):
            return f"{to_text(value)} is null"
    raise AssertionError(node)


def _end(node: m.Instant | m.Property | None) -> str:
    if isinstance(node, m.Property):
        return to_text(node)
    return "'..'" if node is None else f"'{node.text}'"


def to_json(node: m.Node) -> str:
    """A node as CQL2 JSON."""
    return orjson.dumps(_value(node)).decode()


def _value(node: m.Node | None) -> Any:  # noqa: PLR0911 - one case each
    match node:
        case None:
            return ".."
        case m.Property(name):
            return {"property": name}
        case m.Literal(value):
            return value
        case m.Instant(text):
            return {"date" if node.is_date else "timestamp": text}
        case m.Shape(geometry):
            return orjson.loads(shapely.to_geojson(geometry))
        case m.Interval(start, end):
            ends = (start, end)
            return {"interval": [e.text if isinstance(e, m.Instant) else _value(e) for e in ends]}
        case m.Folded(name, value):
            return {"op": name, "args": [_value(value)]}
        case m.In(value, options):
            return {"op": "in", "args": [_value(value), [_value(option) for option in options]]}
    return _operation(node)


def _operation(node: m.Node) -> Any:
    match node:
        case m.Logic(operator, terms):
            return {"op": operator, "args": [_value(term) for term in terms]}
        case m.Not(term):
            return {"op": "not", "args": [_value(term)]}
        case m.IsNull(value):
            return {"op": "isNull", "args": [_value(value)]}
        case m.Like(value, pattern):
            return {"op": "like", "args": [_value(value), _value(pattern)]}
        case m.Between(value, low, high):
            return {"op": "between", "args": [_value(each) for each in (value, low, high)]}
        case (
            m.Arithmetic(operator, left, right)
            | m.Comparison(operator, left, right)
            | m.Spatial(operator, left, right)
            | m.Temporal(operator, left, right)
        ):
            return {"op": operator, "args": [_value(left), _value(right)]}
    raise AssertionError(node)
