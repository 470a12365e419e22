"""What a rule gives: characters, noise, numbered words and last words of names.

A rule does not run by itself. `addressing.grammar` puts the parts of all rules together once, so
that reading an address is a few passes over it, however many rules there are.

Patterns are over normal text: simplified characters, half width, capitals, every Arabic digit
written `0`, every separator a space.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from addressing.numerals import LETTERS
from addressing.profile import Profile

CHINESE = f"[{LETTERS}]+"
"""A Chinese numeral."""

ARABIC = "(?:(?<![A-Z])[A-Z]{1,3})?0+(?:[A-Z]0*)?"
"""Arabic digits, perhaps with letters: 28, A1203, 1203A."""

NUMBER = f"(?:{ARABIC}|{CHINESE})"
LABEL = f"(?:{ARABIC}|(?<![A-Z])(?:[IVX]{{3,4}}|[A-Z]{{1,2}})|{CHINESE}|[甲乙丙丁戊己庚辛])"
"""What may name a building or a zone: 3, A, 十二, 甲."""

STREET_NUMBER = (
    f"(?<=[路街巷弄道段])(?<!街道)[甲乙丙丁]?{NUMBER}(?:[-之]{NUMBER})*[#]"
    f"(?![楼栋幢座]|{NUMBER}单元)"
)
"""A door number written with a sign, as it follows a street: 中山路1#; elsewhere 1# is 1栋."""

BEGINNINGS = (
    f"[0A-Z{LETTERS}第甲乙丙丁戊己庚辛临特附增新老东西南北中之负底首地顶夹建商门铺店网车-]"
)
"""What every numbered word begins with: other places of a text are passed by at once."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a token: the elements it gives from left to right."""

    kinds: tuple[str, ...]
    cost: float = 0.2


@dataclass(frozen=True, slots=True)
class Token:
    """A numbered word; it begins with one of `BEGINNINGS`."""

    pattern: str
    readings: tuple[Reading, ...]

    @classmethod
    def of(cls, pattern: str, *kinds: str, cost: float = 0.2) -> "Token":
        """A token that gives one element; later kinds are dearer."""
        readings = (Reading((kind,), cost + 0.5 * i) for i, kind in enumerate(kinds))
        return cls(pattern, tuple(readings))


@dataclass(frozen=True, slots=True)
class NameEnd:
    """Last words of names of one type, from long to short as they should be tried."""

    kind: str
    words: tuple[str, ...]
    cost: float = 1.0
    stem: int = 1
    """Fewest characters before the word."""

    tail: str = ""
    """Pattern of what may follow the word within the name."""

    refused: str = ""
    """Pattern of whole names that are none."""


@dataclass(frozen=True, slots=True)
class RuleParts:
    """What one rule adds to the grammar."""

    characters: Mapping[str, str] = field(default_factory=dict)
    """One character to one character."""

    noise: tuple[str, ...] = ()
    """Patterns of text that is no part of the address."""

    signs: str = ""
    """Pattern of what every text with such noise has; the dear patterns are not tried without."""

    tokens: tuple[Token, ...] = ()
    """Numbered words; of two that begin at one place, the one that stands first wins."""

    names: tuple[NameEnd, ...] = ()


class Rule(Protocol):
    """One rule."""

    @property
    def name(self) -> str:
        """Plugin name, as in `rules.toml`."""
        ...

    @property
    def title(self) -> dict[str, str]:
        """What it does, `zh` and `en`."""
        ...

    def parts(self, profile: Profile, options: Mapping[str, Any]) -> RuleParts:
        """What it adds for a city.

        Args:
            profile: Switches of the city.
            options: The rule's own table in `rules.toml`.
        """
        ...
