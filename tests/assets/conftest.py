"""The sample city, made once for all its tests."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyogrio.raw
import pyproj
import pytest
import shapely

from assets.samples import generate


class Layer:
    """A layer read back from its file: columns by name and geometry in metres (EPSG:4547)."""

    def __init__(self, folder: Path, entry: dict[str, Any]) -> None:
        self.entry = entry
        path = folder / str(entry["file"])
        self.columns, shapes, crs = read_csv(path) if path.suffix == ".csv" else read_gdal(path)
        self.geometry = shapes if crs == "EPSG:4547" else to_metres(shapes)

    def __getitem__(self, name: str) -> list[Any]:
        return self.columns[name]

    def __len__(self) -> int:
        return len(self.geometry)


def read_gdal(path: Path) -> tuple[dict[str, list[Any]], Any, str]:
    meta, _, wkb, data = pyogrio.raw.read(path)
    columns = {
        str(name): values.tolist() for name, values in zip(meta["fields"], data, strict=True)
    }
    return columns, shapely.from_wkb(wkb), str(meta["crs"])


def read_csv(path: Path) -> tuple[dict[str, list[Any]], Any, str]:
    with path.open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    columns: dict[str, list[Any]] = {name: [row[name] for row in rows] for name in rows[0]}
    lon, lat = (np.array(columns[name], dtype=float) for name in ("lon", "lat"))
    return columns, shapely.points(lon, lat), "EPSG:4490"


def to_metres(shapes: Any) -> Any:
    transform = pyproj.Transformer.from_crs("EPSG:4490", "EPSG:4547", always_xy=True).transform
    return shapely.transform(shapes, lambda xy: np.column_stack(transform(*xy.T)))


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    generate(folder)
    return folder


@pytest.fixture(scope="session")
def manifest(sample_folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((sample_folder / "manifest.json").read_text("utf-8"))
    return loaded


@pytest.fixture(scope="session")
def layers(sample_folder: Path, manifest: dict[str, Any]) -> dict[str, Layer]:
    return {
        entry["layer"]: Layer(sample_folder, entry)
        for entry in manifest["layers"]
        if not entry["file"].endswith(".ifc")
    }
