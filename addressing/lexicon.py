"""The names a city knows: divisions, streets, estates, places, each with its type and code."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from addressing.kinds import KINDS
from cim.errors import InputError


@dataclass(frozen=True, slots=True)
class Name:
    """One way to write one element."""

    text: str
    """As written, in any script."""

    kind: str
    code: str = ""
    """Code of the element; that of a division begins with that of its parent."""

    official: str = ""
    """Name of the element when `text` is a short form or an old name; empty when it is itself."""

    short: bool = False
    """Whether `text` lacks its last word, so that other names may begin with it."""

    local: bool = False
    """Whether `text` tells something only behind a division that it lies in: 高新区."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"element type {self.kind!r} is unknown; legal: {', '.join(KINDS)}")
        if not self.text.strip():
            raise InputError(f"a name of type {self.kind} is empty; legal: one character or more")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Names by their text; one text may name several elements."""

    names: Mapping[str, tuple[Name, ...]] = field(default_factory=dict)
    """Names by text as given."""

    complete: frozenset[str] = frozenset()
    """Types of which all names are here: what only looks like one is kept as unparsed."""

    @classmethod
    def of(cls, names: Iterable[Name], complete: Iterable[str] = ()) -> "Lexicon":
        """A lexicon of some names; equal ones count once."""
        found: dict[str, dict[Name, None]] = {}
        for name in names:
            found.setdefault(name.text, {})[name] = None
        return cls(
            MappingProxyType({text: tuple(group) for text, group in found.items()}),
            frozenset(complete),
        )

    def __or__(self, other: "Lexicon") -> "Lexicon":
        """The names of both."""
        every = (name for one in (self, other) for group in one.names.values() for name in group)
        return Lexicon.of(every, self.complete | other.complete)

    def __len__(self) -> int:
        return len(self.names)
