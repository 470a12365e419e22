"""The protocol of a code scheme: is a text a code of it, and what does the code say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from cim.errors import InputError


class CodeError(InputError):
    """A text is not a code of the scheme; the message names the place and what is legal."""


@dataclass(frozen=True, slots=True)
class CheckedCode:
    """A text that is a code of its scheme."""

    value: str
    """The code in its normal form: as stored, without spaces, letters in capitals."""

    parts: Mapping[str, str] = field(default_factory=dict)
    """What the code says, by the name of each part, in the order of the code."""

    notes: tuple[str, ...] = ()
    """What is legal but unusual, or not known to this program."""


class Scheme(Protocol):
    """One scheme of codes."""

    @property
    def name(self) -> str:
        """Plugin name, the `scheme` of a stored code."""
        ...

    @property
    def title(self) -> dict[str, str]:
        """Human name by language, `zh` and `en`."""
        ...

    @property
    def source(self) -> str:
        """The document that defines the codes."""
        ...

    @property
    def distinctive(self) -> bool:
        """Whether a text of this form is likely meant as a code of the scheme."""
        ...

    def check(self, text: str) -> CheckedCode:
        """The code in its normal form, with its parts.

        Raises:
            CodeError: The text is not a code; the message says which character or part and what
                is legal there.
        """
        ...
