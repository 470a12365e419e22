"""Make `pairs.txt.xz`: which characters follow one another in names of Chinese places, how often.

    python assets/geocode/make_pairs.py

Reads `../divisions/villages.txt.xz`. Each line is a level, a space, a character, and all that
follow it in names at that level.
"""  # noqa: INP001 - a script beside its data, not a package

import hashlib
import lzma
import re
import sys
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

HERE = Path(__file__).parent
INPUT, OUTPUT = HERE.parent / "divisions" / "villages.txt.xz", HERE / "pairs.txt.xz"
LEVELS = (2, 5, 10)
"""Names that a pair is in, at least, for the levels 1, 2 and 3."""

_LAST = re.compile("(?:社区)?(?:村民|居民)?(?:村委会|居委会|委员会)$|社区$")
_GENUS = re.compile("(?<=..)[村里]$")


def pairs_by_level(lines: list[str]) -> dict[int, dict[str, str]]:
    """What follows each character, by level."""
    counts = Counter(
        "".join(pair)
        for line in lines
        for entry in line.split()[1:]
        for pair in pairwise(_GENUS.sub("", _LAST.sub("", entry[3:])))
    )
    found: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for pair, count in sorted(counts.items()):
        level = sum(count >= least for least in LEVELS)
        if level:
            found[level][pair[0]].append(pair[1])
    return {
        level: {first: "".join(rest) for first, rest in firsts.items()}
        for level, firsts in sorted(found.items())
    }


def main() -> None:
    """Write the file and say what to put into `SOURCE.toml`."""
    with lzma.open(INPUT, "rt", encoding="utf-8") as text:
        lines = text.read().splitlines()
    content = "".join(
        f"{level} {first}{rest}\n"
        for level, firsts in pairs_by_level(lines).items()
        for first, rest in firsts.items()
    ).encode()
    packed = lzma.compress(content, preset=9 | lzma.PRESET_EXTREME)
    OUTPUT.write_bytes(packed)
    sys.stdout.write(f'sha256 = "{hashlib.sha256(packed).hexdigest()}"\nbytes = {len(packed)}\n')


if __name__ == "__main__":
    main()
