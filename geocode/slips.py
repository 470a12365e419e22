"""Whether one name is a slip of the pen for another, or simply another name.

Names of one neighbourhood differ on purpose in what tells them apart: 二街 and 三街, 东路 and
西路, 街 and 路. Whoever types one of these means it.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from rapidfuzz.distance import Levenshtein

from geocode.spelling import sound_of, sounds_of

_FORMS: Final = Path(__file__).resolve().parents[1] / "assets" / "geocode" / "lookalikes.txt"

_STREETS: Final = "路街巷道弄"
_LAST_WORDS: Final = "路街巷道弄里村"
_TELLING: Final = (
    "0123456789一二三四五六七八九十百零〇",
    "东西南北中",
    "上下前后左右内外",
    "大小新老旧",
    "甲乙丙丁戊己庚辛",
)

_MARKS: Final = frozenset("".join(_TELLING))
"""Characters that stand for one another, are put in or left out only on purpose: 丽港街 beside
丽港南街."""


def is_slip(typed: str, name: str) -> bool:
    """Whether `typed` may be a slip for `name`."""
    if sorted(typed) == sorted(name):
        return True
    if typed[-1] != name[-1] and {typed[-1], name[-1]} <= set(_STREETS):
        return False
    for edit in Levenshtein.editops(typed, name):
        before = typed[edit.src_pos] if edit.tag != "insert" else ""
        after = name[edit.dest_pos] if edit.tag != "delete" else ""
        if before and after:
            if (before in _MARKS and after in _MARKS) or {before, after} <= set(_STREETS):
                return False
        elif (before or after) in _MARKS:
            return False
    return True


def kept(typed: str, name: str) -> float:
    """Share of a name proper that is typed: a half of 宏泰道 in 宏照道."""
    kinds = name[-1:] in _LAST_WORDS
    blocks = Levenshtein.editops(typed, name).as_matching_blocks()
    same = sum(block.size for block in blocks) - (kinds and typed[-1:] == name[-1:])
    return same / max(len(name) - kinds, 1)


def is_other_number(typed: str, name: str) -> bool:
    """Whether both names are numbered, each otherwise: 三十二巷 and 三十巷."""
    own, other = (
        "".join(letter for letter in text if letter in _TELLING[0]) for text in (typed, name)
    )
    return bool(own and other) and sorted(own) != sorted(other)


def is_alike(typed: str, name: str) -> bool:
    """Whether a name sounds or looks as it is typed, or lacks, has or swaps characters."""
    if len(typed) != len(name) or sorted(typed) == sorted(name):
        return True
    forms = _forms()
    pairs = [(a, b) for a, b in zip(typed, name, strict=True) if a != b]
    if all(b in forms.get(a, "") for a, b in pairs):
        return True
    may_sound = all(not sounds_of(a).isdisjoint(sounds_of(b)) for a, b in pairs)
    return may_sound and sound_of(typed) == sound_of(name)


@cache
def _forms() -> Mapping[str, str]:
    """Characters that look like one."""
    groups = _FORMS.read_text("utf-8").split()
    return {
        letter: "".join(group for group in groups if letter in group)
        for letter in {letter for group in groups for letter in group}
    }
