"""Queries to the geocoder, made from door plates by known changes, always the same ones."""

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import opencc
from pypinyin import lazy_pinyin

from benchmarks.inputs import ROOT

SEED: Final = 7
_FORMS: Final = ROOT / "assets" / "geocode" / "lookalikes.txt"
_MORE: Final = ("(收)", " 全家便利商店", "旁", "對面", "附近 電話0912345678")
"""What people write behind an address."""


class Plate(NamedTuple):
    """The text of a door plate and its parts."""

    text: str
    city: str
    """With its province, if the plate has one."""

    district: str
    road: str
    behind: str
    """All from the street on."""

    @property
    def tail(self) -> str:
        """All behind the street's name."""
        return self.behind[len(self.road) :]

    @property
    def short(self) -> str:
        """Without village and neighbourhood."""
        return f"{self.city}{self.district}{self.behind}"


def plate_of(row: Mapping[str, str]) -> Plate | None:
    """The plate of a row of the register, None for one that is not fully legible."""
    text, road = row["FULL_ADDR"], row["ROAD"]
    if not road or "?" in text or "(" in text:
        return None
    district = text[3 : text.index("區") + 1]
    return Plate(text, text[:3], district, road, text[text.rindex(road) :])


class Changes:
    """Ways to change plates, with one source of chance.

    Args:
        roads: Names of all streets, in order.
    """

    def __init__(self, roads: Sequence[str]) -> None:
        self._random = random.Random(SEED)  # noqa: S311 - queries, no secrets
        self._roads = frozenset(roads)
        self._letters = sorted({letter for road in roads for letter in road})
        self._sounds: dict[str, list[str]] = defaultdict(list)
        for letter in self._letters:
            self._sounds[lazy_pinyin(letter)[0]].append(letter)
        self._simple = opencc.OpenCC("t2s")
        groups = _FORMS.read_text("utf-8").split()
        self._forms = {letter: group for group in groups for letter in group}

    def by_name(self) -> dict[str, Callable[[Plate], str]]:
        """All of them."""
        return {
            "exact": lambda plate: plate.text,
            "without village": lambda plate: plate.short,
            "without district": lambda plate: plate.text.replace(plate.district, "", 1),
            "without both": lambda plate: plate.behind,
            "simplified": lambda plate: self._simple.convert(plate.short),
            "the small first": lambda plate: f"{plate.behind}{plate.district}{plate.city}",
            "variant": self._variant,
            "one typo": lambda plate: self._misspelt(plate, 1),
            "two typos": lambda plate: self._misspelt(plate, 2),
            "three typos": lambda plate: self._misspelt(plate, 3),
            "homophone": self._misheard,
            "look-alike": self._misseen,
            "typo without district": lambda plate: self._slipped(plate, 1) + plate.tail,
            "district misspelt": self._district_misspelt,
            "more behind it": lambda plate: plate.short + self._random.choice(_MORE),
            "missing number": self._numberless,
        }

    def _variant(self, plate: Plate) -> str:
        """Another mark of sub-numbers, wide digits, simplified words, or no city."""
        text = plate.short
        wide = {ord(digit): chr(ord(digit) + 0xFEE0) for digit in "0123456789"}
        ways = (
            lambda: text.replace("之", "-"),
            lambda: text.translate(wide),
            lambda: text.replace("區", "区").replace("號", "号"),
            lambda: text.replace(plate.city, "", 1),
        )
        return self._random.choice(ways)()

    def _misspelt(self, plate: Plate, times: int) -> str:
        """A street misspelt in a whole address."""
        return f"{plate.city}{plate.district}{self._slipped(plate, times)}{plate.tail}"

    def _slipped(self, plate: Plate, times: int) -> str:
        """The street's name misspelt, not so that it is another street's name."""
        while (name := self._with_slips(plate, times)) in self._roads and name != plate.road:
            pass
        return name

    def _with_slips(self, plate: Plate, times: int) -> str:
        """Characters of the street's name replaced, left out, put in or swapped."""
        name = list(plate.road)
        for _ in range(times):
            at, way = self._random.randrange(len(name)), self._random.randrange(4)
            if way == 1 and len(name) > 2:
                name.pop(at)
            elif way == 2:
                name.insert(at, self._random.choice(self._letters))
            elif way == 3 and at + 1 < len(name):
                name[at], name[at + 1] = name[at + 1], name[at]
            else:
                name[at] = self._random.choice(self._letters)
        return "".join(name)

    def _misheard(self, plate: Plate) -> str:
        """One character replaced by another of the same sound."""
        return self._replaced(plate, lambda letter: self._sounds[lazy_pinyin(letter)[0]])

    def _misseen(self, plate: Plate) -> str:
        """One character replaced by another of nearly the same form, in simplified script."""
        simple = Plate._make(map(self._simple.convert, plate))
        return self._replaced(simple, lambda letter: self._forms.get(letter, ()))

    def _replaced(self, plate: Plate, others: Callable[[str], Iterable[str]]) -> str:
        """A whole address, one character of the street replaced when there are others for it."""
        name = list(plate.road)
        for at in self._random.sample(range(len(name)), len(name)):
            several = [one for one in others(name[at]) if one != name[at]]
            if several:
                name[at] = self._random.choice(several)
                break
        return f"{plate.city}{plate.district}{''.join(name)}{plate.tail}"

    def _district_misspelt(self, plate: Plate) -> str:
        """A character of the district replaced."""
        at = self._random.randrange(max(len(plate.district) - 1, 1))
        wrong = self._random.choice(self._letters)
        district = plate.district[:at] + wrong + plate.district[at + 1 :]
        return f"{plate.city}{district}{plate.behind}"

    def _numberless(self, plate: Plate) -> str:
        """Without all that comes behind the street."""
        return re.split("[0-9]", plate.short)[0]
