"""The index follows the store: every change is seen by the next request."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from addressing.model import Place
from addressing.registry.store import Registry
from addressing.registry.values import Change
from geocode.city import NAME, CityGeocoder
from tests.geocode.making import Plate, put


def labels(geocoder: CityGeocoder, text: str) -> list[str]:
    return [one.label for one in geocoder.search(text).results if one.address_code]


def test_a_new_address_is_found_by_the_next_request(
    hangzhou: CityGeocoder, registry: Registry
) -> None:
    assert labels(hangzhou, "文二西路7号") == []
    made = put(registry, "西湖区文二西路7号")
    found = hangzhou.search("文二西路7号").results[0]
    assert found.address_code == made.code
    assert hangzhou.reverse(found.lon, found.lat)[0].distance_m < 1


def test_what_another_worker_indexed_is_seen_too(
    hangzhou: CityGeocoder, registry: Registry, folder: Path
) -> None:
    other = CityGeocoder(registry, folder)
    assert labels(other, "文二西路7号") == labels(hangzhou, "文二西路7号") == []
    put(registry, "西湖区文二西路7号")
    assert len(labels(hangzhou, "文二西路7号")) == 1
    assert len(labels(other, "文二西路7号")) == 1
    other.close()


def test_a_new_lane_of_a_known_street_is_found_by_every_worker(
    hangzhou: CityGeocoder, registry: Registry, folder: Path
) -> None:
    other = CityGeocoder(registry, folder)
    texts = ("西湖区文三路9弄3号", "西湖区文山路9弄3号")
    for worker in (hangzhou, other):
        assert [label for text in texts for label in labels(worker, text)] == []
    made = put(registry, texts[0])
    for worker in (hangzhou, other):
        for text in texts:
            assert worker.search(text).results[0].address_code == made.code
    registry.retire(made.code, who="李雷", why="拆除")
    for worker in (hangzhou, other):
        assert [label for text in texts for label in labels(worker, text)] == []
    other.close()


@pytest.mark.parametrize("harm", ["gone", "torn", "older", "of another store"])
def test_an_index_that_cannot_be_trusted_is_made_anew(
    harm: str, registry: Registry, folder: Path
) -> None:
    before = CityGeocoder(registry, folder)
    assert labels(before, "文三路20号")
    before.close()
    path = folder / NAME
    match harm:
        case "gone":
            path.unlink()
        case "torn":
            path.write_bytes(path.read_bytes()[: 3 * 4096])
        case "older":
            _set(path, "version", "0")
        case _:
            _set(path, "head", "999999")
            _run(path, "DELETE FROM key")
    after = CityGeocoder(registry, folder)
    assert labels(after, "文三路20号")
    after.close()


def _set(path: Path, name: str, value: str) -> None:
    _run(path, f"UPDATE setting SET value = '{value}' WHERE name = '{name}'")


def _run(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_doors_that_come_move_and_go_are_so_in_reverse(
    hangzhou: CityGeocoder, registry: Registry
) -> None:
    assert hangzhou.reverse(120.2, 30.3) == []
    made = put(registry, "西湖区文二西路7号", 120.2, 30.3)
    assert hangzhou.reverse(120.2, 30.3)[0].result.address_code == made.code
    moved = Change(place=Place(120.21, 30.3))
    registry.correct(made.code, moved, who="李雷", why="门移位")
    assert hangzhou.reverse(120.2, 30.3) == []
    assert hangzhou.reverse(120.21, 30.3)[0].distance_m < 1
    registry.retire(made.code, who="李雷", why="拆除")
    assert hangzhou.reverse(120.21, 30.3) == []
    assert labels(hangzhou, "文二西路7号") == []


def test_doors_that_move_and_go_are_so_in_the_next_search(
    hangzhou: CityGeocoder, registry: Registry
) -> None:
    found = hangzhou.search("文三路20号").results[0]
    moved = Change(place=Place(120.2, 30.3))
    registry.correct(found.address_code, moved, who="李雷", why="门移位")
    again = hangzhou.search("文三路20号").results[0]
    assert (again.address_code, again.lon, again.lat) == (found.address_code, 120.2, 30.3)
    registry.retire(found.address_code, who="李雷", why="拆除")
    assert labels(hangzhou, "文三路20号") == []
    assert len(labels(hangzhou, "文三路21号")) == 1


def test_what_another_process_changes_is_told_by_the_next_search(
    hangzhou: CityGeocoder, tmp_path: Path
) -> None:
    found = hangzhou.search("文三路20号").results[0]
    retire = (
        "import sys; from pathlib import Path; from addressing.registry.store import Registry; "
        "Registry(Path(sys.argv[1])).retire(sys.argv[2], who='李雷', why='拆除')"
    )
    command = (sys.executable, "-c", retire, str(tmp_path / "city.gpkg"), found.address_code)
    subprocess.run(command, check=True)
    assert labels(hangzhou, "文三路20号") == []


def test_several_threads_may_search_at_once(
    tainan: CityGeocoder, tainan_plates: list[Plate]
) -> None:
    texts = [plate.text for plate in tainan_plates[:400]]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda text: tainan.search(text).results[0].label, texts * 4))
    assert found == texts * 4
