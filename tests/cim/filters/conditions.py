"""A layer with every type of field, and Hypothesis strategies for conditions on it."""

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from hypothesis import strategies as st

from cim.features import FeatureBatch
from cim.filters import model as m
from tests.making import make_batch

NAMES = [
    "解放路",
    "解放大道",
    "中山路",
    "Straße",
    "STRASSE",
    "café",
    "Cafe",
    "100%",
    "a_b",
    "",
    None,
]
ROWS = 60


def features() -> FeatureBatch:
    """Shapes of all kinds in the box 0-10 degrees, some touching; awkward values."""
    shapes: list[Any] = []
    for n in range(ROWS):
        x, y = float(n % 8), float(n // 8)
        shapes.append(
            [
                shapely.box(x, y, x + 1, y + 1),
                shapely.Point(x + 0.5, y + 0.5),
                shapely.LineString([(x, y), (x + 1.5, y + 1.5)]),
                shapely.Point(x, y),
                shapely.box(x, y, x + 2.5, y + 2.5),
            ][n % 5]
        )
    moments = [
        None if n % 7 == 6 else datetime(2024, 1, 1 + n % 4, n % 24, 30, tzinfo=UTC)
        for n in range(ROWS)
    ]
    return make_batch(
        geometry=np.array(shapes, dtype=object),
        name=[NAMES[n % len(NAMES)] for n in range(ROWS)],
        alias=[NAMES[n % 5] for n in range(ROWS)],
        height=[None if n % 6 == 5 else n / 4 for n in range(ROWS)],
        id=pa.array([None if n % 9 == 8 else n % 12 - 3 for n in range(ROWS)], pa.int64()),
        flag=pa.array([None if n % 4 == 3 else n % 2 == 0 for n in range(ROWS)], pa.bool_()),
        day=pa.array(
            [None if n % 5 == 4 else date(2024, 1, 1 + n % 4) for n in range(ROWS)], pa.date32()
        ),
        at=pa.array(moments, pa.timestamp("ms", tz="UTC")),
    )


signs_of_text = st.characters(exclude_categories=["Cc", "Cs", "Mn", "Mc", "Me"])
texts = st.sampled_from([*filter(None, NAMES), "", "路", "it's"]) | st.text(
    signs_of_text, max_size=5
)
numbers = st.integers(-5, 16) | st.sampled_from([0.25, 2.5, -1.5, 7.0])
days = st.integers(1, 5).map(lambda day: m.Instant(f"2024-01-{day:02}"))
moments = st.tuples(st.integers(1, 5), st.integers(0, 23)).map(
    lambda parts: m.Instant(f"2024-01-{parts[0]:02}T{parts[1]:02}:30:00.000Z")
)
instants = days | moments
coordinates = st.integers(0, 20).map(lambda n: n / 2)


def folded(inner: st.SearchStrategy[m.Value]) -> st.SearchStrategy[m.Value]:
    """The same without regard to case or accents, or as it is."""
    return inner | st.builds(m.Folded, st.sampled_from(["casei", "accenti"]), inner)


text_fields = st.sampled_from([m.Property("name"), m.Property("alias")])
text_values = folded(text_fields | st.builds(m.Literal, texts))
number_fields = st.sampled_from([m.Property("height"), m.Property("id")])
number_values = st.recursive(
    number_fields | st.builds(m.Literal, numbers),
    lambda inner: st.builds(
        m.Arithmetic, st.sampled_from(["+", "-", "*", "/", "%", "div", "^"]), inner, inner
    ),
    max_leaves=3,
)
time_fields = st.sampled_from([m.Property("day"), m.Property("at")])
time_values = time_fields | instants
signs = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])


def compared(values: st.SearchStrategy[Any]) -> st.SearchStrategy[m.Expression]:
    """Conditions that compare values of one kind."""
    return (
        st.builds(m.Comparison, signs, values, values)
        | st.builds(m.In, values, st.lists(values, min_size=1, max_size=3).map(tuple))
        | st.builds(m.Between, values, values, values)
    )


