"""Whether a text may well be the name of a place that is not known here.

A slip of the pen makes pairs of characters that no name has; a street that the gazetteer lacks is
named as places are. Pairs come from the names of all villages of the country.
"""

import lzma
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

_PAIRS: Final = Path(__file__).resolve().parents[1] / "assets" / "geocode" / "pairs.txt.xz"
_LAST_WORDS: Final = "路街巷道弄村里区"


def plausibility(typed: str, name: str) -> int:
    """How usual what is typed is where it differs from a known name, 0 (not at all) to 3.

    Args:
        typed: As it is written.
        name: The known name that may be meant.
    """
    stem = typed[:-1] if typed[-1:] in _LAST_WORDS else typed
    own = set(pairwise(name))
    levels = [_pairs().get(a + b, 0) for a, b in pairwise(stem) if (a, b) not in own]
    return min(levels, default=0)


@cache
def _pairs() -> Mapping[str, int]:
    """Level by pair."""
    with lzma.open(_PAIRS, "rt", encoding="utf-8") as lines:
        return {
            line[2] + second: int(line[0]) for line in lines for second in line[3:].rstrip("\n")
        }
