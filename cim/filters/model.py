"""The tree of a condition on features, whatever language it was written in.

Every node is an immutable value that can be compared and hashed, so that a condition may be part
of the key of a cache. Geometry is in the storage CRS of the layer that is asked, x east first.
A condition is true, false or unknown of a feature, as in SQL; features are selected of which it
is true.

Source: OGC 21-065r2 (CQL2), clauses 6-7.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Literal as Word

import shapely

type LogicOperator = Word["and", "or"]
type ComparisonOperator = Word["=", "<>", "<", "<=", ">", ">="]
type ArithmeticOperator = Word["+", "-", "*", "/", "%", "div", "^"]
type FoldName = Word["casei", "accenti"]
type SpatialOperator = Word[
    "s_intersects",
    "s_disjoint",
    "s_equals",
    "s_touches",
    "s_crosses",
    "s_within",
    "s_contains",
    "s_overlaps",
]
type TemporalOperator = Word[
    "t_after",
    "t_before",
    "t_contains",
    "t_disjoint",
    "t_during",
    "t_equals",
    "t_finishedby",
    "t_finishes",
    "t_intersects",
    "t_meets",
    "t_metby",
    "t_overlappedby",
    "t_overlaps",
    "t_startedby",
    "t_starts",
]

GEOMETRY = "geom"
"""Name of the geometry of a feature in conditions; no field of a layer can have it."""


@dataclass(frozen=True, slots=True)
class Property:
    """The value of a field; of `GEOMETRY`, the shape. A boolean field is a condition itself."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, number or truth value. A truth value is a condition itself."""

    value: str | bool | int | float


@dataclass(frozen=True, slots=True)
class Instant:
    """A day or a moment."""

    text: str
    """`YYYY-MM-DD`, or `YYYY-MM-DDTHH:MM:SS.fffZ` in UTC."""

    @property
    def is_date(self) -> bool:
        """Whether it is a whole day."""
        return "T" not in self.text


@dataclass(frozen=True, slots=True)
class Interval:
    """Time between two instants, both of it; None is an open end."""

    start: Instant | Property | None
    end: Instant | Property | None


@dataclass(frozen=True, slots=True)
class Shape:
    """A literal geometry."""

    geometry: shapely.Geometry


@dataclass(frozen=True, slots=True)
class Folded:
    """A text without regard to case (`casei`) or to accents (`accenti`)."""

    name: FoldName
    value: "Value"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two numbers made one."""

    operator: ArithmeticOperator
    left: "Value"
    right: "Value"


@dataclass(frozen=True, slots=True)
class Logic:
    """Two or more conditions joined."""

    operator: LogicOperator
    terms: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    term: "Expression"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two values compared. Texts go by the code points of their characters."""

    operator: ComparisonOperator
    left: "Value"
    right: "Value"


@dataclass(frozen=True, slots=True)
class Like:
    r"""A text that looks like a pattern: `%` any characters, `_` one; `\` takes their meaning."""

    value: "Value"
    pattern: "Value"
    """A literal text, folded or not."""


@dataclass(frozen=True, slots=True)
class Between:
    """A value from `low` to `high`, both included."""

    value: "Value"
    low: "Value"
    high: "Value"


@dataclass(frozen=True, slots=True)
class In:
    """A value that is one of several."""

    value: "Value"
    options: tuple["Value", ...]


@dataclass(frozen=True, slots=True)
class IsNull:
    """A value that is not there."""

    value: "Value"


@dataclass(frozen=True, slots=True)
class Spatial:
    """Two shapes in a relation of the DE-9IM."""

    operator: SpatialOperator
    left: Property | Shape
    right: Property | Shape


@dataclass(frozen=True, slots=True)
class Temporal:
    """Two times in a relation; a day is the time from its first moment to its last."""

    operator: TemporalOperator
    left: "Time"
    right: "Time"


type Time = Property | Instant | Interval
type Value = Property | Literal | Instant | Folded | Arithmetic
type Expression = (
    Property
    | Literal
    | Logic
    | Not
    | Comparison
    | Like
    | Between
    | In
    | IsNull
    | Spatial
    | Temporal
)
type Node = Expression | Value | Time | Shape


def all_of(*terms: Expression | None) -> Expression | None:
    """The condition that all terms hold; None stands for no condition."""
    given = tuple(term for term in terms if term is not None)
    if not given:
        return None
    return given[0] if len(given) == 1 else Logic("and", given)


def children(node: Node) -> Iterator[Node]:
    """The nodes right below a node."""
    for field in fields(node):
        value = getattr(node, field.name)
        for child in value if isinstance(value, tuple) else (value,):
            if isinstance(child, NODES):
                yield child


def walk(node: Node) -> Iterator[Node]:
    """A node and all below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def properties(expression: Expression) -> frozenset[str]:
    """Names of all fields that a condition speaks of, `GEOMETRY` among them if it does."""
    return frozenset(node.name for node in walk(expression) if isinstance(node, Property))


def with_shapes(
    expression: Expression, change: Callable[[shapely.Geometry], shapely.Geometry]
) -> Expression:
    """The condition with each of its literal geometries changed."""

    def changed(operand: Property | Shape) -> Property | Shape:
        return Shape(change(operand.geometry)) if isinstance(operand, Shape) else operand

    match expression:
        case Spatial(operator, left, right):
            return Spatial(operator, changed(left), changed(right))
        case Not(term):
            return Not(with_shapes(term, change))
        case Logic(operator, terms):
            return Logic(operator, tuple(with_shapes(term, change) for term in terms))
        case _:
            return expression


NODES = (
    Property,
    Literal,
    Instant,
    Interval,
    Shape,
    Folded,
    Arithmetic,
    Logic,
    Not,
    Comparison,
    Like,
    Between,
    In,
    IsNull,
    Spatial,
    Temporal,
)
