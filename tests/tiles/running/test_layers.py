"""Tilesets of layers: built by workers, brought up to date tile by tile."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import orjson
import psutil  # type: ignore[import-untyped]
import pytest

from cim.errors import BackendError, SourceDataError
from tests.tiles.making import column, glb_files, root_of
from tests.tiles.running.making import edit, load_buildings
from tiles.build import build
from tiles.gltf import glb, read
from tiles.gltf.read import Gltf
from tiles.options import BuildOptions, BuildReport
from tiles.running.layer import LayerSource
from tiles.tiles3d.info import info
from tiles.tiles3d.validate import validate
from tiles.tiling.quadtree import Limits

SMALL = Limits(features=40, triangles=4_000, upper_features=16)


def build_layer(path: Path, output: Path, **options: Any) -> BuildReport:
    source = LayerSource(path, "buildings")
    usual: dict[str, Any] = {
        "limits": SMALL,
        "class_code": "BLDG",
        "workers": 1,
        "partition_features": 150,
    }
    return build(source, BuildOptions(output, **(usual | options)))


def referenced(folder: Path) -> dict[str, bytes]:
    """Contents of the tileset that stands, by the names of their tiles."""
    waiting, found = [root_of(folder)["root"]], {}
    while waiting:
        tile = waiting.pop()
        waiting += tile.get("children", [])
        uri = tile.get("content", {}).get("uri", "")
        if uri.endswith(".json"):
            waiting.append(orjson.loads((folder / uri).read_bytes())["root"])
        elif uri:
            found[Path(uri).name.rsplit("-", 1)[0]] = (folder / uri).read_bytes()
    return found


def heights_of(folder: Path) -> dict[str, float]:
    """Height of each feature of the tileset that stands, by source name."""
    heights: dict[str, float] = {}
    for name, data in referenced(folder).items():
        content = Gltf(*glb.unpack(data, where=name), name)
        stored = read.property_tables(content)[0]
        numbers = read.numbers(
            content, stored["properties"]["height_m"], "FLOAT32", stored["count"]
        )
        heights |= dict(zip(column(content, "name"), numbers.tolist(), strict=True))
    return heights


def test_layer_gives_the_tileset_that_its_batches_give(tmp_path: Path) -> None:
    store = load_buildings(tmp_path / "city.gpkg", 400)
    one = build_layer(tmp_path / "city.gpkg", tmp_path / "one")
    options = BuildOptions(tmp_path / "two", limits=SMALL, class_code="BLDG")
    two = build(store.read("buildings"), options)
    assert one.version == two.version
    assert validate(tmp_path / "one") == []
    assert info(tmp_path / "one").features == 400


def test_workers_do_not_change_what_is_written(tmp_path: Path) -> None:
    load_buildings(tmp_path / "city.gpkg", 400)
    one = build_layer(tmp_path / "city.gpkg", tmp_path / "one")
    two = build_layer(tmp_path / "city.gpkg", tmp_path / "two", workers=2)
    assert one.version == two.version
    assert heights_of(tmp_path / "two")["b6"] == 16


def test_unchanged_layer_writes_nothing(tmp_path: Path) -> None:
    load_buildings(tmp_path / "city.gpkg", 300)
    first = build_layer(tmp_path / "city.gpkg", tmp_path / "out")
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.*[nb]")}
    again = build_layer(tmp_path / "city.gpkg", tmp_path / "out")
    assert (again.mode, again.written, again.version) == ("unchanged", 0, first.version)
    assert times == {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.*[nb]")}


def test_changed_building_rebuilds_its_tile_only(tmp_path: Path) -> None:
    load_buildings(tmp_path / "city.gpkg", 500)
    build_layer(tmp_path / "city.gpkg", tmp_path / "out", tiles_per_document=5)
    before = referenced(tmp_path / "out")
    edit(tmp_path / "city.gpkg", "UPDATE buildings SET height_m = 88.5 WHERE fid = 123")
    report = build_layer(tmp_path / "city.gpkg", tmp_path / "out", tiles_per_document=5)
    after = referenced(tmp_path / "out")
    assert (report.mode, report.written, report.features) == ("incremental", 1, 500)
    assert len([name for name in after if before.get(name) != after[name]]) == 1
    assert heights_of(tmp_path / "out")["b123"] == 88.5
    assert validate(tmp_path / "out") == []


def test_retired_new_and_moved_buildings_are_followed(tmp_path: Path) -> None:
    path = tmp_path / "city.gpkg"
    load_buildings(path, 500)
    build_layer(path, tmp_path / "out")
    load_buildings(path, 503, without=(17,), moved={99: 0.004})
    report = build_layer(path, tmp_path / "out")
    assert report.mode == "incremental"
    found = heights_of(tmp_path / "out")
    assert set(found) == {f"b{n}" for n in range(1, 504) if n != 17}
    assert validate(tmp_path / "out") == []
    fresh = build_layer(path, tmp_path / "fresh")
    assert fresh.features == report.features == 502


def test_geometric_errors_stay_true_after_changes(tmp_path: Path) -> None:
    path = tmp_path / "city.gpkg"
    load_buildings(path, 500)
    build_layer(path, tmp_path / "out")
    edit(path, "UPDATE buildings SET valid_to = '2026-01-01T00:00:00Z' WHERE fid % 31 = 0")
    report = build_layer(path, tmp_path / "out")
    assert report.mode == "incremental"
    assert validate(tmp_path / "out") == []
    assert info(tmp_path / "out").features == report.features == 500 - 500 // 31


@pytest.mark.parametrize(
    ("statement", "options"),
    [
        ("UPDATE buildings SET height_m = 5 WHERE fid <= 200", {}),
        ("UPDATE buildings SET height_m = 5 WHERE fid = 2", {"floors": True}),
    ],
    ids=["too much changed", "other settings"],
)
def test_large_changes_build_everything(
    statement: str, options: dict[str, Any], tmp_path: Path
) -> None:
    load_buildings(tmp_path / "city.gpkg", 400)
    build_layer(tmp_path / "city.gpkg", tmp_path / "out")
    edit(tmp_path / "city.gpkg", statement)
    report = build_layer(tmp_path / "city.gpkg", tmp_path / "out", **options)
    assert report.mode == "full"
    assert heights_of(tmp_path / "out")["b2"] == 5
    assert validate(tmp_path / "out") == []


def test_tile_that_overflows_makes_the_tree_grow_anew(tmp_path: Path) -> None:
    path = tmp_path / "city.gpkg"
    load_buildings(path, 1_200)
    build_layer(path, tmp_path / "out")
    load_buildings(path, 1_310, crowded=range(1_201, 1_311))
    report = build_layer(path, tmp_path / "out")
    assert (report.mode, report.features) == ("full", 1_310)
    assert validate(tmp_path / "out") == []


def test_content_that_someone_deleted_is_mended(tmp_path: Path) -> None:
    load_buildings(tmp_path / "city.gpkg", 300)
    build_layer(tmp_path / "city.gpkg", tmp_path / "out")
    glb_files(tmp_path / "out")[3].unlink()
    report = build_layer(tmp_path / "city.gpkg", tmp_path / "out")
    assert report.written == 0
    assert validate(tmp_path / "out") == []


def test_layer_without_a_usable_feature_is_an_error(tmp_path: Path) -> None:
    load_buildings(tmp_path / "city.gpkg", 3)
    edit(tmp_path / "city.gpkg", "UPDATE buildings SET valid_to = '2026-01-01T00:00:00Z'")
    with pytest.raises(SourceDataError, match="the source is empty"):
        build_layer(tmp_path / "city.gpkg", tmp_path / "out")
    assert not (tmp_path / "out" / "tileset.json").exists()


BUILD = """
import os, signal, sys
from pathlib import Path
from tests.tiles.running.test_layers import SMALL, LayerSource
from tiles.build import build
from tiles.options import BuildOptions

