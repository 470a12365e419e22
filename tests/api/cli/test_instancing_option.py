"""When equal bodies become instances, as a user says it."""

import pytest

from api.cli.building import instancing_of
from cim.errors import InputError
from tiles.options import Instancing


def test_words_and_numbers_are_understood() -> None:
    assert instancing_of("auto") == Instancing()
    assert instancing_of("off") is None
    assert instancing_of("3,64") == Instancing(3, 65_536)
    assert instancing_of("2,0.5") == Instancing(2, 512)


@pytest.mark.parametrize("asked", ["on", "", "3", "3,x", "0,1", "2,-1", "2,nan", "2,inf"])
def test_other_words_are_refused_by_name(asked: str) -> None:
    with pytest.raises(InputError, match="legal"):
        instancing_of(asked)
