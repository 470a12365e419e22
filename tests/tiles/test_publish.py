"""Names of a tileset's files."""

import pytest

from tiles.publish import is_immutable


@pytest.mark.parametrize(
    "name", ["content/3f/4-2-7-3f0123456789abcd.glb", "4-2-7-3f0123456789abcd.json"]
)
def test_names_with_a_digest_are_immutable(name: str) -> None:
    assert is_immutable(name)


@pytest.mark.parametrize("name", ["tileset.json", "4/2/7.glb", "4-2-7-3f0123456789ABCD.glb"])
def test_other_names_are_not(name: str) -> None:
    assert not is_immutable(name)
