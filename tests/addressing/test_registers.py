"""Real registers: the elements are the source's own fields, and what is written is read again."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from addressing.format import write
from addressing.parse import Parser
from assets.samples.generate import generate
from benchmarks.registers import (
    HONG_KONG,
    TAINAN,
    Record,
    Register,
    faults,
    read_hong_kong,
    read_sample_city,
    read_tainan,
)

type Shared = Callable[[str], Path]

SAMPLE_STEP = 35
"""Some 20,000 of Tainan's plates; the benchmark reads them all."""


@pytest.fixture(scope="module")
def tainan(shared: Shared) -> Register:
    return read_tainan(shared(TAINAN), SAMPLE_STEP)


@pytest.fixture(scope="module")
def hong_kong(shared: Shared) -> Register:
    return read_hong_kong(shared(path) for path in HONG_KONG)


def wrong(register: Register, parser: Parser) -> list[tuple[Record, list[str]]]:
    """The records whose elements differ from their fields."""
    pairs = ((one, faults(parser, one, parser.parse(one.text))) for one in register.records)
    return [(record, found) for record, found in pairs if found]


def changed(register: Register, parser: Parser) -> list[tuple[str, str]]:
    """The records that are read otherwise from what is written of them."""
    found = []
    for record in register.records:
        address = parser.parse(record.text)
        written = write(address.elements, parser.grammar.profile)
        again = parser.parse(written)
        before = Counter((one.type, one.value) for one in address.elements)
        if before != Counter((one.type, one.value) for one in again.elements):
            found.append((record.text, written))
    return found


def test_elements_of_tainan_are_the_fields_of_the_source(tainan: Register) -> None:
    assert len(tainan.records) > 19_000
    assert len(wrong(tainan, tainan.parser())) <= len(tainan.records) * 0.001


def test_without_a_list_of_streets_and_villages_nearly_as_many_are(tainan: Register) -> None:
    bad = wrong(tainan, tainan.parser(knows_streets=False))
    assert len(bad) <= len(tainan.records) * 0.001


def test_what_is_written_of_tainan_is_read_as_the_same(tainan: Register) -> None:
    assert changed(tainan, tainan.parser()) == []


def test_canonical_texts_of_tainan_are_as_unique_as_the_plates(tainan: Register) -> None:
    parser = tainan.parser()
    texts = Counter(parser.parse(record.text).canonical for record in tainan.records)
    assert sum(texts.values()) - len(texts) <= len(tainan.records) * 0.0002


def test_elements_of_hong_kong_are_the_fields_of_the_source(hong_kong: Register) -> None:
    assert len(hong_kong.records) == 5_213
    assert len(wrong(hong_kong, hong_kong.parser())) <= len(hong_kong.records) * 0.01


def test_what_is_written_of_hong_kong_is_read_as_the_same(hong_kong: Register) -> None:
    assert len(changed(hong_kong, hong_kong.parser())) <= len(hong_kong.records) * 0.001


def test_elements_of_the_sample_city_are_its_fields(tmp_path: Path) -> None:
    list(generate(tmp_path))
    city = read_sample_city(tmp_path / "doorplates.csv")
    parser = city.parser()
    assert wrong(city, parser) == []
    assert changed(city, parser) == []
