"""Address codes of this program: county division, sequence, check digit.

Source: ISO/IEC 7064, hybrid system MOD 11,10, for the check digit.
"""

from dataclasses import dataclass, field

from stdnum.iso7064 import mod_11_10

from cim.codes._divisions import PROVINCES, require_division
from cim.codes._texts import DIGITS, compact, quoted, require_length, require_letters
from cim.codes.base import CheckedCode, CodeError, Scheme

LENGTH = 16
DIVISION_LENGTH = 6
SAMPLES = "99"
"""First digits of no province: codes of invented cities begin so."""

_TITLE = "address code"
_SAMPLE_NOTE = "99 is no province: the code is of an invented city"


@dataclass(frozen=True, slots=True)
class AddressScheme:
    """6 digits of the county at the time of assignment, 9 of sequence, 1 check digit."""

    name: str = "address"
    title: dict[str, str] = field(
        default_factory=lambda: {"zh": "标准地址编码", "en": "Address code"}
    )
    source: str = "cim-server"
    distinctive: bool = True

    def check(self, text: str) -> CheckedCode:
        """The code, with its division and sequence.

        Raises:
            CodeError: Length, a character, the province or the check digit is wrong.
        """
        code = compact(text)
        require_length(_TITLE, code, LENGTH)
        require_letters(_TITLE, code, 0, LENGTH, DIGITS)
        sample = code[:2] == SAMPLES
        if not sample:
            require_division(_TITLE, code)
        expected = mod_11_10.calc_check_digit(code[:-1])
        if code[-1] != expected:
            raise CodeError(
                f"{_TITLE} {quoted(code)}: check digit, character {LENGTH} is {code[-1]!r}, "
                f"legal: {expected!r}; or one of the digits before it is wrong"
            )
        parts = {
            "division_code": code[:DIVISION_LENGTH],
            "province_zh": "" if sample else PROVINCES[code[:2]],
            "sequence": code[DIVISION_LENGTH:-1],
            "check": code[-1],
        }
        return CheckedCode(code, parts, (_SAMPLE_NOTE,) if sample else ())


PLUGIN: Scheme = AddressScheme()
