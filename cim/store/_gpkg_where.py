"""How a condition is decided: SQL finds the rows that may match, their shapes decide the rest.

`NOT` is driven down to the single conditions first, so that only truth matters above them and
unknown counts as false. For each condition on shapes SQL knows a weaker one: the boxes in the
R-tree meet, or there is a shape at all. Where shapes stand beside other conditions under OR, SQL
says of each row which of the others hold.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from cim.arrays import Bool, Objects
from cim.catalog import Bounds, Layer
from cim.filters import model as m
from cim.store._gpkg_schema import quote, rtree_name
from cim.store._gpkg_sql import FALSE, TRUE, Sql, condition, joined, opposite

_PREDICATES: Final[Mapping[str, Callable[..., Bool]]] = {
    "s_intersects": shapely.intersects,
    "s_disjoint": shapely.disjoint,
    "s_equals": shapely.equals,
    "s_touches": shapely.touches,
    "s_crosses": shapely.crosses,
    "s_within": shapely.within,
    "s_contains": shapely.contains,
    "s_overlaps": shapely.overlaps,
}
_SWAPPED: Final[Mapping[str, m.SpatialOperator]] = {
    "s_within": "s_contains",
    "s_contains": "s_within",
}
_CORNERS_OF_BOX: Final = 5
_NOWHERE: Final[Bounds] = (np.inf, np.inf, -np.inf, -np.inf)


@dataclass(frozen=True, slots=True)
class Test:
    """A relation between a row's shape and a given one, or the opposite of it."""

    operator: m.SpatialOperator
    given: shapely.Geometry | None
    """None: the row's own shape."""

    negated: bool = False

    @property
    def bounds(self) -> Bounds | None:
        """Box that a row's own must meet for the test to hold; None: no box helps."""
        if self.given is None or self.negated == (self.operator != "s_disjoint"):
            return None
        west, south, east, north = self.given.bounds
        return west, south, east, north

    @property
    def is_sure_inside(self) -> bool:
        """Whether the test holds of every row whose box lies in `bounds`."""
        return self.operator == "s_intersects" and not self.negated and _is_box(self.given)

    def holds(self, shapes: Objects) -> Bool:
        """(n,) whether it holds of each shape; not of those that are missing."""
        given = shapes if self.given is None else self.given
        if self.given is not None:
            shapely.prepare(self.given)
        found = _related(self.operator, shapes, given)
        true: Bool = (found != self.negated) & ~shapely.is_missing(shapes)
        return true


@dataclass(frozen=True, slots=True)
class Column:
    """A condition that SQL decides, at this place among the extra columns of a row."""

    place: int


@dataclass(frozen=True, slots=True)
class Combination:
    """All or any of several."""

    operator: m.LogicOperator
    terms: tuple["Rest", ...]


type Rest = Test | Column | Combination


@dataclass(frozen=True, slots=True)
class Plan:
    """How the rows of which a condition is true are found."""

    bound: Sql
    """True of every such row, and of those only when there is no `rest`."""

    rest: Rest | None = None
    """What is left to be decided by shapes."""

    columns: tuple[Sql, ...] = ()
    """Conditions that `rest` needs to know of."""

    box: Bounds | None = None
    """Box that the rows' boxes must meet besides `bound`, for the R-tree to drive the search."""

    box_decides: bool = False
    """Whether `rest` holds of every row whose box lies inside `box`."""


def plan(expression: m.Expression | None, layer: Layer) -> Plan:
    """How to find the rows of which a condition is true.

    Raises:
        InputError: It speaks of a field that the layer does not have.
    """
    if expression is None:
        return Plan(TRUE)
    terms = _terms(_normal(expression, layer, negated=False), "and")
    driver = next((t for t in terms if isinstance(t, Test) and t.bounds is not None), None)
    columns = tuple(dict.fromkeys(sql for term in terms for sql in _needed(term)))
    rests = tuple(_rest(term, columns) for term in terms if not isinstance(term, Sql))
    return Plan(
        bound=joined([_bound(term, layer) for term in terms if term is not driver], "AND"),
        rest=_combined("and", rests),
        columns=columns,
        box=None if driver is None else driver.bounds,
        box_decides=driver is not None and driver.is_sure_inside and rests == (driver,),
    )


def decide(rest: Rest, columns: Bool, shapes: Objects) -> Bool:
    """(n,) whether the rest of a condition holds of each row.

    Args:
        rest: What is left to be decided.
        columns: (n, k) whether each of the plan's `columns` is true of the row.
        shapes: (n,) geometries, None where there is none.
    """
    match rest:
        case Column(place):
            chosen: Bool = columns[:, place]
            return chosen
        case Test():
            return rest.holds(shapes)
        case Combination(operator, terms):
            return _decide_each(operator, terms, columns, shapes)


