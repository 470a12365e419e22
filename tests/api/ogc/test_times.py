"""The `datetime` parameter."""

import pytest

from api.errors import ParameterError
from api.ogc.times import parse_datetime


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("2024-02-29T08:00:00Z", ("2024-02-29T08:00:00.000Z", "2024-02-29T08:00:00.000Z")),
        ("2024-02-29T08:00:00.25+08:00", ("2024-02-29T00:00:00.250Z", "2024-02-29T00:00:00.250Z")),
        ("2024-02-29", ("2024-02-29T00:00:00.000Z", "2024-02-29T23:59:59.999Z")),
        ("2024-01-01/2024-01-02", ("2024-01-01T00:00:00.000Z", "2024-01-02T23:59:59.999Z")),
        ("../2024-01-02", (None, "2024-01-02T23:59:59.999Z")),
        ("/2024-01-02", (None, "2024-01-02T23:59:59.999Z")),
        ("2024-01-01/..", ("2024-01-01T00:00:00.000Z", None)),
        ("2024-01-01/", ("2024-01-01T00:00:00.000Z", None)),
        ("../..", (None, None)),
    ],
)
def test_an_instant_or_interval_becomes_two_instants(
    text: str, span: tuple[str | None, str | None]
) -> None:
    assert parse_datetime(text) == span


@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        "now",
        "2024",
        "2024-13-01",
        "2023-02-29",
        "2024-01-01T00:00:00",
        "2024-01-01 00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "2024-01-02/2024-01-01",
        "2024-01-01/2024-01-02/2024-01-03",
        "２０２４-01-01",
    ],
)
def test_anything_else_is_refused_by_name(text: str) -> None:
    with pytest.raises(ParameterError, match=r"^datetime: "):
        parse_datetime(text)
