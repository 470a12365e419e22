"""Elements of each row of a register: from its columns, from its text, or from both."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from addressing.format import is_bare
from addressing.importing.mapping import Preference
from addressing.kinds import DIVISIONS, KINDS
from addressing.parse import Address, Parser
from addressing.text import LONGEST, normal_name
from addressing.values import value_of

_FATAL = {
    "empty": "holds no address",
    "too_long": f"has more than {LONGEST} characters; legal: an address",
    "two_addresses": "holds two addresses; legal: one in a row",
    "divisions_only": "names divisions only; legal: a street, estate or number too",
}
"""Problems for which a row is refused, and how the refusal is worded."""

_LITTLE = frozenset({"empty", "divisions_only"})
"""Of these, problems of a text that do not matter when columns tell the rest."""

AMBIGUOUS = "several divisions have this name"
"""The doubt that ends when the division is told by something else than the text."""

_DOUBTS = {"contradiction": "divisions contradict each other", "ambiguous": AMBIGUOUS}
"""Problems for which an address waits as a draft."""

_SHOWN = 60
_MOST = 1 << 17
"""Readings kept."""

_HEADS = (
    (range(KINDS["section"].rank, KINDS["compound"].rank + 1), "中山路"),
    (range(KINDS["building"].rank, KINDS["room"].rank + 1), "中山路1号"),
)
"""What stands before a number of such ranks when a column that holds it is read."""


class Found(NamedTuple):
    """An element of a row."""

    value: str
    """Canonical."""

    name: str
    """In the city's own script."""


type Elements = Mapping[str, Found]
"""Elements by type."""


class Disagreement(NamedTuple):
    """A row whose column and text say different things."""

    row: int
    kind: str
    column: str
    """What the column says."""

    text: str
    """What the text says."""


class Fault(NamedTuple):
    """A row that cannot be used."""

    row: int
    field: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReadRows:
    """What some rows of a register are."""

    elements: Sequence[Elements]
    """(n,) elements; none for a row at fault."""

    divisions: Sequence[str]
    """(n,) code of the deepest division, empty where the text does not tell one."""

    doubts: Sequence[str]
    """(n,) why a row is only a draft, empty for a sound one."""

    disagreements: tuple[Disagreement, ...] = ()
    faults: tuple[Fault, ...] = ()


class RowReader:
    """Reads rows by one parser.

    What a column says is read once for each text it holds: streets and numbers come again.

    Args:
        parser: Knows the names of the register.
        prefer: What counts where a column and the text say different things.
    """

    def __init__(self, parser: Parser, prefer: Preference = "columns") -> None:
        self._parser = parser
        self._prefer = prefer
        self._parts: dict[tuple[str, str], Elements] = {}
        self._divisions: dict[tuple[tuple[str, str], ...], tuple[Elements, str]] = {}
        self._names: dict[tuple[str, str, str], Found] = {}

    def read(
        self, texts: Sequence[str | None] | None, columns: Mapping[str, Sequence[str | None]]
    ) -> ReadRows:
        """The elements of some rows.

        Args:
            texts: (n,) whole addresses, or None when the register has none.
            columns: (n,) texts of elements, by type.
        """
        kinds = sorted(columns, key=lambda kind: KINDS[kind].rank)
        told = list(zip(*(columns[kind] for kind in kinds), strict=True))
        count = len(texts) if texts is not None else len(told)
        rows = []
        for row in range(count):
            pairs = zip(kinds, told[row] if told else (), strict=bool(told))
            parts = [(kind, text) for kind, text in pairs if text]
            rows.append(self._row(row, None if texts is None else texts[row] or "", parts))
        return _gathered(rows)

    def _row(self, row: int, text: str | None, parts: list[tuple[str, str]]) -> "_Row":
        """One row."""
        told, code = self._of_columns(parts)
        if text is None:
            return _Row(told, code) if told else _refused(row, "", "", "holds no address")
        address = self._parser.parse(text)
        fatal = next((one for one in address.problems if one in _FATAL), "")
        if fatal and not (told and fatal in _LITTLE):
            return _refused(row, "text", text, _FATAL[fatal])
        own = self._of_text(address)
        apart = tuple(
            Disagreement(row, kind, found.value, own[kind].value)
            for kind, found in told.items()
            if kind in own and own[kind].value != found.value
        )
        if apart and self._prefer == "reject":
            first = apart[0]
            reason = f"the text says {first.text!r}; legal: the same in column and text"
            return _refused(row, first.kind, first.column, reason)
        merged = {**told, **own} if self._prefer == "text" else {**own, **told}
        return _Row(merged, certain_division(address) or code, _doubt(address, own), apart)

    def _of_text(self, address: Address) -> dict[str, Found]:
        """Elements of an address by type; the first of a type counts."""
        found: dict[str, Found] = {}
        for one in address.elements:
            if one.type not in found:
                key = (one.type, one.value, one.text)
                known = self._names.get(key)
                if known is None:
                    known = self._named(one.type, one.value, one.text, one.name)
                    _keep(self._names, key, known)
                found[one.type] = known
        return found

    def _named(self, kind: str, value: str, text: str, name: str) -> Found:
        """An element with its name as the register writes it, where that is the whole name."""
        if KINDS[kind].unit and is_bare(value):
            return Found(value, "")
        own = text if normal_name(self._parser.grammar, text) == value else name
        return Found(value, "" if own == value else own)

    def _of_columns(self, parts: list[tuple[str, str]]) -> tuple[Elements, str]:
        """Elements that the columns tell, and the code of the division."""
        upper = tuple(part for part in parts if part[0] in DIVISIONS)
        found, code = self._of_divisions(upper) if upper else ({}, "")
        told = dict(found)
        for part in parts[len(upper) :]:
            known = self._parts.get(part)
            if known is None:
                known = self._of_part(*part)
                _keep(self._parts, part, known)
            for kind, one in known.items():
                told.setdefault(kind, one)
        return told, code

    def _of_divisions(self, parts: tuple[tuple[str, str], ...]) -> tuple[Elements, str]:
        """Divisions, read as one text so that each tells where the next is looked for."""
        known = self._divisions.get(parts)
        if known is None:
            grammar = self._parser.grammar
            address = self._parser.parse("".join(text for _, text in parts))
            read = self._of_text(address)
            told = {
                kind: read[kind]
                if kind in read
                and normal_name(grammar, text)
                == normal_name(grammar, read[kind].name or read[kind].value)
                else self._named(kind, normal_name(grammar, text), text, text)
                for kind, text in parts
            }
            known = told, certain_division(address)
            _keep(self._divisions, parts, known)
        return known

    def _of_part(self, kind: str, text: str) -> Elements:
        """What a column says: one element, or several when it begins with its own type.

        A number is read behind what stands before such a number in an address.
        """
        before = next((head for ranks, head in _HEADS if KINDS[kind].rank in ranks), "")
        address = self._parser.parse(before + text)
        found = {
            one_kind: one
            for one_kind, one in self._of_text(address).items()
            if KINDS[one_kind].rank >= KINDS[kind].rank
        }
        whole = not address.rest and not address.problems
        if whole and next(iter(found), "") == kind and _ascends(address):
            return found
        value = normal_name(self._parser.grammar, text)
        if KINDS[kind].unit and value:
            number = value_of(kind, value, self._parser.grammar.profile)
            value = number if is_bare(number) else value
        return {kind: self._named(kind, value, text, text)} if value else {}


