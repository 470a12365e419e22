"""CQL2 as text and as JSON: what is written is read as the same tree, the rest is refused."""

import contextlib
import time

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cim.errors import InputError
from cim.filters import cql2_json, cql2_text
from cim.filters import model as m
from cim.filters.fit import fit
from cim.filters.limits import LONGEST
from cim.filters.shapes import Axes
from cim.store._gpkg_values import to_fields
from tests.cim.filters.conditions import expressions, features
from tests.cim.filters.writing import to_json, to_text

FIELDS = to_fields(features().attributes.schema)


@settings(max_examples=300)
@given(expression=expressions)
def test_text_and_json_are_read_as_they_were_written(expression: m.Expression) -> None:
    assert cql2_text.parse(to_text(expression)) == expression
    assert cql2_json.parse(to_json(expression)) == expression


@settings(max_examples=200)
@given(expression=expressions)
def test_a_condition_of_the_right_types_fits_its_layer(expression: m.Expression) -> None:
    assert fit(expression, FIELDS) == expression


@settings(max_examples=500)
@given(text=st.text(max_size=60) | st.lists(
    st.sampled_from(
        ["(", ")", ",", "'", '"', "a", "1", "-", "=", "<", "AND", "NOT", "LIKE", "IN", "BETWEEN",
         "IS", "NULL", "CASEI", "DATE", "INTERVAL", "S_INTERSECTS", "POINT", "BBOX", "EMPTY",
         "T_AFTER", "'x'", "{", "}", "[", "1e999", "..", "\\", "GEOMETRYCOLLECTION", "Z"]
    ),
    max_size=14,
).map(" ".join))  # fmt: skip
def test_any_other_text_is_refused_and_never_an_accident(text: str) -> None:
    for parse in (cql2_text.parse, cql2_json.parse):
        with contextlib.suppress(InputError):
            parse(text)


def parsed(text: str) -> m.Expression:
    return cql2_text.parse(text)


def test_a_pair_of_backslashes_does_not_keep_a_quote_from_ending_a_text() -> None:
    ends = m.Like(m.Property("a"), m.Literal("b\\\\"))
    both = m.Logic("and", (ends, m.Comparison("=", m.Property("c"), m.Literal("d"))))
    assert parsed(r"a LIKE 'b\\' AND c = 'd'") == both
    assert parsed(r"a = 'it\'s' AND b = 'c'") == parsed("a = 'it''s' AND b = 'c'")
    assert parsed("a = 'C:\\'") == m.Comparison("=", m.Property("a"), m.Literal("C:\\"))


def test_names_may_be_chinese_quoted_or_like_a_word_of_the_language() -> None:
    assert parsed("建筑面积（㎡） > 3") == m.Comparison(
        ">", m.Property("建筑面积（㎡）"), m.Literal(3)
    )
    assert parsed('"a ""b"" 1" IS NULL') == m.IsNull(m.Property('a "b" 1'))
    assert parsed("date = 1") == m.Comparison("=", m.Property("date"), m.Literal(1))
    assert parsed('"and" = 1') == m.Comparison("=", m.Property("and"), m.Literal(1))


def test_numbers_stay_whole_where_they_are() -> None:
    (left, right) = (parsed("a = 9007199254740993"), parsed("a = 1.0"))
    assert left == m.Comparison("=", m.Property("a"), m.Literal(9007199254740993))
    assert isinstance(left, m.Comparison)
    assert isinstance(left.right, m.Literal)
    assert type(left.right.value) is int
    assert isinstance(right, m.Comparison)
    assert isinstance(right.right, m.Literal)
    assert type(right.right.value) is float


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a OR b AND NOT c", "(a or (b and (not c)))"),
        ("NOT a AND b", "((not a) and b)"),
        ("1 + 2 * 3 ^ 2 = d", "((1 + (2 * (3 ^ 2))) = d)"),
        ("2 ^ 3 ^ 2 = d", "((2 ^ (3 ^ 2)) = d)"),
        ("1 - 2 - 3 = d", "(((1 - 2) - 3) = d)"),
        ("a BETWEEN 1 AND 2 AND b", "((a between 1 2) and b)"),
        ("((a)) OR (b)", "(a or b)"),
    ],
)
def test_operators_bind_as_they_do_in_sql(text: str, tree: str) -> None:
    assert drawn(parsed(text)) == tree


def drawn(node: m.Node) -> str:
    """A tree with all its parentheses."""
    match node:
        case m.Property(name):
            return name
        case m.Literal(value):
            return str(value)
        case m.Logic(operator, terms):
            return "(" + f" {operator} ".join(drawn(term) for term in terms) + ")"
        case m.Not(term):
            return f"(not {drawn(term)})"
        case m.Between(value, low, high):
            return f"({drawn(value)} between {drawn(low)} {drawn(high)})"
        case m.Comparison(operator, left, right) | m.Arithmetic(operator, left, right):
            return f"({drawn(left)} {operator} {drawn(right)})"
    raise AssertionError(node)


def test_a_box_over_the_antimeridian_is_two() -> None:
    found = parsed("S_INTERSECTS(geom, BBOX(170, -5, -170, 5))")
    assert isinstance(found, m.Spatial)
    assert isinstance(found.right, m.Shape)
    assert found.right.geometry.area == pytest.approx(200)
    assert found.right.geometry.bounds == (-180, -5, 180, 5)


def test_coordinates_are_turned_where_latitude_comes_first() -> None:
    swapped = Axes(north_first=True)
    for parse, text in (
        (cql2_text.parse, "S_INTERSECTS(geom, BBOX(30, 114, 31, 116))"),
        (
            cql2_json.parse,
            '{"op":"s_intersects","args":[{"property":"geom"},{"bbox":[30,114,31,116]}]}',
        ),
    ):
        found = parse(text, swapped)
        assert isinstance(found, m.Spatial)
        assert isinstance(found.right, m.Shape)
        assert shapely.equals(found.right.geometry, shapely.box(114, 30, 116, 31))


@pytest.mark.parametrize(
    "bomb",
    [
        "(" * LONGEST,
        "-" * (LONGEST - 1) + "a",
        "a^" * (LONGEST // 2 - 1) + "a",
        "NOT " * 8_000 + "a",
        "casei(" * 5_000,
        "a=" + "+".join("1" * 9_000),
        "'" * (LONGEST - 1),
        "'" + "\\'" * 16_000,
        '"' * (LONGEST - 1),
        "a IN (" + ",".join("1" * 16_000) + ")",
        "S_INTERSECTS(geom," + "GEOMETRYCOLLECTION(" * 1_600,
        "S_INTERSECTS(geom,MULTIPOINT(" + ",".join(["0 0"] * 8_000) + "))",
        "x" * (LONGEST + 1) + "=1",
        '{"op":"not","args":[' * 1_600,
        "[" * LONGEST,
    ],
)
def test_bombs_are_refused_at_once(bomb: str) -> None:
    began = time.perf_counter()
    for parse in (cql2_text.parse, cql2_json.parse):
        with pytest.raises(InputError):
            parse(bomb)
    assert time.perf_counter() - began < 3
