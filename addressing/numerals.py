"""Chinese numerals to numbers and back, as addresses use them."""

import re

_DIGITS = {letter: value for value, letter in enumerate("零一二三四五六七八九")}
_DIGITS |= {"〇": 0, "○": 0, "两": 2, "壹": 1, "贰": 2, "叁": 3, "参": 3, "肆": 4, "伍": 5}
_DIGITS |= {"陆": 6, "柒": 7, "捌": 8, "玖": 9}
_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_SHORT_TENS = {"廿": 20, "卅": 30}

LETTERS = "".join(_DIGITS) + "".join(_TENS) + "".join(_SHORT_TENS)
"""All letters of Chinese numerals that addresses use, in simplified characters."""

_PLAIN = "零一二三四五六七八九"
_RUN = re.compile(f"[{LETTERS}]+")


def to_number(text: str) -> int:
    """The value of a Chinese numeral such as 二十三, 廿三, 一百零五 or 二〇一.

    Args:
        text: Only letters of `LETTERS`, at least one.
    """
    if not any(letter in _TENS or letter in _SHORT_TENS for letter in text):
        return int("".join(str(_DIGITS[letter]) for letter in text))
    total, digit = 0, 0
    for letter in text:
        if letter in _DIGITS:
            digit = _DIGITS[letter]
        elif letter in _SHORT_TENS:
            total, digit = total + _SHORT_TENS[letter], 0
        else:
            total, digit = total + (digit or 1) * _TENS[letter], 0
    return total + digit


def to_digits(text: str) -> str:
    """The text with every Chinese numeral in it as Arabic digits."""
    return _RUN.sub(lambda found: str(to_number(found.group())), text)


def to_chinese(number: int) -> str:
    """A number from 0 to 9999 as addresses write it: 十二, 二十, 一百零五."""
    if number < 10:  # noqa: PLR2004 - one digit
        return _PLAIN[number]
    text, rest = "", f"{number:d}"
    for place, digit in enumerate(rest):
        tens = ("", "十", "百", "千")[len(rest) - place - 1]
        if digit != "0":
            text += _PLAIN[int(digit)] + tens
        elif not text.endswith("零"):
            text += "零"
    text = text.rstrip("零")
    return text[1:] if text.startswith("一十") else text
