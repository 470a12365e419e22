"""One division, and what became of it: values without behaviour."""

from dataclasses import dataclass
from datetime import date

from addressing.kinds import DIVISIONS
from addressing.model import ALWAYS, Alias, Validity

STAND_INS = frozenset(
    {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划", "省直辖县级行政单位"}
)
"""Names of statistics for levels that a place does not have."""


@dataclass(frozen=True, slots=True)
class Division:
    """One division."""

    code: str
    """2, 4, 6, 9 or 12 digits; of places without codes in the source, a path of names."""

    name: str
    level: int
    """1 province, 2 prefecture, 3 county, 4 township, 5 community or village."""

    parent: str = ""
    aliases: tuple[Alias, ...] = ()
    validity: Validity = ALWAYS
    successors: tuple[str, ...] = ()
    """Codes of the divisions that took its place."""

    @property
    def kind(self) -> str:
        """Type of the element that it is."""
        return DIVISIONS[self.level - 1]

    @property
    def is_stand_in(self) -> bool:
        """Whether the name is none that people use."""
        return self.name in STAND_INS


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a division on a day."""

    day: date
    code: str
    """Code before."""

    name: str
    """Name before."""

    successors: tuple[str, ...]
    """Codes after; one for a new name or a merger, several for a split."""

    reason: str
    """`renamed`, `merged`, `split` or `recoded`."""

    level: int = 3


@dataclass(frozen=True, slots=True)
class Difference:
    """Two editions beside each other."""

    changes: tuple[Change, ...]
    """What the data tell: new names, and new codes of the same name."""

    added: tuple[str, ...]
    gone: tuple[str, ...]
    """Codes without a successor that the data could tell; a person must say."""
