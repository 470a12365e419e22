"""Given IFC models, each read once for all tests."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import shapely

from cim.arrays import Float64
from cim.bim.model import IfcModel
from cim.bim.session import read_all
from cim.bim.source import opened
from cim.crs import CITY_CRS
from cim.features import FeatureBatch
from cim.readers.base import ReadOptions, SourceInfo
from cim.readers.ifc import IfcReader
from cim.siting import Siting, survey
from tests.conftest import shared_path

GIVEN = "data/models/ifc"
SYNTHETIC = "data/models/ifc_synthetic"
READER = IfcReader()


@dataclass(frozen=True, slots=True)
class Reading:
    """A layer of a model."""

    batch: FeatureBatch
    info: SourceInfo


@lru_cache(maxsize=64)
def read(name: str, layer: str | None = None) -> Reading:
    """A layer of a given model, in its own frame."""
    path = path_of(name)
    options = ReadOptions(layer=layer)
    (batch,) = READER.read(path, options)
    return Reading(batch, READER.describe(path, options))


@lru_cache(maxsize=64)
def model_of(name: str) -> IfcModel:
    """A given model without its shapes."""
    path = path_of(name)
    with opened(path, READER.limits) as plain:
        (model,) = read_all(plain, str(path), (), READER.limits)
    assert isinstance(model, IfcModel)
    return model


def place_of(name: str) -> Float64:
    """West, south, east, north of the elements of a given model, in degrees."""
    path = path_of(name)
    site = survey(path, ReadOptions(), Siting())
    settled = site.settle(read(name).batch)
    assert settled.batch.crs == CITY_CRS
    return np.array(shapely.total_bounds(settled.batch.geometry))


def path_of(name: str) -> Path:
    """Where a given model lies."""
    folder = SYNTHETIC if name.startswith("s") and name[1:3].isdigit() else GIVEN
    return shared_path(f"{folder}/{name}")


def changed(folder: Path, name: str, *changes: tuple[str, str], added: str = "") -> Path:
    """A given model with texts exchanged and lines added."""
    text = path_of(name).read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    head, end, tail = text.rpartition("ENDSEC;")
    path = folder / "changed.ifc"
    path.write_text(head + added + end + tail, "utf-8")
    return path
