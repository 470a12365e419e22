"""Where the elements of an address are among those of the city; new ones are added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from addressing.kinds import DIVISIONS, KINDS
from addressing.registry.elements import COUNTY_DIGITS, ElementRow, Elements
from addressing.registry.schema import CHAIN
from addressing.registry.texts import rank
from addressing.registry.values import FieldError, Part
from addressing.resources import load_divisions
from cim.codes.address import SAMPLES

_ABOVE: Final = (9, 6, 4, 2)
"""Lengths of the codes of what a division lies in."""
_KIND_OF_LENGTH: Final = {2: "province", 4: "city", 6: "county", 9: "township", 12: "community"}


@dataclass(frozen=True, slots=True)
class Placing:
    """Finds the elements that given ones are, by code, name or old name; adds what is new."""

    elements: Elements

    def division(self, parts: Sequence[Part], code: str = "") -> int:
        """Row number of the deepest division of an address; what is new is added.

        Args:
            parts: Divisions and natural village, from large to small.
            code: Code of the deepest division that has one.

        Raises:
            FieldError: No division is given, or two of them contradict each other.
        """
        if not parts and not code:
            raise FieldError("division", "none is given; legal: at least the county, or its code")
        named = {one.type: one for one in parts}
        codes = (code, *(one.code for one in reversed(parts)))
        here = next((found for one in codes if (found := self._known(one, named))), 0)
        here = here or (self._by_name_alone(parts[0]) if parts else 0)
        if not here and not parts:
            raise FieldError("division", f"code {code!r} is unknown; give its name too")
        chain = {row.kind: row for row in self.elements.chain(here)} if here else {}
        own = _KIND_OF_LENGTH.get(len(code), "") if code.isdecimal() else ""
        for one in parts:
            above = chain.get(one.type)
            if above is not None and not self._agrees(above, one):
                raise FieldError(
                    one.type,
                    f"{one.name or one.value!r} contradicts {above.name!r} ({above.code})",
                )
            if above is None and (
                not here or rank(one) > KINDS[self.elements.row(here).kind].rank
            ):
                coded = one.code or (code if one.type == own else "")
                here = self._below(here, one._replace(code=coded))
        return here

    def _by_name_alone(self, one: Part) -> int:
        """The division of a name: the only one in the registry, else the only one in the country.

        Raises:
            FieldError: The registry has several; the message names them.
        """
        if one.type not in DIVISIONS:
            return 0
        rows = self.elements.connection.execute(
            "SELECT id FROM cim_address_element WHERE kind = ? AND value = ? AND valid_to IS NULL",
            (one.type, one.value),
        ).fetchall()
        if len(rows) > 1:
            codes = ", ".join(self.elements.row(found).code for (found,) in rows)
            raise FieldError("division", f"{one.value!r} may be {codes}; give the code")
        if rows:
            return int(rows[0][0])
        known = [found for found in load_divisions().find(one.value) if found.kind == one.type]
        return self._known(known[0].code, {one.type: one}) if len(known) == 1 else 0

    def _below(self, parent_id: int, one: Part) -> int:
        found = self.elements.child(parent_id, one.type, one.value)
        if found is None:
            code = one.code or self._national_code(parent_id, one)
            known = code and self.elements.by_code(code)
            found = self.elements.add(
                one.type, one.name, one.value, parent_id, "" if known else code
            )
        return found.id

    def _national_code(self, parent_id: int, one: Part) -> str:
        """Code of a division in the country's table, empty when it is not in there."""
        if one.type not in DIVISIONS or not parent_id:
            return ""
        known = load_divisions().children(self.elements.row(parent_id).code)
        found = (each.code for each in known if each.name == one.value and not each.successors)
        return next(found, "")

    def _agrees(self, row: ElementRow, one: Part) -> bool:
        """Whether a given division is the one of the code, by a name of any time."""
        if one.value in (row.value, row.name) or one.code == row.code:
            return True
        known = load_divisions().by_code.get(row.code)
        names = [alias.name for alias in known.aliases] if known else []
        rows = self.elements.connection.execute(
            "SELECT value FROM cim_address_alias WHERE element_id = ?", (row.id,)
        )
        return one.value in (*names, *(value for (value,) in rows))

    def _known(self, code: str, named: Mapping[str, Part]) -> int:
        """Row number of a division by its code; it and those above are added when they are new.

        One that is no more is followed to what took its place. Where divisions have no digits
        (Taiwan, Hong Kong), only those above are added that are named.
        """
        found = self.elements.by_code(code)
        if found is not None:
            return self._followed(found)
        above = next((code[:size] for size in _ABOVE if len(code) > size and code.isdecimal()), "")
        if above and code not in load_divisions().by_code:
            if len(code) <= COUNTY_DIGITS and not code.startswith(SAMPLES):
                raise FieldError("division", f"code {code!r} is unknown")
            return self._known(above, named)
        if code not in load_divisions().by_code:
            return 0
        division = load_divisions().get(code)
        if division.successors:
            successors = load_divisions().current(code)
            if len(successors) > 1:
                legal = ", ".join(f"{one.code} {one.name}" for one in successors)
                raise FieldError("division", f"{code} {division.name} was split; legal: {legal}")
            return self._known(successors[0].code, named)
        here, last = 0, ""
        for one in load_divisions().path(code):
            given = named.get(one.kind)
            if one.name == last or ("/" in code and given is None and one.code != code):
                continue
            name = given.name if given and given.value == one.name else ""
            row = self.elements.by_code(one.code) or self.elements.add(
                one.kind, name, one.name, here, one.code
            )
            here, last = row.id, one.name
        return here

    def _followed(self, row: ElementRow) -> int:
        """What an element is today.

        Raises:
            FieldError: It was split; the message names the parts.
        """
        found = self.elements.present(row)
        if len(found) != 1:
            named = ", ".join(f"{one.code} {one.name}" for one in found) or "none"
            raise FieldError(row.kind, f"{row.name} ({row.code}) is no more; now: {named}")
        return found[0].id

    def named(self, one: Part, division_id: int) -> int:
        """Row number of a street, estate or place; a new one is added.

        It lies in the county, however small the division its addresses name.
        """
        home = next(
            (
                row.id
                for row in reversed(self.elements.chain(division_id))
                if row.kind in CHAIN[:4]
            ),
            self.elements.chain(division_id)[0].id,
        )
        return self._below(home, one)
