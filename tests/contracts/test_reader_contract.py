"""What every reader promises, asked of each plugin of `cim.readers`."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import orjson
import pytest
import shapely

from cim import plugins
from cim.errors import CimError, SourceDataError
from cim.readers.base import Reader, ReadOptions
from cim.reading import reader_for
from tests.conftest import shared_path

READERS = plugins.names("cim.readers")
SAMPLES = {
    "citygml": "data/models/citygml/Potsdam_LoD1.gml",
    "cityjson": "data/models/cityjson/delft.json",
    "mesh": "data/models/mesh/CesiumMilkTruck.glb",
    "ifc": "data/models/ifc/ifclite_infra-bridge.ifc",
    "vector": "data/addresses/hk_als_20251004/wong_tai_sin.geojson.gz",
}
"""A real file of each format; a new reader brings its own line."""

ONE_AT_A_TIME = ReadOptions(batch_size=64)


@pytest.fixture(params=READERS)
def name(request: pytest.FixtureRequest) -> str:
    """A reader's plugin name."""
    return str(request.param)


@pytest.fixture
def reader(name: str) -> Reader:
    """The reader itself."""
    loaded: Reader = plugins.load(name, "cim.readers")
    return loaded


@pytest.fixture
def sample(name: str) -> Path:
    """A real file of its format."""
    return shared_path(SAMPLES[name])


def test_its_files_come_to_it(reader: Reader, sample: Path) -> None:
    assert reader_for(sample) is reader
    assert reader.claims(sample)


def test_endings_are_lower_case_and_begin_with_a_dot(reader: Reader) -> None:
    for suffix in reader.suffixes:
        assert suffix == suffix.lower()
        assert suffix.startswith(".")


def test_just_one_reader_is_the_last_resort() -> None:
    loaded: Iterator[Reader] = (plugins.load(name, "cim.readers") for name in READERS)
    assert sum(not reader.suffixes for reader in loaded) == 1


def test_it_reads_as_many_records_as_it_describes(reader: Reader, sample: Path) -> None:
    info = reader.describe(sample, ONE_AT_A_TIME)
    records: list[int] = []
    for batch in reader.read(sample, ONE_AT_A_TIME):
        records += [*batch.records.tolist(), *(reject.record for reject in batch.rejects)]
        assert len(batch) <= ONE_AT_A_TIME.batch_size
    assert info.count in {len(records), None}
    assert sorted(records) == list(range(1, len(records) + 1))
    assert info.id_rule
    assert info.layer


def test_all_batches_have_one_schema_and_the_stated_crs(reader: Reader, sample: Path) -> None:
    batches = list(reader.read(sample, ONE_AT_A_TIME))
    assert len({str(batch.attributes.schema) for batch in batches}) == 1
    assert {batch.crs for batch in batches} == {reader.describe(sample, ONE_AT_A_TIME).crs}


def test_reading_twice_gives_the_same(reader: Reader, sample: Path) -> None:
    first = next(iter(reader.read(sample, ONE_AT_A_TIME)))
    again = next(iter(reader.read(sample, ONE_AT_A_TIME)))
    assert first.source_ids == again.source_ids
    assert first.attributes.equals(again.attributes)
    assert shapely.equals_identical(first.geometry, again.geometry).all()


def test_ids_name_one_record_each(reader: Reader, sample: Path) -> None:
    ids = [key for batch in reader.read(sample, ReadOptions()) for key in batch.source_ids]
    assert None not in ids
    assert len(set(ids)) == len(ids)


def test_surfaces_belong_to_features_and_are_solid(reader: Reader, sample: Path) -> None:
    for batch in reader.read(sample, ONE_AT_A_TIME):
        surfaces = batch.surfaces
        assert np.isin(surfaces.feature, np.arange(len(batch))).all()
        assert shapely.has_z(surfaces.geometry).all()
        counts = shapely.get_num_geometries(surfaces.geometry).tolist()
        assert [len(kinds) for kinds in surfaces.kinds] == counts


def test_another_crs_is_taken_from_the_options(reader: Reader, sample: Path) -> None:
    options = ReadOptions(crs="EPSG:3857", batch_size=64)
    assert next(iter(reader.read(sample, options))).crs == "EPSG:3857"


def test_a_layer_that_is_not_there_is_refused(reader: Reader, sample: Path) -> None:
    with pytest.raises(CimError, match=r"nowhere.*known: "):
        reader.describe(sample, ReadOptions(layer="nowhere"))


def test_bad_files_are_refused_in_one_line(reader: Reader, name: str, tmp_path: Path) -> None:
    suffix = (*reader.suffixes, ".gpkg")[0]
    contents = {"none": None, "empty": b"", "noise": np.random.default_rng(2).bytes(999)}
    contents["other"] = orjson.dumps({"type": "Topology", "name": name})
    for kind, content in contents.items():
        path = tmp_path / f"{kind}{suffix}"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(SourceDataError) as caught:
            reader.describe(path, ReadOptions())
        assert "\n" not in str(caught.value)
        assert path.name in str(caught.value)
