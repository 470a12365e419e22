"""Checking codes against one scheme, or finding out which schemes a text could be of."""

from collections.abc import Mapping
from dataclasses import dataclass

from cim import plugins
from cim.codes.base import CheckedCode, CodeError, Scheme
from cim.errors import InputError

PACKAGE = "cim.codes"
AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one scheme says of one text."""

    scheme: str
    value: str
    """The text as it was given."""

    checked: CheckedCode | None
    """The code taken apart, None when the text is not one."""

    reason: str = ""
    """Why it is not one."""

    @property
    def valid(self) -> bool:
        """Whether the text is a code of the scheme."""
        return self.checked is not None


def schemes() -> Mapping[str, Scheme]:
    """All schemes by name."""
    return {name: plugins.load(name, PACKAGE) for name in plugins.names(PACKAGE)}


def find_scheme(name: str) -> Scheme:
    """The scheme of a name.

    Raises:
        InputError: There is none; the message lists the known ones.
    """
    known = schemes()
    if name not in known:
        raise InputError(f"scheme {name!r} is unknown; known: {', '.join((*known, AUTO))}")
    return known[name]


def check(scheme: Scheme, text: str) -> Verdict:
    """What a scheme says of a text."""
    try:
        return Verdict(scheme.name, text, scheme.check(text))
    except CodeError as error:
        return Verdict(scheme.name, text, None, str(error))


def identify(text: str) -> tuple[Verdict, ...]:
    """What every scheme with a rule of its own says of a text; those it fits come first."""
    verdicts = [check(scheme, text) for scheme in schemes().values() if scheme.distinctive]
    return tuple(sorted(verdicts, key=lambda verdict: not verdict.valid))
