"""Members of JSON objects that come twice: programs differ in which of them they take.

Source: RFC 8259, clause 4.
"""

import json
from typing import Any, Final

_SHOWN: Final = 40


class _TwiceError(Exception):
    """A member comes twice."""


def objection(text: bytes | str) -> str:
    """Why a JSON text is not to be relied on, empty when nothing is wrong with it.

    The text is one that `orjson` reads, which takes the last of several members of one name.
    """
    try:
        json.loads(text, object_pairs_hook=_once)
    except _TwiceError as twice:
        return f"member {str(twice)[:_SHOWN]!r} comes twice in one object"
    except RecursionError:
        return "is nested too deep"
    return ""


def _once(pairs: list[tuple[str, Any]]) -> None:
    """Nothing; so an object weighs nothing when the one around it is looked at."""
    if len(dict(pairs)) != len(pairs):
        names = [name for name, _ in pairs]
        raise _TwiceError(next(name for name in names if names.count(name) > 1))
