"""Running checks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from addressing.checks.base import Check, Evidence, Findings
from cim import plugins

PACKAGE = "addressing.checks"

ABSENT = {
    "boundaries": "no boundaries of divisions: name their layer as addresses.boundaries",
    "buildings": "no layer of buildings (class BLDG) in the city",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one check."""

    check: Check
    findings: Findings | None
    """None when it could not run."""

    absent: str = ""
    """What it lacked."""


def check_names() -> tuple[str, ...]:
    """Sorted names of the checks."""
    return plugins.names(PACKAGE)


def load_checks(names: Sequence[str] = ()) -> tuple[Check, ...]:
    """The checks of these names, or all.

    Raises:
        NotFoundError: There is none of a name; the message lists those there are.
    """
    return tuple(plugins.load(name, PACKAGE) for name in (names or check_names()))


def run_checks(checks: Sequence[Check], evidence: Evidence) -> Iterator[Outcome]:
    """What each check finds; one that lacks evidence says so."""
    for check in checks:
        lacking = [need for need in check.needs if getattr(evidence, need) is None]
        if lacking:
            yield Outcome(check, None, ABSENT[lacking[0]])
        else:
            yield Outcome(check, check.find(evidence))
