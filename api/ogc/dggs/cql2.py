"""CQL2 text as a condition on features: parsed by pygeofilter, evaluated on whole batches.

Basic CQL2 (comparisons, IS NULL, AND, OR, NOT), the advanced comparisons (LIKE, IN, BETWEEN) and
S_INTERSECTS with a point, a box or a WKT geometry. NULL follows SQL: a comparison with it is
neither true nor false. Anything else is refused.

Source: OGC 21-065r2 (CQL2), clauses 6.4, 7.1, 7.5; OGC 21-038r1, /req/zone-query-cql2-filter.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import lark
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from pygeofilter import ast, values
from pygeofilter.parsers.cql2_text import parse

from api.errors import ParameterError
from api.ogc.crs import CRS84, is_same_ground
from api.ogc.parameters import filterable
from api.ogc.schemas import GEOMETRY
from cim.arrays import Bool
from cim.catalog import Layer
from cim.features import FeatureBatch

FIELD = "filter"
LONGEST = 4_000
"""Characters of a filter."""

type Node = Any
"""A node of pygeofilter's tree; it has no common type."""

COMPARISONS: Mapping[type, Callable[[Any, Any], Any]] = {
    ast.Equal: pc.equal,
    ast.NotEqual: pc.not_equal,
    ast.LessThan: pc.less,
    ast.LessEqual: pc.less_equal,
    ast.GreaterThan: pc.greater,
    ast.GreaterEqual: pc.greater_equal,
}
LOGIC: Mapping[type, Callable[[Any, Any], Any]] = {ast.And: pc.and_kleene, ast.Or: pc.or_kleene}
LEGAL = "comparisons, IS NULL, AND, OR, NOT, LIKE, IN, BETWEEN, S_INTERSECTS"


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on the features of one layer."""

    text: str
    fields: tuple[str, ...]
    """Columns that it needs."""

    def holds(self, batch: FeatureBatch) -> Bool:
        """(n,) whether the condition is true of each feature.

        Raises:
            ParameterError: It compares what cannot be compared.
        """
        try:
            found = _evaluate(_tree(self.text), batch)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
            reason = str(error).splitlines()[0]
            raise ParameterError(FIELD, f"cannot be evaluated: {reason}") from error
        if isinstance(found, pa.Scalar):
            return np.full(len(batch), bool(found.as_py()))
        return np.asarray(pc.fill_null(found, fill_value=False), dtype=np.bool_)


def parse_filter(text: str, layer: Layer) -> Filter:
    """The condition that a text makes.

    Raises:
        ParameterError: The text is not CQL2, names a field that is no queryable of the layer, or
            uses what is not supported.
    """
    if len(text) > LONGEST:
        raise ParameterError(FIELD, f"{len(text)} characters; legal: up to {LONGEST}")
    known = (*filterable(layer), GEOMETRY)
    names = sorted(set(_attributes(_tree(text))))
    for name in names:
        if name not in known:
            raise ParameterError(FIELD, f"no queryable {name!r}; known: {', '.join(known)}")
    if GEOMETRY in names and not is_same_ground(layer.crs, CRS84):
        raise ParameterError(
            FIELD, f"{GEOMETRY} of a layer stored in {layer.crs} is not supported"
        )
    return Filter(text, tuple(name for name in names if name != GEOMETRY))


@functools.lru_cache(maxsize=64)
def _tree(text: str) -> Node:
    """The syntax tree of a text, of supported nodes only."""
    try:
        tree = parse(text)
    except (lark.exceptions.LarkError, ValueError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise ParameterError(FIELD, f"{text[:80]!r} is not CQL2 text: {reason}") from error
    _check(tree)
    if isinstance(tree, ast.Attribute) or not isinstance(tree, ast.Node):
        raise ParameterError(FIELD, f"{text[:80]!r} is no condition; legal: {LEGAL}")
    return tree


def _check(node: Node) -> None:
    """Refuse nodes that are not evaluated here."""
    kind = type(node)
    if isinstance(node, ast.Node) and kind not in EVALUATORS:
        raise ParameterError(FIELD, f"{kind.__name__} is not supported; legal: {LEGAL}")
    if isinstance(node, ast.GeometryIntersects):
        _geometry(_field_and_geometry(node)[1])
    for child in _children(node):
        _check(child)


def _children(node: Node) -> list[Node]:
    """Nodes below a node; of S_INTERSECTS, the field only."""
    if isinstance(node, ast.GeometryIntersects):
        return [_field_and_geometry(node)[0]]
    return list(node.get_sub_nodes()) if isinstance(node, ast.Node) else []


def _attributes(node: Node) -> list[str]:
    """Names of all fields in a tree."""
    if isinstance(node, ast.Attribute):
        return [str(node.name)]
    return [name for child in _children(node) for name in _attributes(child)]


def _evaluate(node: Node, batch: FeatureBatch) -> Any:  # noqa: ANN401 - arrow array or scalar
    """Value of a node for each feature, or one value for all."""
    known = EVALUATORS.get(type(node))
    return _literal(node) if known is None else known(node, batch)


def _literal(value: Node) -> pa.Scalar:
    """A literal; instants in UTC."""
    if isinstance(value, datetime):
        value = (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    return pa.scalar(value)


def _attribute(node: Node, batch: FeatureBatch) -> Any:  # noqa: ANN401 - arrow
    if node.name == GEOMETRY:
        raise ParameterError(FIELD, f"{GEOMETRY} stands only in S_INTERSECTS")
    return batch.attributes[node.name]


def _compare(node: Node, batch: FeatureBatch) -> Any:  # noqa: ANN401 - arrow
    left, right = _alike(_evaluate(node.lhs, batch), _evaluate(node.rhs, batch))
    return COMPARISONS[type(node)](left, right)


def _alike(left: Any, right: Any) -> tuple[Any, Any]:  # noqa: ANN401 - arrow
    """Two values; a literal that is compared with a column in the column's type.

    The store keeps dates and instants as ISO 8601 text, which sorts as time does.
    """
    if isinstance(right, pa.Scalar):
        return left, _as_in(right, left.type)
    if isinstance(left, pa.Scalar):
        return _as_in(left, right.type), right
    return left, right


def _as_in(value: pa.Scalar, kind: pa.DataType) -> pa.Scalar:
    """A date or instant as a column of text or of time has it; anything else as it is."""
    is_time = pa.types.is_temporal(value.type)
    if is_time and pa.types.is_string(kind):
        return pa.scalar(_iso(value.as_py()))
    if pa.types.is_temporal(kind) and (is_time or pa.types.is_string(value.type)):
        return pc.cast(value, kind, safe=False)
    return value


def _iso(moment: date) -> str:
    """A date, or an instant in UTC to the millisecond."""
    if not isinstance(moment, datetime):
        return moment.isoformat()
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _combine(node: Node, batch: FeatureBatch) -> Any:  # noqa: ANN401 - arrow
    return LOGIC[type(node)](_evaluate(node.lhs, batch), _evaluate(node.rhs, batch))


def _negate(node: Node, batch: FeatureBatch) -> Any:  # noqa: ANN401 - arrow
    return pc.invert(_evaluate(node.sub_node, batch))


def _is_null(node: Node, batch: FeatureBatch) -> Any:  # noqa: ANN401 - arrow
    return _turned(node, pc.is_null(_evaluate(node.lhs, batch)))


def _between(node: Node, batch: FeatureBatch) -> Any:  # noqa: ANN401 - arrow
    value = _evaluate(node.lhs, batch)
    low = pc.greater_equal(*_alike(value, _evaluate(node.low, batch)))
    high = pc.less_equal(*_alike(value, _evaluate(node.high, batch)))
    return _turned(node, pc.and_kleene(low, high))


def _within(node: Node, batch: FeatureBatch) -> Any:  # noqa: ANN401 - arrow
    value = _evaluate(node.lhs, batch)
    found = [pc.equal(*_alike(value, _evaluate(option, batch))) for option in node.sub_nodes]
    return _turned(node, functools.reduce(pc.or_kleene, found))


def _like(node: Node, batch: FeatureBatch) -> Any:  # noqa: ANN401 - arrow
    text = pc.cast(_evaluate(node.lhs, batch), pa.string())
    return _turned(node, pc.match_like(text, node.pattern, ignore_case=bool(node.nocase)))


def _turned(node: Node, found: Any) -> Any:  # noqa: ANN401 - arrow
    """The condition, or its opposite where the node says NOT."""
    return pc.invert(found) if node.not_ else found


def _intersects(node: Node, batch: FeatureBatch) -> Any:  # noqa: ANN401 - arrow
    area = _geometry(_field_and_geometry(node)[1])
    shapely.prepare(area)
    return pa.array(shapely.intersects(batch.geometry, area))


def _field_and_geometry(node: Node) -> tuple[Node, Node]:
    """What S_INTERSECTS compares."""
    field, given = (
        (node.lhs, node.rhs) if isinstance(node.lhs, ast.Attribute) else (node.rhs, node.lhs)
    )
    if not isinstance(field, ast.Attribute) or field.name != GEOMETRY:
        raise ParameterError(FIELD, f"S_INTERSECTS wants {GEOMETRY} and a geometry")
    return field, given


def _geometry(given: Node) -> shapely.Geometry:
    """A literal geometry, longitude first."""
    try:
        if isinstance(given, ast.Function) and given.name.lower() == "bbox":
            west, south, east, north = (float(number) for number in given.arguments)
            return shapely.box(west, south, east, north)
        if isinstance(given, values.Geometry):
            return shapely.geometry.shape(given.geometry)
    except (ValueError, TypeError, shapely.errors.GEOSException) as error:
        raise ParameterError(FIELD, f"S_INTERSECTS: {error}") from error
    raise ParameterError(FIELD, "S_INTERSECTS wants BBOX(w, s, e, n) or a WKT geometry")


EVALUATORS: Mapping[type, Callable[[Node, FeatureBatch], Any]] = {
    ast.Attribute: _attribute,
    **dict.fromkeys(COMPARISONS, _compare),
    **dict.fromkeys(LOGIC, _combine),
    ast.Not: _negate,
    ast.IsNull: _is_null,
    ast.Between: _between,
    ast.In: _within,
    ast.Like: _like,
    ast.GeometryIntersects: _intersects,
}
