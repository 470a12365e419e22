"""Reading addresses: speed and accuracy on real registers, beside cpca and jionlp on divisions.

Prints Markdown tables. Rates are of processor time on one core; the memory of readings is empty at
the beginning, as in an import.
"""

import argparse
import gc
import json
import random
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from addressing.divisions import short_name
from addressing.format import write
from addressing.parse import Address, Parser
from addressing.resources import load_divisions, make_parser
from assets.samples.generate import generate
from benchmarks.inputs import MADE
from benchmarks.registers import (
    HONG_KONG,
    TAINAN,
    Register,
    faults,
    read_hong_kong,
    read_sample_city,
    read_tainan,
)

SHARED = Path(__file__).resolve().parents[2] / "shared"
PEER_PYTHON = (
    Path(__file__).resolve().parents[1] / "build" / "peers" / "addresses" / "bin" / "python"
)
PEERS = ("cpca", "jionlp")
LEVELS = ("province", "city", "county")
NATIONAL = 2_500
JIONLP_ROWS = 300
"""It reads some twenty addresses a second."""


def spent(work: Callable[[], object]) -> float:
    """Seconds of processor time."""
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> None:
    """Print all tables."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--step", type=int, default=1, help="read every n-th plate of Tainan")
    step = arguments.parse_args().step
    print(
        "| register | addresses | names | read a second | with canonical text | again |"
        " equal to the source's fields | written and read as the same | different texts |"
    )
    print("|---|--:|---|--:|--:|--:|--:|--:|--:|")
    tainan = read_tainan(SHARED / TAINAN, step)
    register_row("Tainan door plates", tainan, knows_streets=True)
    register_row("Tainan door plates", tainan, knows_streets=False)
    hong_kong = read_hong_kong(SHARED / path for path in HONG_KONG)
    register_row("Hong Kong points, two districts", hong_kong, knows_streets=True)
    sample = MADE / "sample-city"
    sample.mkdir(parents=True, exist_ok=True)
    list(generate(sample))
    city = read_sample_city(sample / "doorplates.csv")
    register_row("sample city", city, knows_streets=True)
    print()
    peers()


def register_row(title: str, register: Register, *, knows_streets: bool) -> None:
    """One row: rates, and whether what is read is right."""
    texts = [record.text for record in register.records]
    gc.collect()
    gc.freeze()  # the collector need not walk the register, which an import would not hold
    parser = register.parser(knows_streets=knows_streets)
    first = len(texts) / spent(lambda: parse_all(parser, texts))
    warm = len(texts) / spent(lambda: parse_all(parser, texts))
    fresh = register.parser(knows_streets=knows_streets)
    whole = len(texts) / spent(lambda: canonical_all(fresh, texts))
    right, same, different = verdicts(register, parser)
    names = "all" if knows_streets else "districts only"
    print(
        f"| {title} | {len(texts):,} | {names} | {first:,.0f} | {whole:,.0f} | {warm:,.0f} |"
        f" {right:.4%} | {same:.4%} | {different:.4%} |"
    )


def parse_all(parser: Parser, texts: Iterable[str]) -> None:
    """Read, and keep nothing."""
    for text in texts:
        parser.parse(text)


def canonical_all(parser: Parser, texts: Iterable[str]) -> None:
    """Read and write the canonical text, as a registry does."""
    for text in texts:
        _ = parser.parse(text).canonical


def verdicts(register: Register, parser: Parser) -> tuple[float, float, float]:
    """Shares: equal to the fields, the same after writing and reading, different texts."""
    count = len(register.records)
    right = same = 0
    canonical: Counter[str] = Counter()
    for record in register.records:
        address = parser.parse(record.text)
        right += not faults(parser, record, address)
        again = parser.parse(write(address.elements, parser.grammar.profile))
        same += values(address) == values(again)
        canonical[address.canonical] += 1
    return right / count, same / count, len(canonical) / count


def values(address: Address) -> list[tuple[str, str]]:
    """Types and values in an order of their own."""
    return sorted((element.type, element.value) for element in address.elements)


def peers() -> None:
    """Division elements of the whole country, by us and by the peers."""
    rows = national(NATIONAL)
    print(
        f"Division elements of {NATIONAL:,} made addresses: real provinces, cities and counties of"
        " the whole country, whole, short or left out, before invented streets, some of them"
        " named after provinces."
    )
    print()
    print("| reader | addresses | read a second | elements right | addresses right |")
    print("|---|--:|--:|--:|--:|")
    parser = make_parser()
    texts = [text for text, _ in rows]
    rate = len(texts) / spent(lambda: parse_all(parser, texts))
    found = [divisions_of(parser.parse(text)) for text in texts]
    peer_row("cim-server", rows, found, rate)
    for name in PEERS:
        some = rows if name == "cpca" else rows[:JIONLP_ROWS]
        peer_found, seconds = ask_peer(name, [text for text, _ in some])
        peer_row(name, some, peer_found, len(some) / seconds)


type Divisions = dict[str, str]


def divisions_of(address: Address) -> Divisions:
    """The names of the three upper levels, those above the text's filled in as the peers do."""
    codes = address.division_codes
    if len(codes) != 1:
        return {one.type: one.value for one in address.elements if one.type in LEVELS}
    path = load_divisions().path(codes[0])
    return {one.kind: one.name for one in path if one.kind in LEVELS}


def national(count: int) -> list[tuple[str, Divisions]]:
    """Addresses with the divisions that are meant, from a seed."""
    random_ = random.Random(6)  # noqa: S311 - test data
    known = load_divisions()
    counties = [
        one
        for one in known.by_code.values()
        if one.level == 3 and one.code.isdecimal() and not one.is_stand_in and not one.successors
    ]
    roads = ("文三路", "广东路", "人民中路", "山西路", "解放大道", "北京西路", "江苏路", "建设街")
    rows = []
    for county in random_.sample(counties, count):
        path = known.path(county.code)
        shown = [one for one in path if one.level != 1 or random_.random() < 0.6]
        if len(shown) == 1:
            shown = list(path)
        text = "".join(
            short_name(one) or one.name if one.level < 3 and random_.random() < 0.3 else one.name
            for one in shown
        )
        door = f"{random_.choice(roads)}{random_.randint(1, 900)}号"
        rows.append((text + door, {one.kind: one.name for one in path}))
    return rows


def ask_peer(name: str, texts: list[str]) -> tuple[list[Divisions], float]:
    """What a peer reads, and its seconds of processor time without its start.

    Raises:
        SystemExit: It is not installed, or it fails.
    """
    if not PEER_PYTHON.exists():
        raise SystemExit("peers are missing: make build/peers/addresses/.installed")
    script = Path(__file__).with_name("peer_addresses.py")
    done = subprocess.run(
        [PEER_PYTHON, script, name],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{name} failed: {done.stderr.strip().splitlines()[-1:]}")
    answer = json.loads(done.stdout.splitlines()[-1])
    return answer["divisions"], answer["seconds"]


def peer_row(
    name: str, rows: list[tuple[str, Divisions]], found: list[Divisions], rate: float
) -> None:
    """One row."""
    pairs = [(want, got) for (_, want), got in zip(rows, found, strict=True)]
    elements = sum(len(want) for want, _ in pairs)
    right = sum(got.get(kind) == name_ for want, got in pairs for kind, name_ in want.items())
    whole = sum(all(got.get(kind) == name_ for kind, name_ in want.items()) for want, got in pairs)
    print(
        f"| {name} | {len(rows):,} | {rate:,.0f} | {right / elements:.2%} |"
        f" {whole / len(rows):.2%} |"
    )


if __name__ == "__main__":
    main()
