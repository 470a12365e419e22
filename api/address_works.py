"""Reading every address of a table."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from addressing.cities import CityReader
from addressing.format import write
from addressing.kinds import KINDS
from addressing.parse import Address, Parser
from api.tables.base import Column, Wanted
from api.tables.run import Answer
from cim.errors import InputError

_TEXT = pa.string()
_COLUMNS = ("canonical", "standard", "division_code", "rest", "problems")


@dataclass(frozen=True, slots=True)
class Standardize:
    """Canonical and local text, what was not read, what is odd; perhaps all elements."""

    reader: CityReader
    field: str = "address"
    elements: bool = False
    """Whether each type of elements gets a column."""

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """The address."""
        return (Wanted("address", self.field, number=False),)

    def adds(self, roles: frozenset[str]) -> Mapping[str, pa.DataType]:
        """The texts, and a column for each type of elements when they are asked for."""
        del roles
        names = (*_COLUMNS, *KINDS) if self.elements else _COLUMNS
        return dict.fromkeys(names, _TEXT)

    def apply(self, values: Mapping[str, Column]) -> Answer:
        """The columns of some rows."""
        read = [self.reader.read(text) for text in values["address"].to_pylist()]
        columns = [_texts(address, parser) for address, parser in read]
        answer: dict[str, list[str | None]] = {
            name: [row[at] for row in columns] for at, name in enumerate(_COLUMNS)
        }
        if self.elements:
            parts = [_parts(address) for address, _ in read]
            answer |= {kind: [one.get(kind) for one in parts] for kind in KINDS}
        return Answer({name: pa.array(texts, _TEXT) for name, texts in answer.items()})

    def blame(self, values: Mapping[str, Column], error: InputError) -> str:
        """The address."""
        del values, error
        return "address"


def _texts(address: Address, parser: Parser) -> tuple[str, ...]:
    """The texts of one address, in the order of the columns."""
    codes = address.division_codes
    return (
        address.canonical,
        write(address.elements, parser.grammar.profile),
        codes[0] if len(codes) == 1 else "",
        address.rest_text,
        " ".join(address.problems),
    )


def _parts(address: Address) -> dict[str, str]:
    """Values by type; of several elements of a type all, parted by a space."""
    parts: dict[str, str] = {}
    for element in address.elements:
        before = parts.get(element.type)
        parts[element.type] = f"{before} {element.value}" if before else element.value
    return parts
