"""Two writers at once."""

import subprocess
import sys
from pathlib import Path

import pytest

from cim.store.gpkg import PLUGIN, GpkgStore

ROOT = Path(__file__).resolve().parents[3]
ROUNDS, COUNT = 4, 300
WRITER = f"""
import sys
from dataclasses import replace
from pathlib import Path
from cim.store.gpkg import GpkgStore
from tests.making import DRAFT, SOURCE, coded, make_batch
path, layer = Path(sys.argv[1]), sys.argv[2]
store = GpkgStore(path)
for number in range({ROUNDS}):
    ids = [f"{{layer}}-{{number}}-{{n}}" for n in range({COUNT})]
    source = replace(SOURCE, name=f"source{{number}}")
    store.load(replace(DRAFT, name=layer), source, iter([coded(make_batch({COUNT}, ids=ids))]))
"""


@pytest.mark.e2e
def test_ids_of_one_place_given_by_two_processes_never_meet(tmp_path: Path) -> None:
    path = tmp_path / "city.gpkg"
    PLUGIN.create(path, "EPSG:4490")
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), layer], cwd=ROOT)
        for layer in ("east", "west")
    ]
    assert [writer.wait() for writer in writers] == [0, 0]
    store = GpkgStore(path)
    given = [
        text
        for layer in ("east", "west")
        for batch in store.read(layer, columns=("entity_id",))
        for text in batch.attributes["entity_id"].to_pylist()
    ]
    store.close()
    assert len(given) == 2 * ROUNDS * COUNT
    assert len(set(given)) == len(given)
    sequences = {int(text[20:23], 36) for text in given}
    assert sequences == set(range(2 * ROUNDS))
