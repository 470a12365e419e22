"""`cim address import`: registers from the command line."""

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import ROOT, cim, refusal, run_cim

PLATES = (
    "门牌编号,地址,经度,纬度\n"
    "M1,杭州市西湖区文三路259号,120.13,30.27\n"
    "M2,西湖区学院路8号,120.12,30.28\n"
    "M3,西湖区学院路9号,x,30.28\n"
)


@pytest.fixture
def city(tmp_path: Path) -> Path:
    folder = tmp_path / "city"
    cim("init", folder, "--division-code", "330106")
    return folder


def plates(folder: Path, text: str = PLATES, encoding: str = "utf-8") -> Path:
    path = folder / "plates.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_a_register_is_imported_and_reported(city: Path, tmp_path: Path) -> None:
    done = cim("address", "import", plates(tmp_path), "-w", city, "--who", "李雷")
    assert (done.row["new"], done.row["rejected"]) == (2, 1)
    assert done.row["reject_reasons"] == {"经度: is no number": 1}
    assert 'text = "地址"' in done.err
    (report,) = (city / "imports").glob("*.report.json")
    assert json.loads(report.read_text("utf-8"))["new"] == 2
    with Path(done.row["reject_file"]).open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["record"], row["地址"]) == ("3", "西湖区学院路9号")


def test_a_dry_run_leaves_the_store_alone(city: Path, tmp_path: Path) -> None:
    path = plates(tmp_path, encoding="gbk")
    done = cim("address", "import", path, "-w", city, "--dry-run")
    assert (done.row["new"], done.row["dry_run"]) == (2, True)
    assert "nothing was written" in done.err
    assert cim("address", "import", path, "-w", city).row["new"] == 2
    assert cim("address", "import", path, "-w", city).row["unchanged"] == 2


def test_a_mapping_says_what_the_columns_are(city: Path, tmp_path: Path) -> None:
    path = plates(tmp_path, PLATES.replace("地址", "内容"))
    assert "no column holds an address" in refusal("address", "import", path, "-w", city)
    mapping = tmp_path / "map.toml"
    mapping.write_text('[columns]\ntext = "内容"\nsource_id = "门牌编号"\n', encoding="utf-8")
    done = cim("address", "import", path, "--mapping", mapping, "-w", city)
    assert (done.row["new"], done.row["without_place"]) == (3, 3)


def test_what_is_wrong_is_one_line(city: Path, tmp_path: Path) -> None:
    path = plates(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    for words, message in (
        ((path, "--mapping", tmp_path / "none.toml"), "cannot be read"),
        ((path, "--encoding", "klingon"), "unknown encoding 'klingon'"),
        ((path, "--encoding", "big5"), "the header is no text in this encoding"),
        ((path, "--boundaries", "areas.code"), "legal: LAYER.FIELD; there are: none"),
        ((path, plates(other)), "several files are register 'plates'"),
        ((path, "--who", " "), "who: ' '; legal"),
        ((tmp_path / "none.csv",), "no such file"),
    ):
        assert message in refusal("address", "import", *words, "-w", city)
    assert run_cim("address", "import", path, "-w", tmp_path).code == 2


def test_an_import_that_is_killed_leaves_nothing(city: Path, tmp_path: Path) -> None:
    rows = "".join(f"M{n},西湖区文三路{n}号,120.1,30.2\n" for n in range(1, 40_000))
    path = plates(tmp_path, "门牌编号,地址,经度,纬度\n" + rows)
    words = ["address", "import", str(path), "-w", str(city), "--progress=json"]
    child = subprocess.Popen(
        [sys.executable, "-m", "api.cli.main", *words],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    with child:
        assert child.stderr is not None
        for line in child.stderr:
            if '"write"' in line:
                os.kill(child.pid, signal.SIGKILL)
                break
        child.stderr.read()
    assert child.returncode == -signal.SIGKILL
    done = cim("address", "import", path, "-w", city)
    assert (done.row["new"], done.row["unchanged"]) == (39_999, 0)