patterns = st.lists(
    st.sampled_from(["%", "_", r"\%", r"\_", "\\\\", "*", "?", "[", "路", "解放", "s", "É", "a"]),
    max_size=4,
).map(lambda parts: m.Literal("".join(parts)))


@st.composite
def likes(draw: st.DrawFn) -> m.Like:
    """LIKE, both sides folded alike."""
    value, pattern = draw(text_fields), draw(patterns)
    for name in draw(st.lists(st.sampled_from(["casei", "accenti"]), max_size=2)):
        value, pattern = m.Folded(name, value), m.Folded(name, pattern)  # type: ignore[assignment, arg-type]
    return m.Like(value, pattern)


def _line(ends: list[tuple[float, float]]) -> shapely.Geometry:
    return shapely.LineString(ends)


positions = st.tuples(coordinates, coordinates)
boxes = st.tuples(coordinates, coordinates, coordinates, coordinates).map(
    lambda c: shapely.box(
        min(c[0], c[2]), min(c[1], c[3]), max(c[0], c[2]) + 0.5, max(c[1], c[3]) + 0.5
    )
)
geometries = (
    boxes
    | positions.map(shapely.Point)
    | st.lists(positions, min_size=2, max_size=3, unique=True).map(_line)
    | st.lists(positions, min_size=3, max_size=5, unique=True)
    .map(shapely.MultiPoint)
    .map(lambda points: points.convex_hull)
)
own_shape = st.just(m.Property(m.GEOMETRY))
shapes = st.booleans().flatmap(lambda own: own_shape if own else geometries.map(m.Shape))
spatials = st.builds(
    m.Spatial,
    st.sampled_from(
        [
            "s_intersects", "s_disjoint", "s_equals", "s_touches",
            "s_crosses", "s_within", "s_contains", "s_overlaps",
        ]
    ),
    shapes,
    shapes,
)  # fmt: skip


@st.composite
def intervals(draw: st.DrawFn) -> m.Interval:
    """Intervals, open ends and fields among their ends."""
    start = draw(st.none() | moments | st.just(m.Property("at")))
    end = draw(st.none() | moments | st.just(m.Property("day")))
    if isinstance(start, m.Instant) and isinstance(end, m.Instant) and start.text > end.text:
        start, end = end, start
    return m.Interval(start, end)


ANY_TIME = ["t_after", "t_before", "t_disjoint", "t_equals", "t_intersects"]
BETWEEN_INTERVALS = [
    "t_contains", "t_during", "t_finishedby", "t_finishes", "t_meets",
    "t_metby", "t_overlappedby", "t_overlaps", "t_startedby", "t_starts",
]  # fmt: skip
temporals = st.builds(
    m.Temporal, st.sampled_from(ANY_TIME), time_values | intervals(), time_values | intervals()
) | st.builds(m.Temporal, st.sampled_from(BETWEEN_INTERVALS), intervals(), intervals())
flags = st.sampled_from([m.Property("flag"), m.Literal(value=True), m.Literal(value=False)])
nulls = st.builds(
    m.IsNull,
    st.sampled_from(["name", "height", "id", "flag", "day", "at", m.GEOMETRY]).map(m.Property),
)
leaves: st.SearchStrategy[Any] = (
    flags
    | nulls
    | compared(text_values)
    | compared(number_values)
    | st.builds(m.Comparison, signs, time_values, time_values)
    | likes()
    | spatials
    | spatials
    | temporals
)
expressions: st.SearchStrategy[m.Expression] = st.recursive(
    leaves,
    lambda inner: (
        st.builds(m.Not, inner)
        | st.builds(
            m.Logic,
            st.sampled_from(["and", "or"]),
            st.lists(inner, min_size=2, max_size=3).map(tuple),
        )
    ),
    max_leaves=6,
)
"""Conditions of every kind on the layer that `features` makes."""
