"""Which city's rules an address is read by, when the caller does not say."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from addressing.parse import Address, Parser
from addressing.resources import load_profile, make_parser, profile_names

AUTO = "auto"
COMMON = "mainland"
"""The profile of cities that have none of their own."""

_PARSERS = 12


@lru_cache(_PARSERS)
def parser_for(profile: str, within: tuple[str, ...] = ()) -> Parser:
    """The parser of a profile and some regions, made once.

    Raises:
        NotFoundError: There is no such profile.
    """
    return make_parser(profile, within)


@lru_cache(1)
def profiles_by_division() -> dict[str, str]:
    """Name of the profile by the beginning of the division codes it is for."""
    return {
        division: name for name in profile_names() for division in load_profile(name).divisions
    }


def profile_for(codes: Sequence[str]) -> str:
    """The profile of the city that all these divisions lie in, the common one when none does."""
    found = {
        next(
            (name for start, name in profiles_by_division().items() if code.startswith(start)), ""
        )
        for code in codes
    }
    return found.pop() or COMMON if len(found) == 1 else COMMON


@dataclass(frozen=True, slots=True)
class CityReader:
    """Reads addresses by the rules of the city that each names."""

    profile: str = AUTO
    """A profile, or `auto`: the one of the divisions of each address."""

    within: tuple[str, ...] = ()
    """Codes of the divisions that all addresses lie in."""

    def read(self, text: str) -> tuple[Address, Parser]:
        """The address, and the parser that read it.

        Raises:
            NotFoundError: There is no such profile.
        """
        first = self.profile if self.profile != AUTO else profile_for(self.within)
        parser = parser_for(first, self.within)
        address = parser.parse(text)
        if self.profile == AUTO and not self.within and address.division_codes:
            own = profile_for(address.division_codes)
            if own != first:
                parser = parser_for(own, self.within)
                address = parser.parse(text)
        return address, parser
