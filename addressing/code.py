"""Address codes: 6 digits of the county, 9 of sequence, 1 check digit.

A code says where the address was when it was made. It never changes: not when the street is
renamed, not when the county is merged into another.

Source: ISO/IEC 7064, hybrid system MOD 11,10, for the check digit.
"""

from dataclasses import dataclass

import numpy as np
from stdnum.iso7064 import mod_11_10

from cim.codes.address import DIVISION_LENGTH, LENGTH
from cim.codes.address import PLUGIN as SCHEME
from cim.codes.base import CodeError

MOST = 10**9 - 1
"""The largest sequence number of a county."""


@dataclass(frozen=True, slots=True)
class AddressCode:
    """An address code taken apart."""

    division: str
    """Six digits of the county at the time of assignment."""

    sequence: int

    def __str__(self) -> str:
        """The sixteen digits."""
        return make_code(self.division, self.sequence)


def make_code(division: str, sequence: int) -> str:
    """The code of the address with this number in a county.

    Raises:
        CodeError: The county is not six digits of a division, or the number is out of range.
    """
    if not 1 <= sequence <= MOST:
        raise CodeError(f"address sequence {sequence}; legal: 1 to {MOST}")
    body = f"{division}{sequence:09d}"
    if not division.isascii() or not division.isdecimal() or len(division) != DIVISION_LENGTH:
        raise CodeError(f"county {division!r} of an address code; legal: {DIVISION_LENGTH} digits")
    return SCHEME.check(body + mod_11_10.calc_check_digit(body)).value


def make_codes(division: str, first: int, count: int) -> list[str]:
    """The codes of addresses numbered on from `first`, as `make_code` gives them one by one.

    Raises:
        CodeError: The county is not six digits of a division, or a number is out of range.
    """
    if count < 1:
        return []
    make_code(division, first)
    make_code(division, first + count - 1)
    numbers = int(division) * 10**9 + np.arange(first, first + count, dtype=np.int64)
    product = np.full(count, 10, dtype=np.int64)
    for place in range(LENGTH - 2, -1, -1):
        total = (product + numbers // 10**place % 10) % 10
        product = np.where(total == 0, 10, total) * 2 % 11
    codes = numbers * 10 + (11 - product) % 10
    return [f"{code:0{LENGTH}d}" for code in codes.tolist()]


def parse_code(text: str) -> AddressCode:
    """The code taken apart; spaces do not matter.

    Raises:
        CodeError: It is no address code; the message names the digit at fault, and when only the
            check digit tells that one is wrong, what it should be.
    """
    code = SCHEME.check(text).value
    sequence = int(code[DIVISION_LENGTH : LENGTH - 1])
    if sequence == 0:
        raise CodeError(f"address code {code!r}: digits 7 to 15 are all 0; legal: 000000001 on")
    return AddressCode(code[:DIVISION_LENGTH], sequence)
