"""What a caller is told of an answer: text, codes, place, and how sure it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NamedTuple

from addressing.format import write, write_one
from addressing.profile import Profile
from addressing.registry.doors import AreaName, DoorFacts
from addressing.registry.whole_doors import WholeDoor
from geocode.comparing import finest
from geocode.index.schema import DEGREES
from geocode.keys import LEAVES
from geocode.model import NO_CORRECTIONS, Candidate, Door, Level, Status, Verdict
from geocode.ranking import Answer, as_written

_DIVISIONS = ("county", "city", "province")
_ADCODE = 6
_MOST_PARTS: Final = 1 << 14
"""Written parts that are remembered."""

_NO_VERDICTS: Final[Mapping[str, Verdict]] = MappingProxyType({})


class _Written(NamedTuple):
    type: str
    value: str
    name: str


class Result(NamedTuple):
    """One place that may be meant, as it is told."""

    label: str
    """The standard address, as the city writes it."""

    level: Level
    status: Status
    confidence: float
    """Probability that this place is meant, 0 to 1."""

    lon: float
    """Degrees, EPSG:4490."""

    lat: float
    accuracy_m: float
    """How far the door may be from the point, as far as the way it was found tells."""

    values: Mapping[str, str]
    """Canonical value by element type."""

    verdicts: Mapping[str, Verdict]
    """What became of each element that was given."""

    corrections: Mapping[str, str] = NO_CORRECTIONS
    address_code: str = ""
    """Sixteen digits, empty for what is no address of its own."""

    adcode: str = ""
    """Six digits of the county."""

    entity_id: str = ""
    """What it is linked to, such as its building; empty when it is linked to nothing."""

    layer: str = ""
    """Of that entity."""

    codes: tuple[str | None, str | None, str | None] | None = None
    """Of the BeiDou, GeoSOT and H3 grids, where the registry has them."""

    parts: Mapping[str, str] | None = None
    """Members of GeocodeJSON, where the language of the city has its own."""


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells answers in the words of a city."""

    profile: Profile
    names: Mapping[tuple[str, str], AreaName]
    """Named elements by type and value."""

    adcodes: Mapping[tuple[str, str], str]
    """Six digits of the divisions that have them, by type and value."""

    _parts: dict[tuple[str, str], str] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(cls, profile: Profile, names: Iterable[AreaName]) -> "Teller":
        """A teller with the names of a city."""
        known = {(name.kind, name.value): name for name in names}
        adcodes = {
            key: name.code[:_ADCODE].ljust(_ADCODE, "0")
            for key, name in known.items()
            if name.kind in _DIVISIONS and name.code[:_ADCODE].isdecimal()
        }
        return cls(profile, known, adcodes)

    def tell(
        self, answers: Sequence[Answer], facts: Mapping[int, DoorFacts], text: str
    ) -> list[Result]:
        """Answers as they are told.

        Args:
            answers: The best first.
            facts: What the registry knows of the doors, by row number.
            text: That was asked for.
        """
        return [self._told(answer, facts, text) for answer in answers]

    def _told(self, answer: Answer, facts: Mapping[int, DoorFacts], text: str) -> Result:
        found = answer.candidate
        door = found.doors[0] if len(found.doors) == 1 else None
        known = facts.get(door.fid) if door else None
        label = known.text if known else self._label(found)
        if answer.status is Status.NORMALISED and self._is_standard(text, label, answer):
            answer = as_written(answer)
        _, level, status, confidence, verdicts = answer
        return Result(
            label,
            level,
            status,
            round(confidence, 4),
            round(found.lon, 7),
            round(found.lat, 7),
            found.accuracy_m,
            found.values,
            verdicts,
            found.corrections,
            f"{door.code:016d}" if door else "",
            self.adcode(found.values),
            known.entity_id if known else "",
            known.layer if known else "",
            known.codes if known else None,
        )

    def _is_standard(self, text: str, label: str, answer: Answer) -> bool:
        """Whether a text is an answer's standard address, or that without some of its parts."""
        if text == label:
            return True
        given = answer.verdicts
        is_part = len(text) < len(label) and text[:2] in label
        if not is_part or "missing" in given.values():
            return False
        rest = label
        for kind, value in answer.candidate.values.items():
            if kind not in given:
                rest = rest.replace(self._part(kind, value), "", 1)
        return rest == text

    def _part(self, kind: str, value: str) -> str:
        """An element as the city writes it; remembered."""
        part = self._parts.get((kind, value))
        if part is None:
            if len(self._parts) >= _MOST_PARTS:
                self._parts.clear()
            part = write_one(self._written(kind, value), self.profile, "")
            self._parts[kind, value] = part
        return part

    def tell_door(self, door: Door, known: DoorFacts | None) -> Result:
        """A door that lies at a place, as it is told."""
        return Result(
            label=known.text if known else self.text(door.values),
            level=finest(door.values) or Level.DOORPLATE,
            status=Status.EXACT,
            confidence=1.0,
            lon=round(door.lon, 7),
            lat=round(door.lat, 7),
            accuracy_m=0.0,
            values=door.values,
            verdicts=_NO_VERDICTS,
            address_code=f"{door.code:016d}",
            adcode=self.adcode(door.values),
            entity_id=known.entity_id if known else "",
            layer=known.layer if known else "",
            codes=known.codes if known else None,
        )

    def tell_whole(self, door: WholeDoor) -> Result:
        """The same, of all that the registry knows of it."""
        _, code, text, values, lon, lat, codes, entity_id, layer, _ = door
        return Result(
            text,
            finest(values) or Level.DOORPLATE,
            Status.EXACT,
            1.0,
            round(lon * DEGREES) / DEGREES,  # as the index has it
            round(lat * DEGREES) / DEGREES,
            0.0,
            values,
            _NO_VERDICTS,
            NO_CORRECTIONS,
            code,
            self.adcode(values),
            entity_id,
            layer,
            codes,
        )

    def name(self, kind: str, value: str) -> str:
        """A name as the city writes it."""
        return self._written(kind, value).name or value

    def text(self, values: Mapping[str, str]) -> str:
        """The text of elements as the city writes them."""
        return write([self._written(*one) for one in values.items()], self.profile)

    def _label(self, found: Candidate) -> str:
        """The text of a candidate that is no address of its own."""
        text = self.text(found.values)
        if not found.crossing:
            return text
        joint = "與" if self.profile.script == "hant" else "与"
        return f"{text}{joint}{self.name('road', found.crossing)}交叉口"

    def _written(self, kind: str, value: str) -> _Written:
        name = None if kind in LEAVES else self.names.get((kind, value))
        return _Written(kind, value, name.name if name else "")

    def adcode(self, values: Mapping[str, str]) -> str:
        """Six digits of the county, or of what there is above it; empty when none is known."""
        for kind in _DIVISIONS:
            if kind in values and (code := self.adcodes.get((kind, values[kind]))):
                return code
        return ""
