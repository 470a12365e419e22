"""Chinese: addresses of the registry, read by the grammar of `addressing`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from addressing.cities import profile_for
from addressing.lexicon import Name
from addressing.registry.doors import AreaName
from addressing.registry.texts import grammar_version
from addressing.resources import load_grammar
from cim.errors import ConfigError
from geocode.gazetteer import IndexGazetteer
from geocode.geocoder import Geocoder
from geocode.index.read import Index
from geocode.language import Language
from geocode.reading import city_parser
from geocode.result import Teller

_DIVISIONS: Final = ("province", "city", "county", "township", "community")


class Chinese:
    """The language of cities with a registry of standard addresses."""

    reads_layers = False

    def version(self) -> str:
        """See `Language.version`."""
        return str(grammar_version())

    def values(self, parts: Mapping[str, str]) -> dict[str, str]:
        """See `Language.values`.

        Raises:
            ConfigError: Always: Chinese addresses are kept in the registry.
        """
        raise ConfigError(
            f"a layer with {', '.join(parts)} holds no Chinese addresses; "
            "keep them in the registry: cim address import"
        )

    def engine(self, index: Index, names: Sequence[AreaName]) -> Geocoder:
        """See `Language.engine`."""
        within = _within(names)
        parser = city_parser(profile_for(within), within, map(_as_name, names))
        return Geocoder(parser, IndexGazetteer(index))

    def teller(self, names: Iterable[AreaName]) -> Teller:
        """See `Language.teller`."""
        names = list(names)
        return Teller.of(load_grammar(profile_for(_within(names))).profile, names)


def _within(names: Sequence[AreaName]) -> tuple[str, ...]:
    """Codes of the counties, or what there is above them, that the city's addresses lie in."""
    by_kind: Mapping[str, set[str]] = {
        kind: {name.code for name in names if name.kind == kind} for kind in _DIVISIONS
    }
    for kind in ("county", "city", "province"):
        if by_kind[kind]:
            return tuple(sorted(by_kind[kind]))
    return ()


def _as_name(name: AreaName) -> Name:
    """A name as a parser takes it."""
    official = name.value if name.value != name.written else ""
    return Name(name.written, name.kind, name.code if name.kind in _DIVISIONS else "", official)


PLUGIN: Language = Chinese()