def told(progress):
    print(progress.stage, progress.done, flush=True)
    if sys.argv[3] == "wait" and progress.stage == "write":
        signal.pause()
    if sys.argv[3] == "die" and (progress.stage, progress.done >= 150) == ("write", True):
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    options = BuildOptions(
        Path(sys.argv[2]), limits=SMALL, class_code="BLDG", workers=int(sys.argv[4]),
        partition_features=150,
    )
    build(LayerSource(Path(sys.argv[1]), "buildings"), options, told)
"""


def run(tmp_path: Path, how: str, workers: int = 1) -> subprocess.Popen[str]:
    (tmp_path / "run.py").write_text(BUILD)
    root = Path(__file__).parents[3]
    command = [sys.executable, "run.py", "city.gpkg", "out", how, str(workers)]
    environment = os.environ | {"PYTHONPATH": str(root)}
    return subprocess.Popen(
        command, cwd=tmp_path, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_killed_build_is_taken_up_where_it_was(tmp_path: Path) -> None:
    load_buildings(tmp_path / "city.gpkg", 900)
    killed = run(tmp_path, "die")
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "out" / "tileset.json").exists()
    resumed = build_layer(tmp_path / "city.gpkg", tmp_path / "out")
    whole = build_layer(tmp_path / "city.gpkg", tmp_path / "whole")
    assert 0 < resumed.written < whole.written
    assert resumed.version == whole.version
    assert referenced(tmp_path / "out") == referenced(tmp_path / "whole")
    assert (tmp_path / "out" / "tileset.json").read_bytes() == (
        tmp_path / "whole" / "tileset.json"
    ).read_bytes()


def workers_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process(process.pid).children(recursive=True)
        if "spawn_main" in " ".join(child.cmdline())
    ]


def wait_for(process: subprocess.Popen[str], stage: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(stage):
            return
    raise AssertionError(process.stderr and process.stderr.read())


def test_workers_end_when_the_build_is_killed(tmp_path: Path) -> None:
    load_buildings(tmp_path / "city.gpkg", 900)
    process = run(tmp_path, "wait", workers=2)
    wait_for(process, "read")
    workers = workers_of(process)
    assert workers
    process.kill()
    process.communicate()
    psutil.wait_procs(workers, timeout=10)
    assert not [worker for worker in workers if worker.is_running()]


def test_ctrl_c_leaves_no_process_and_no_temporary_file(tmp_path: Path) -> None:
    load_buildings(tmp_path / "city.gpkg", 900)
    process = run(tmp_path, "wait", workers=2)
    wait_for(process, "write")
    workers = workers_of(process)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    psutil.wait_procs(workers, timeout=10)
    assert not [worker for worker in workers if worker.is_running()]
    assert not list((tmp_path / "out" / ".build").glob("work-*"))
    assert not (tmp_path / "out" / "tileset.json").exists()


def test_worker_that_is_killed_is_one_clear_error(tmp_path: Path) -> None:
    load_buildings(tmp_path / "city.gpkg", 900)
    killed: list[int] = []

    def kill_one(_: object) -> None:
        children = psutil.Process().children(recursive=True)
        for child in children if not killed else ():
            if "spawn_main" in " ".join(child.cmdline()):
                child.kill()
                killed.append(child.pid)
                time.sleep(0.2)
                return

    source = LayerSource(tmp_path / "city.gpkg", "buildings")
    options = BuildOptions(tmp_path / "out", limits=SMALL, workers=2, partition_features=60)
    with pytest.raises(BackendError, match="worker process was ended"):
        build(source, options, kill_one)
    assert not (tmp_path / "out" / "tileset.json").exists()
