"""What a caller is told of an answer: text, codes, place, and how sure it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from addressing.format import write
from addressing.profile import Profile
from addressing.registry.doors import AreaName
from geocode.comparing import finest
from geocode.keys import LEAVES
from geocode.model import Candidate, Door, Level, Status, Verdict
from geocode.ranking import Answer

_DIVISIONS = ("county", "city", "province")
_ADCODE = 6


class _Written(NamedTuple):
    type: str
    value: str
    name: str


@dataclass(frozen=True, slots=True)
class Result:
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

    corrections: Mapping[str, str] = field(default_factory=dict)
    address_code: str = ""
    """Sixteen digits, empty for what is no address of its own."""

    adcode: str = ""
    """Six digits of the county."""


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells answers in the words of a city."""

    profile: Profile
    names: Mapping[tuple[str, str], AreaName]
    """Named elements by type and value."""

    @classmethod
    def of(cls, profile: Profile, names: Iterable[AreaName]) -> "Teller":
        """A teller with the names of a city."""
        return cls(profile, {(name.kind, name.value): name for name in names})

    def tell(self, answers: Sequence[Answer], texts: Mapping[int, str]) -> list[Result]:
        """Answers as they are told.

        Args:
            answers: The best first.
            texts: Texts of the doors by row number.
        """
        return [self._told(answer, texts) for answer in answers]

    def _told(self, answer: Answer, texts: Mapping[int, str]) -> Result:
        found = answer.candidate
        door = found.doors[0] if len(found.doors) == 1 else None
        return Result(
            label=(texts.get(door.fid) if door else None) or self.text(found.values),
            level=answer.level,
            status=answer.status,
            confidence=round(answer.confidence, 4),
            lon=round(found.lon, 7),
            lat=round(found.lat, 7),
            accuracy_m=found.accuracy_m,
            values=found.values,
            verdicts=answer.verdicts,
            corrections=found.corrections,
            address_code=f"{door.code:016d}" if door else "",
            adcode=self._adcode(found.values),
        )

    def tell_door(self, door: Door, texts: Mapping[int, str]) -> Result:
        """A door that lies at a place, as it is told."""
        candidate = Candidate(door.values, door.lon, door.lat, (door,))
        level = finest(door.values) or Level.DOORPLATE
        return self._told(Answer(candidate, level, Status.EXACT, 1.0, {}), texts)

    def name(self, kind: str, value: str) -> str:
        """A name as the city writes it."""
        return self._written(kind, value).name or value

    def text(self, values: Mapping[str, str]) -> str:
        """The text of elements as the city writes them."""
        return write([self._written(*one) for one in values.items()], self.profile)

    def _written(self, kind: str, value: str) -> _Written:
        name = None if kind in LEAVES else self.names.get((kind, value))
        return _Written(kind, value, name.name if name else "")

    def _adcode(self, values: Mapping[str, str]) -> str:
        for kind in _DIVISIONS:
            name = self.names.get((kind, values.get(kind, "")))
            if name is not None and name.code[:_ADCODE].isdecimal():
                return name.code[:_ADCODE].ljust(_ADCODE, "0")
        return ""
