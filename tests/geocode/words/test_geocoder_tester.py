"""French cases of geocoder-tester, asked and compared as that tool does, through a real server."""

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from benchmarks.bench_geocode_french import ARCHIVE, judge, make_city, serving
from benchmarks.french_cases import KINDS, cases, register

STEPS: Final = MappingProxyType({"addresses": 40, "typos, made": 10})
"""One case of so many is asked; of the other kinds all."""

FLOORS: Final[Mapping[str, float]] = MappingProxyType(
    {
        "addresses": 0.96,
        "user input": 0.95,
        "typos, made": 0.95,
        "typos, of people": 0.90,
        "abbreviations": 0.90,
        "synonyms": 0.80,
        "towns and regions": 0.90,
    }
)
"""Least share of the cases of each kind that must pass."""


def test_the_french_cases_pass_over_http(shared: Callable[[str], Path], tmp_path: Path) -> None:
    every = cases(shared(ARCHIVE))
    asked = [
        case
        for kind in KINDS
        for case in [one for one in every if one.kind == kind][:: STEPS.get(kind, 1)]
    ]
    make_city(tmp_path / "france", register(every))
    with serving(tmp_path / "france") as base:
        judged = [judge(base, case) for case in asked]
    number = Counter(one.case.kind for one in judged)
    passed = Counter(one.case.kind for one in judged if one.passed)
    assert set(number) == set(FLOORS)
    shares = {kind: passed[kind] / number[kind] for kind in number}
    assert {kind: share for kind, share in shares.items() if share < FLOORS[kind]} == {}
