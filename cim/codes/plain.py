"""Codes of which no rule is known: any text on one line, kept as it is."""

from dataclasses import dataclass, field

from cim.codes._texts import quoted
from cim.codes.base import CheckedCode, CodeError, Scheme

LONGEST = 255


@dataclass(frozen=True, slots=True)
class PlainScheme:
    """For local house codes, and for standards whose text was not at hand (JGJ/T 496)."""

    name: str = "plain"
    title: dict[str, str] = field(default_factory=lambda: {"zh": "其他编码", "en": "Plain code"})
    source: str = "none"
    distinctive: bool = False

    def check(self, text: str) -> CheckedCode:
        """The text without white space at its ends.

        Raises:
            CodeError: It is empty, too long, or has characters that do not print.
        """
        value = text.strip()
        if not value:
            raise CodeError(f"code {quoted(text)} is empty; legal: 1 to {LONGEST} characters")
        if len(value) > LONGEST:
            raise CodeError(
                f"code {quoted(value)} has {len(value)} characters; legal: 1 to {LONGEST}"
            )
        if not value.isprintable():
            place = next(i for i, letter in enumerate(value) if not letter.isprintable())
            raise CodeError(
                f"code {quoted(value)}: character {place + 1} is {value[place]!r}, "
                f"legal: characters that print"
            )
        return CheckedCode(value, notes=("no rule is known for this scheme; not verified",))


PLUGIN: Scheme = PlainScheme()
