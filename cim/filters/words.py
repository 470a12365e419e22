"""The words of CQL2, in lower case as its JSON encoding writes them."""

from typing import Final, get_args

from cim.filters import model as m

SPATIAL: Final[tuple[str, ...]] = get_args(m.SpatialOperator.__value__)
TEMPORAL: Final[tuple[str, ...]] = get_args(m.TemporalOperator.__value__)
FOLDS: Final[tuple[str, ...]] = get_args(m.FoldName.__value__)
COMPARISONS: Final[tuple[str, ...]] = get_args(m.ComparisonOperator.__value__)
ARITHMETIC: Final[tuple[str, ...]] = get_args(m.ArithmeticOperator.__value__)
LOGIC: Final[tuple[str, ...]] = get_args(m.LogicOperator.__value__)
OF_INTERVALS: Final = frozenset(TEMPORAL) - {
    "t_after",
    "t_before",
    "t_disjoint",
    "t_equals",
    "t_intersects",
}
"""Relations that only two intervals can be in."""

LEGAL: Final = (
    "AND, OR, NOT, = <> < <= > >=, LIKE, BETWEEN, IN, IS NULL, CASEI, ACCENTI, + - * / % DIV ^, "
    "DATE, TIMESTAMP, INTERVAL, "
    + ", ".join(name.upper() for name in (*SPATIAL, *TEMPORAL))
    + ", BBOX and WKT"
)
"""All that a condition may be made of, for messages."""
