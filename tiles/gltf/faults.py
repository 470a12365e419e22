"""What the checks of a glb tell."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule that is broken."""

    rule: str
    message: str
    severe: bool = True
    """Against the standard; otherwise legal, but not wise."""
