"""Attribute values that editors give."""

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim.catalog import Field
from cim.edit_values import is_same, stored_value


@pytest.mark.parametrize(
    ("kind", "given_value", "stored"),
    [
        ("string", "中文 <&> '", "中文 <&> '"),
        ("string", None, None),
        ("integer", 7, 7),
        ("integer", 7.0, 7),
        ("integer", -(2**63), -(2**63)),
        ("number", 3, 3.0),
        ("number", 0.1, 0.1),
        ("boolean", True, 1),
        ("boolean", None, None),
        ("date", "2024-02-29", "2024-02-29"),
        ("datetime", "2026-01-31T08:00:00+08:00", "2026-01-31T00:00:00.000Z"),
        ("datetime", "2026-01-31T08:00:00.5Z", "2026-01-31T08:00:00.500Z"),
        ("datetime", "2026-01-31T08:00:00.000", "2026-01-31T08:00:00.000Z"),
        ("binary", "AAEC", b"\0\1\2"),
    ],
)
def test_a_value_of_a_fields_type_is_stored(kind: str, given_value: Any, stored: Any) -> None:
    found = stored_value(Field("f", kind), given_value)
    assert (found, type(found)) == (stored, type(stored))


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("string", 5, "is a number; legal: string or null"),
        ("string", ["x"], "is an array; legal: string or null"),
        ("integer", "5", "is a string; legal: integer or null"),
        ("integer", 5.5, "is a number; legal: integer or null"),
        ("integer", True, "is a boolean; legal: integer or null"),
        ("integer", 2**63, "is out of range"),
        ("number", True, "is a boolean; legal: number or null"),
        ("number", {"a": 1}, "is an object; legal: number or null"),
        ("boolean", 1, "is a number; legal: boolean or null"),
        ("date", "31.12.2024", "is no date"),
        ("date", "2023-02-29", "is a day that does not exist"),
        ("datetime", "2024-01-01", "is no date and time"),
        ("datetime", "2024-13-01T00:00:00Z", "is a moment that does not exist"),
        ("binary", "not base64!", "is no base64 text"),
    ],
)
def test_a_value_of_another_type_is_refused_with_what_is_legal(
    kind: str, value: Any, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        stored_value(Field("f", kind), value)


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_is_stored_to_the_millisecond_and_is_itself_again(moment: datetime) -> None:
    field = Field("f", "datetime")
    stored = stored_value(field, moment.isoformat())
    assert abs((datetime.fromisoformat(stored) - moment).total_seconds()) < 0.001
    assert stored_value(field, stored) == stored
    assert is_same(field, stored, stored.replace("Z", "+00:00"))


@given(st.binary())
def test_bytes_come_through_base64(value: bytes) -> None:
    assert stored_value(Field("f", "binary"), base64.b64encode(value).decode()) == value


def test_a_text_is_never_the_same_as_a_number() -> None:
    assert is_same(Field("f", "number"), 1.0, 1)
    assert not is_same(Field("f", "string"), "1", 1)
    assert not is_same(Field("f", "string"), None, "")
