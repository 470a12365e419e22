"""Doors with all that is told of them are the doors and facts that are read one by one."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from addressing.model import Link
from addressing.registry.doors import doors, facts_of, head_of
from addressing.registry.store import Registry
from addressing.registry.values import Change
from addressing.registry.whole_doors import WholeDoors
from tests.addressing.registry.making import new_city, put

TEXTS = ("西湖区文三路20号", "西湖区文三路20号之3", "西湖区文三路30号翠苑新村3幢1单元502室")


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    """A few addresses."""
    made = Registry(new_city(tmp_path))
    for text in TEXTS:
        put(made, text)
    yield made
    made.close()


@pytest.mark.parametrize("choose", [lambda fids: fids[:1], lambda fids: fids])
def test_they_tell_what_doors_and_facts_tell(
    choose: Callable[[list[int]], list[int]], registry: Registry
) -> None:
    with doors(registry) as feed:
        known = {door.fid: door for door in feed.doors}
    fids = choose(list(known))
    head, found = WholeDoors(registry).read(fids)
    head_of_facts, facts = facts_of(registry, fids)
    assert head == head_of_facts == head_of(registry)
    assert found.keys() == set(fids)
    for fid, door in found.items():
        one, fact = known[fid], facts[fid]
        assert (int(door.code), door.values, door.lon, door.lat) == (
            one.code, one.values, one.lon, one.lat,
        )  # fmt: skip
        told = (door.text, door.codes, door.entity_id, door.layer)
        assert told == (fact.text, fact.codes, fact.entity_id, fact.layer)


def test_addresses_that_are_gone_are_no_doors(registry: Registry) -> None:
    with doors(registry) as feed:
        first, *others = (door.fid for door in feed.doors)
    reader = WholeDoors(registry)
    _, found = reader.read([first])
    registry.retire(found[first].code, who="李雷", why="拆除")
    assert reader.read([first]) == (-1, {})
    head, found = reader.read([first, *others])
    assert (head, set(found)) == (head_of(registry), set(others))


def test_of_several_things_a_door_is_linked_to_the_main_one_is_told(registry: Registry) -> None:
    with doors(registry) as feed:
        linked, other, *_ = feed.doors
    links = (Link("BLDG1", "main"), Link("BLDG2", "auxiliary"))
    registry.correct(f"{linked.code:016d}", Change(links=links), who="李雷", why="关联楼栋")
    for fids in ([linked.fid], [linked.fid, 1000], [linked.fid, other.fid]):
        _, facts = facts_of(registry, fids)
        _, found = WholeDoors(registry).read(fids)
        assert facts[linked.fid].entity_id == found[linked.fid].entity_id == "BLDG1"