def _decide_each(operator: str, terms: tuple[Rest, ...], columns: Bool, shapes: Objects) -> Bool:
    """As `decide`; each term is asked of those rows only for which it still matters."""
    found = np.full(len(shapes), operator == "and", np.bool_)
    for term in sorted(terms, key=lambda term: not isinstance(term, Column)):
        open_rows = np.flatnonzero(found if operator == "and" else ~found)
        found[open_rows] = decide(term, columns[open_rows], shapes[open_rows])
    return found


@dataclass(frozen=True, slots=True)
class _Joint:
    """All or any of several conditions, shapes among them."""

    operator: m.LogicOperator
    terms: tuple["_Normal", ...]


type _Normal = Sql | Test | _Joint
"""A condition with `NOT` at its leaves only, and as much of it in SQL as can be."""


def _normal(node: m.Expression, layer: Layer, *, negated: bool) -> _Normal:
    match node:
        case m.Not(term):
            return _normal(term, layer, negated=not negated)
        case m.Spatial(operator, left, right):
            return _test(operator, left, right, negated=negated)
        case m.Logic(operator, terms) if any(isinstance(n, m.Spatial) for n in m.walk(node)):
            turned: m.LogicOperator = "or" if (operator == "and") == negated else "and"
            return _joint(turned, [_normal(term, layer, negated=negated) for term in terms])
    plain = condition(node, layer)
    return opposite(plain) if negated else plain


def _test(
    operator: m.SpatialOperator,
    left: m.Property | m.Shape,
    right: m.Property | m.Shape,
    *,
    negated: bool,
) -> Sql | Test:
    """A relation with the row's shape first; of two given shapes, what it comes to."""
    match left, right:
        case m.Shape(first), m.Shape(second):
            holds = bool(_PREDICATES[operator](first, second)) != negated
            return TRUE if holds else FALSE
        case m.Property(), m.Shape(given):
            return Test(operator, given, negated)
        case m.Shape(given), m.Property():
            return Test(_SWAPPED.get(operator, operator), given, negated)
        case _:
            return Test(operator, None, negated)


def _joint(operator: m.LogicOperator, terms: Sequence[_Normal]) -> _Normal:
    """Terms joined, those that SQL decides in one."""
    flat = [part for term in terms for part in _terms(term, operator)]
    plain = [term for term in flat if isinstance(term, Sql)]
    others = [term for term in flat if not isinstance(term, Sql)]
    if not others:
        return joined(plain, operator.upper())
    kept = (joined(plain, operator.upper()), *others) if plain else tuple(others)
    return kept[0] if len(kept) == 1 else _Joint(operator, kept)


def _terms(node: _Normal, operator: m.LogicOperator) -> tuple[_Normal, ...]:
    """The terms of a joint of this operator; of anything else, itself."""
    if isinstance(node, _Joint) and node.operator == operator:
        return node.terms
    return (node,)


def _bound(node: _Normal, layer: Layer) -> Sql:
    """SQL that is true wherever the condition is."""
    match node:
        case Sql():
            return node
        case _Joint(operator, terms):
            return joined([_bound(term, layer) for term in terms], operator.upper())
        case Test(bounds=None):
            return Sql(f"{quote(m.GEOMETRY)} IS NOT NULL")
    west, south, east, north = node.bounds or _NOWHERE
    return Sql(
        f"fid IN (SELECT id FROM {quote(rtree_name(layer.name))} "
        "WHERE minx <= ? AND maxx >= ? AND miny <= ? AND maxy >= ?)",
        (east, west, north, south),
    )


def _needed(node: _Normal) -> Iterator[Sql]:
    """Conditions in SQL that stand beside shapes."""
    if isinstance(node, _Joint):
        for term in node.terms:
            yield from (term,) if isinstance(term, Sql) else _needed(term)


def _rest(node: _Normal, columns: tuple[Sql, ...]) -> Rest:
    match node:
        case Test():
            return node
        case Sql():
            return Column(columns.index(node))
        case _Joint(operator, terms):
            return Combination(operator, tuple(_rest(term, columns) for term in terms))


def _combined(operator: m.LogicOperator, terms: tuple[Rest, ...]) -> Rest | None:
    if len(terms) <= 1:
        return terms[0] if terms else None
    return Combination(operator, terms)


def _related(operator: str, shapes: Objects, given: object) -> Bool:
    """A relation of many shapes; those that GEOS cannot judge are mended first."""
    predicate = _PREDICATES[operator]
    try:
        return np.asarray(predicate(shapes, given), np.bool_)
    except shapely.errors.GEOSException:
        mended = shapely.make_valid(shapes)
        return np.asarray(predicate(mended, mended if given is shapes else given), np.bool_)


def _is_box(given: shapely.Geometry | None) -> bool:
    """Whether a shape is a rectangle along the axes."""
    if given is None or given.geom_type != "Polygon" or given.is_empty:
        return False
    if shapely.get_num_coordinates(given) != _CORNERS_OF_BOX:
        return False
    return bool(given.normalize().equals_exact(shapely.box(*given.bounds).normalize()))
