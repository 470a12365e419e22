"""Answers in the words of a language."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from addressing.registry.doors import AreaName, DoorFacts
from addressing.registry.whole_doors import WholeDoor
from geocode.comparing import finest
from geocode.model import Door, Level, Status, Verdict
from geocode.ranking import Answer
from geocode.result import Result
from geocode.words.profile import WordProfile

_PARTS: Final = {
    "number": "housenumber",
    "road": "street",
    "county": "postcode",
    "city": "city",
    "poi": "name",
}
"""Members of GeocodeJSON by element type."""

_NO_VERDICTS: Final[Mapping[str, Verdict]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class WordTeller:
    """Tells answers as a language writes addresses."""

    profile: WordProfile
    names: Mapping[tuple[str, str], str]
    """Names as they are written, by type and value."""

    @classmethod
    def of(cls, profile: WordProfile, names: Iterable[AreaName]) -> "WordTeller":
        """A teller with the names of a city; of several ways to write one the first counts."""
        told: dict[tuple[str, str], str] = {}
        for name in names:
            told.setdefault((name.kind, name.value), name.name)
        return cls(profile, told)

    def tell(
        self, answers: Sequence[Answer], facts: Mapping[int, DoorFacts], text: str
    ) -> list[Result]:
        """Answers as they are told."""
        del text
        return [self._told(one, facts) for one in answers]

    def tell_door(self, door: Door, known: DoorFacts | None) -> Result:
        """A door that lies at a place, as it is told."""
        return Result(
            label=self._label(self._own(door.values, known)),
            level=finest(door.values) or Level.DOORPLATE,
            status=Status.EXACT,
            confidence=1.0,
            lon=round(door.lon, 7),
            lat=round(door.lat, 7),
            accuracy_m=0.0,
            values=door.values,
            verdicts=_NO_VERDICTS,
            entity_id=known.entity_id if known else "",
            layer=known.layer if known else "",
            parts=self._own(door.values, known),
        )

    def tell_whole(self, door: WholeDoor) -> Result:
        """See `Telling.tell_whole`."""
        parts = self._with_name(door.parts or self.parts(door.values))
        return Result(
            label=self._label(parts),
            level=finest(door.values) or Level.CITY,
            status=Status.EXACT,
            confidence=1.0,
            lon=round(door.lon, 7),
            lat=round(door.lat, 7),
            accuracy_m=0.0,
            values=door.values,
            verdicts=_NO_VERDICTS,
            entity_id=door.entity_id,
            layer=door.layer,
            codes=door.codes,
            parts=parts,
        )

    def name(self, kind: str, value: str) -> str:
        """A name as it is written."""
        return self.names.get((kind, value), value)

    def text(self, values: Mapping[str, str]) -> str:
        """The text of elements in one line."""
        return self._label(self.parts(values))

    def parts(self, values: Mapping[str, str]) -> dict[str, str]:
        """The parts of an address as GeocodeJSON names them."""
        return self._with_name(
            {
                _PARTS[kind]: self.name(kind, value)
                for kind, value in values.items()
                if kind in _PARTS
            }
        )

    def adcode(self, values: Mapping[str, str]) -> str:
        """The code of a division; words have none."""
        del values
        return ""

    def _own(self, values: Mapping[str, str], known: DoorFacts | None) -> dict[str, str]:
        """The parts of a door as its own row writes them."""
        parts = self.parts(values)
        if known is None or known.parts is None:
            return parts
        return self._with_name({part: text for part, text in known.parts.items() if text})

    def _with_name(self, parts: Mapping[str, str]) -> dict[str, str]:
        """Parts with what the whole is called first."""
        house = self._line("house", parts) if parts.get("street") else ""
        name = parts.get("name") or house or parts.get("city") or parts.get("postcode") or ""
        return {part: text for part, text in {**parts, "name": name}.items() if text}

    def _label(self, parts: Mapping[str, str]) -> str:
        """Parts in one line."""
        told = (parts.get("name", ""), self._line("place", parts))
        return ", ".join(dict.fromkeys(one for one in told if one))

    def _line(self, form: str, parts: Mapping[str, str]) -> str:
        empty = dict.fromkeys(("housenumber", "street", "postcode", "city"), "")
        return " ".join(self.profile.told[form].format_map({**empty, **parts}).split())

    def _told(self, answer: Answer, facts: Mapping[int, DoorFacts]) -> Result:
        found = answer.candidate
        door = found.doors[0] if len(found.doors) == 1 else None
        known = facts.get(door.fid) if door else None
        parts = self._own(found.values, known) if found.doors else self.parts(found.values)
        return Result(
            label=self._label(parts),
            level=answer.level,
            status=answer.status,
            confidence=round(answer.confidence, 4),
            lon=round(found.lon, 7),
            lat=round(found.lat, 7),
            accuracy_m=found.accuracy_m,
            values=found.values,
            verdicts=answer.verdicts,
            corrections=found.corrections,
            entity_id=known.entity_id if known else "",
            layer=known.layer if known else "",
            codes=known.codes if known else None,
            parts=parts,
        )