def certain_division(address: Address) -> str:
    """Code of the deepest division, empty when it is not certain.

    A sub-district may share its name with one of another city; when a division before it is
    unknown, or another one, the name alone tells nothing.
    """
    if len(address.division_codes) != 1:
        return ""
    (code,) = address.division_codes
    divisions = [one for one in address.elements if one.type in DIVISIONS]
    here = next((place for place, one in enumerate(divisions) if one.code == code), 0)
    certain = all(one.code and code.startswith(one.code) for one in divisions[:here])
    return code if certain else ""


def _ascends(address: Address) -> bool:
    """Whether elements come from large to small, one of a type."""
    ranks = [KINDS[one.type].rank for one in address.elements]
    return ranks == sorted(set(ranks))


class _Row(NamedTuple):
    """One row as read."""

    elements: Elements
    division: str = ""
    doubt: str = ""
    apart: tuple[Disagreement, ...] = ()
    fault: Fault | None = None


def _refused(row: int, field: str, value: str, reason: str) -> _Row:
    return _Row({}, fault=Fault(row, field, value[:_SHOWN], reason))


def _doubt(address: Address, own: Elements) -> str:
    """Why an address that was read is only a draft; empty when nothing is odd."""
    if address.rest:
        return f"not read: {address.rest_text[:_SHOWN]!r}"
    distinct = {(one.type, one.value): None for one in address.elements}
    if len(own) < len(distinct):  # 德福花园德福花园T2座 names one estate twice: no doubt
        twice = next(kind for kind, n in Counter(kind for kind, _ in distinct).items() if n > 1)
        values = ", ".join(repr(value) for kind, value in distinct if kind == twice)
        return f"two elements of one type: {twice} {values}"
    problem = next((one for one in address.problems if one in _DOUBTS), "")
    return _DOUBTS.get(problem, "")


def _gathered(rows: Sequence[_Row]) -> ReadRows:
    """Rows as columns."""
    return ReadRows(
        [row.elements for row in rows],
        [row.division for row in rows],
        [row.doubt for row in rows],
        tuple(one for row in rows for one in row.apart),
        tuple(row.fault for row in rows if row.fault is not None),
    )


def _keep[K, V](memory: dict[K, V], key: K, value: V) -> None:
    """Keep a value; a full memory is emptied first."""
    if len(memory) >= _MOST:
        memory.clear()
    memory[key] = value
