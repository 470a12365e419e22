"""French cases of geocoder-tester, asked and compared as that tool does, through a real server."""

import csv
import json
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode

import pytest

from benchmarks.bench_geocode_french import ARCHIVE, judge, make_city, serving
from benchmarks.french_cases import KINDS, Case, cases, register

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
        "post offices": 0.90,
        "towns and regions": 0.90,
    }
)
"""Least share of the cases of each kind that must pass."""


@pytest.fixture(scope="module")
def every(shared: Callable[[str], Path]) -> list[Case]:
    """All cases."""
    return cases(shared(ARCHIVE))


@pytest.fixture(scope="module")
def base(every: list[Case], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over the register of all cases."""
    city = tmp_path_factory.mktemp("geocoder-tester") / "france"
    make_city(city, register(every))
    with serving(city) as address:
        yield address


def told(address: str, body: bytes | None = None) -> bytes:
    """What a server answers."""
    headers = {"Content-Type": "text/csv"} if body else {}
    request = urllib.request.Request(address, body, headers)  # noqa: S310 - our own server
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - as above
        read: bytes = answer.read()
    return read


def test_the_french_cases_pass_over_http(every: list[Case], base: str) -> None:
    asked = [
        case
        for kind in KINDS
        for case in [one for one in every if one.kind == kind][:: STEPS.get(kind, 1)]
    ]
    judged = [judge(base, case) for case in asked]
    number = Counter(one.case.kind for one in judged)
    passed = Counter(one.case.kind for one in judged if one.passed)
    assert set(number) == set(FLOORS)
    shares = {kind: passed[kind] / number[kind] for kind in number}
    assert {kind: share for kind, share in shares.items() if share < FLOORS[kind]} == {}


def test_nominatim_takes_the_parts_of_a_french_address(base: str) -> None:
    asked = {"street": "34 av opera", "city": "Paris", "addressdetails": "1", "limit": "1"}
    (place,) = json.loads(told(f"{base}/nominatim/search?{urlencode(asked)}"))
    assert place["address"] == {
        "house_number": "34",
        "road": "Avenue de l'Opéra",
        "city": "Paris",
        "postcode": "75002",
    }


def test_photon_tells_the_postcode(base: str) -> None:
    asked = {"q": "34 avenue de l'opéra paris", "limit": "1"}
    (place,) = json.loads(told(f"{base}/photon/api?{urlencode(asked)}"))["features"]
    assert place["properties"]["postcode"] == "75002"
    assert "countrycode" not in place["properties"]


def test_the_columns_of_a_french_table_are_parted_by_spaces(base: str) -> None:
    table = "voie,commune\n34 avenue de l'opéra,Paris\n25 rue du presbytere,BAREMBACH\n"
    answer = told(f"{base}/api/geocode/batch?field=voie,commune", table.encode())
    labels = [row["standard_address"] for row in csv.DictReader(answer.decode().splitlines())]
    assert labels == [
        "34 Avenue de l'Opéra, 75002 Paris",
        "25 Rue du Presbytère, 67130 Barembach",
    ]


def test_a_place_leads_to_its_french_address(base: str) -> None:
    (door,) = json.loads(told(f"{base}/api/geocode/reverse?lon=2.33337&lat=48.868659"))["features"]
    assert door["properties"]["geocoding"]["name"] == "34 Avenue de l'Opéra"
