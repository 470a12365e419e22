"""Conditions and preferences of requests that write, and the tags that features carry.

A feature's tag is strong: `"STATE-FORM"`, where STATE is the digest of its row and FORM that of
everything else that decides the bytes. A condition looks at STATE alone, so that the tag of any
form of a feature, in whatever CRS it was read, protects the feature itself.

Source: RFC 9110, 8.8.3 and 13.1; RFC 7240 (Prefer); OGC 20-002r1 (Features Part 4), clauses 8-10.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from api.errors import ParameterError, PreconditionMissingError
from api.security.sight import current_tag

STATE_LENGTH: Final = 18
_FORM_BYTES: Final = 4
_TAG: Final = re.compile(r'\s*(W/)?"?([^",\s]*)"?\s*')
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "return": ("representation", "minimal"),
    "handling": ("strict", "lenient"),
}


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a client prefers; what it does not say is empty."""

    returned: str = ""
    """`representation` or `minimal`."""

    handling: str = ""
    """`strict` or `lenient`."""

    @property
    def wants_feature(self) -> bool:
        """Whether the answer is to hold the feature as it is now."""
        return self.returned == "representation"

    def applied(self, *, returned: bool) -> dict[str, str]:
        """The header that says which preferences were followed."""
        said = [f"return={self.returned}"] if self.returned and returned else []
        said += [f"handling={self.handling}"] if self.handling else []
        return {"Preference-Applied": ", ".join(said)} if said else {}


def preferences(request: Request) -> Preferences:
    """What the Prefer headers say; preferences that are not known are passed over (RFC 7240)."""
    chosen: dict[str, str] = {}
    for header in request.headers.getlist("prefer"):
        for part in header.split(","):
            name, _, value = part.split(";")[0].partition("=")
            key, text = name.strip().lower(), value.strip(' "').lower()
            if text in _CHOICES.get(key, ()):
                chosen.setdefault(key, text)
    return Preferences(chosen.get("return", ""), chosen.get("handling", ""))


def tag_of(state: str, *form: object) -> str:
    """The tag of a feature in a state, in a form."""
    if not form:
        return f'"{state}"'
    text = "\n".join(str(part) for part in (current_tag(), *form))
    digest = hashlib.blake2b(text.encode(), digest_size=_FORM_BYTES).hexdigest()
    return f'"{state}-{digest}"'


def expected_states(request: Request, *, required: bool) -> frozenset[str] | None:
    """The states that If-Match allows, None where it is absent or `*`.

    A weak tag matches nothing (RFC 9110, 13.1.1).

    Raises:
        PreconditionMissingError: It is absent, and required.
        ParameterError: It is empty.
    """
    header = ",".join(request.headers.getlist("if-match"))
    if "if-match" not in request.headers:
        if required:
            raise PreconditionMissingError(
                "If-Match is missing; legal: the ETag of the feature as it was read, or *"
            )
        return None
    return states_in(header, "If-Match")


def refused_states(request: Request) -> frozenset[str] | None:
    """The states that If-None-Match forbids: empty where it is absent, None for all of them."""
    if "if-none-match" not in request.headers:
        return frozenset()
    return states_in(",".join(request.headers.getlist("if-none-match")), "If-None-Match")


def states_in(header: str, field: str) -> frozenset[str] | None:
    """The states that strong tags in a header name; None for `*`.

    Raises:
        ParameterError: The header names no tag.
    """
    if header.strip() == "*":
        return None
    tags = [match for part in header.split(",") if (match := _TAG.fullmatch(part))]
    if not any(tag[2] for tag in tags):
        raise ParameterError(field, f'{header[:80]!r} names no tag; legal: "…", or *')
    return frozenset(tag[2][:STATE_LENGTH] for tag in tags if not tag[1])
