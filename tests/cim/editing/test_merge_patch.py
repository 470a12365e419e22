"""JSON merge patch: the examples of RFC 7396, appendix A, and what holds for any documents."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim.editing.merge_patch import merge_patch

EXAMPLES: list[tuple[Any, Any, Any]] = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]

scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
names = st.text("abc", max_size=2)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)


def diff(source: Any, target: Any) -> Any:
    """The patch that makes one document of another, where there is one."""
    if not isinstance(source, dict) or not isinstance(target, dict):
        return target
    changed = {
        name: diff(source.get(name), value)
        for name, value in target.items()
        if name not in source or source[name] != value
    }
    return {**dict.fromkeys(name for name in source if name not in target), **changed}


def without_nulls(document: Any) -> Any:
    if isinstance(document, dict):
        return {k: without_nulls(v) for k, v in document.items() if v is not None}
    return document


@pytest.mark.parametrize(("target", "patch", "result"), EXAMPLES)
def test_the_examples_of_the_standard_come_out_as_printed(
    target: Any, patch: Any, result: Any
) -> None:
    assert merge_patch(target, patch) == result


@given(documents, documents)
def test_a_patch_made_of_two_documents_leads_from_one_to_the_other(
    source: Any, target: Any
) -> None:
    source, target = without_nulls(source), without_nulls(target)
    assert merge_patch(source, diff(source, target)) == target


@given(documents, documents)
def test_patching_twice_is_patching_once(target: Any, patch: Any) -> None:
    once = merge_patch(target, patch)
    assert merge_patch(once, patch) == once


@given(documents, documents)
def test_nothing_is_written_into_the_arguments(target: Any, patch: Any) -> None:
    before = repr((target, patch))
    merge_patch(target, patch)
    assert repr((target, patch)) == before
