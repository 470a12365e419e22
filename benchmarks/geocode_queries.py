"""Queries to the geocoder, made from door plates by known changes, always the same ones."""

import random
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import opencc
from pypinyin import lazy_pinyin

SEED: Final = 7


class Plate(NamedTuple):
    """A door plate of Tainan."""

    text: str
    district: str
    road: str
    behind: str
    """All from the street on."""

    @property
    def short(self) -> str:
        """Without village and neighbourhood."""
        return f"臺南市{self.district}{self.behind}"


def plate_of(row: Mapping[str, str]) -> Plate | None:
    """The plate of a row of the register, None for one that is not fully legible."""
    text, road = row["FULL_ADDR"], row["ROAD"]
    if not road or "?" in text or "(" in text:
        return None
    district = text[3 : text.index("區") + 1]
    return Plate(text, district, road, text[text.rindex(road) :])


class Changes:
    """Ways to change plates, with one source of chance.

    Args:
        roads: Names of all streets, in order.
    """

    def __init__(self, roads: Sequence[str]) -> None:
        self._random = random.Random(SEED)  # noqa: S311 - queries, no secrets
        self._letters = sorted({letter for road in roads for letter in road})
        self._sounds: dict[str, list[str]] = defaultdict(list)
        for letter in self._letters:
            self._sounds[lazy_pinyin(letter)[0]].append(letter)
        self._simple = opencc.OpenCC("t2s")

    def by_name(self) -> dict[str, Callable[[Plate], str]]:
        """All of them."""
        return {
            "exact": lambda plate: plate.text,
            "without village": lambda plate: plate.short,
            "without district": lambda plate: plate.behind,
            "simplified": lambda plate: self._simple.convert(plate.short),
            "the small first": lambda plate: f"{plate.behind}{plate.district}臺南市",
            "variant": self._variant,
            "one typo": lambda plate: self._misspelt(plate, 1),
            "two typos": lambda plate: self._misspelt(plate, 2),
            "homophone": self._misheard,
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
            lambda: text.replace("臺南市", ""),
        )
        return self._random.choice(ways)()

    def _misspelt(self, plate: Plate, times: int) -> str:
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
        return plate.short.replace(plate.road, "".join(name), 1)

    def _misheard(self, plate: Plate) -> str:
        """One character replaced by another of the same sound."""
        name = list(plate.road)
        for at in self._random.sample(range(len(name)), len(name)):
            others = [one for one in self._sounds[lazy_pinyin(name[at])[0]] if one != name[at]]
            if others:
                name[at] = self._random.choice(others)
                break
        return plate.short.replace(plate.road, "".join(name), 1)

    def _numberless(self, plate: Plate) -> str:
        """Without all that comes behind the street."""
        return re.split("[0-9]", plate.short)[0]
