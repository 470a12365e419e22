"""A language whose words are parted by spaces, made of its profile alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from addressing.registry.doors import AreaName
from geocode.gazetteer import IndexGazetteer
from geocode.index.read import Index
from geocode.language import SHORT, Found
from geocode.model import Asked
from geocode.words.deciding import answers_of
from geocode.words.finder import Finder
from geocode.words.names import Names, Written
from geocode.words.profile import WordProfile, load_profile
from geocode.words.query import Query
from geocode.words.telling import WordTeller
from geocode.words.text import canonical_name, canonical_number, pieces_of

KEYS = 1
"""Version of how names and numbers are made canonical."""

_NAMED = ("city", "road", "poi")


@dataclass(frozen=True)
class WordLanguage:
    """A language of the geocoder.

    Args:
        name: Of its profile.
    """

    name: str
    reads_layers: bool = field(default=True, init=False)

    @cached_property
    def profile(self) -> WordProfile:
        """Its words."""
        return load_profile(self.name)

    def version(self) -> str:
        """See `Language.version`."""
        return f"{self.name}-{KEYS}.{self.profile.version}"

    def values(self, parts: Mapping[str, str]) -> dict[str, str]:
        """See `Language.values`. A postcode takes the place of a county: it lies in a town."""
        texts = {
            "city": canonical_name(self.profile, parts.get("city", "")),
            "county": parts.get("postcode", "").strip(),
            "road": canonical_name(self.profile, parts.get("street", "")),
            "poi": canonical_name(self.profile, parts.get("name", "")),
            "number": canonical_number(parts.get("housenumber", "")),
        }
        return {kind: text for kind, text in texts.items() if text}

    def engine(self, index: Index, names: Sequence[AreaName]) -> "WordGeocoder":
        """See `Language.engine`."""
        written = (Written(one.kind, one.value, one.written) for one in names)
        known = Names(self.profile, (one for one in written if one.kind in _NAMED))
        return WordGeocoder(known, Finder(known, IndexGazetteer(index)))

    def teller(self, names: Iterable[AreaName]) -> WordTeller:
        """See `Language.teller`."""
        return WordTeller.of(self.profile, names)


@dataclass(frozen=True, slots=True)
class WordGeocoder:
    """Answers queries about one city."""

    names: Names
    finder: Finder

    def search(self, text: str) -> Found:
        """See `Engine.search`."""
        meant = self.finder.find(Query.of(text, self.names))
        given = meant[0].candidate.given if meant else None
        return Found(Asked(text, given or {}), answers_of(meant))

    def look_up(self, text: str) -> Found | None:
        """See `Engine.look_up`."""
        return self.search(text) if len(text) <= SHORT else None

    def begun(self, text: str) -> str:
        """See `Engine.begun`."""
        every = pieces_of(self.names.profile, text)
        last = [one.plain for one in every[-1:]]
        return " ".join([*(one.text for one in every[:-1] if not one.is_weak), *last])

    def values_of(self, text: str) -> Mapping[str, str]:
        """See `Engine.values_of`."""
        return self.search(text).asked.values
