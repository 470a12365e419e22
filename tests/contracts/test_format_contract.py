"""What every format of features promises: whole files, valid when empty, nothing left behind."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from api.ogc.encoding import PLAIN, Representation
from api.ogc.formats.base import Export, Format
from api.ogc.offers import PACKAGE, of_suffix
from api.ogc.reading import BATCH, batches
from cim import plugins
from cim.features import FeatureBatch
from cim.store.base import ItemQuery, Store
from tests.api.cities import PLATES_DRAFT, buildings, load, open_city, plates

NAMES = plugins.names(PACKAGE)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_city(tmp_path_factory.mktemp("formats"))
    load(opened, buildings())
    load(opened, plates(), PLATES_DRAFT)
    yield opened
    opened.close()


@pytest.fixture(params=NAMES)
def kind(request: pytest.FixtureRequest) -> Format:
    found: Format = plugins.load(request.param, PACKAGE)
    return found


def export_of(store: Store, layer: str, count: int = 1000) -> Export:
    """The first features of a layer."""
    known = store.layer(layer)
    fids = store.fids(layer, ItemQuery(limit=count)) if count else np.zeros(0, np.int64)
    return Export(known, PLAIN, lambda: batches(store, known, fids, None))


def test_its_facts_are_told(kind: Format) -> None:
    assert "/" in kind.media_type
    assert kind.suffix.startswith(".")
    assert set(kind.titles) == {"zh", "en"}
    assert of_suffix(f"建筑{kind.suffix}") is not None


def test_the_same_features_make_the_same_number_of_bytes(kind: Format, store: Store) -> None:
    first, second = (b"".join(kind.stream(export_of(store, "buildings"))) for _ in range(2))
    assert len(first) == len(second) > 100


@pytest.mark.parametrize("layer", ["buildings", "plates"])
def test_no_feature_at_all_makes_a_file_too(kind: Format, store: Store, layer: str) -> None:
    text = b"".join(kind.stream(export_of(store, layer, 0)))
    is_sequence = kind.media_type.endswith("json-seq")
    assert bool(text) != is_sequence


def test_more_features_make_a_longer_file(kind: Format, store: Store) -> None:
    few, many = (len(b"".join(kind.stream(export_of(store, "buildings", n)))) for n in (0, 25))
    assert few < many or (kind.suffix == ".gpkg" and few <= many)


def test_geometry_can_be_left_out(kind: Format, store: Store) -> None:
    bare = replace(
        export_of(store, "buildings"),
        representation=Representation(PLAIN.crs, ("name",), geometry=False),
    )
    text = b"".join(kind.stream(bare))
    assert text


def test_nothing_is_left_behind(
    kind: Format, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither after the whole file nor when the client hangs up after its first piece."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for _ in kind.stream(export_of(store, "buildings")):
        assert not list(tmp_path.iterdir())
    hung_up = kind.stream(export_of(store, "buildings"))
    next(hung_up)
    hung_up.close()
    assert not list(tmp_path.iterdir())


def test_a_fault_of_the_store_is_not_a_shorter_file(
    kind: Format, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    good = export_of(store, "buildings")

    def read() -> Iterator[FeatureBatch]:
        yield from good.read()
        raise OSError("disk gone")

    with pytest.raises(OSError, match="disk gone"):
        b"".join(kind.stream(replace(good, read=read)))
    assert not list(tmp_path.iterdir())


def test_batches_are_read_in_the_order_asked_for(store: Store) -> None:
    layer = store.layer("buildings")
    fids = store.fids("buildings", ItemQuery(limit=BATCH))[::-1]
    read = np.concatenate([batch.records for batch in batches(store, layer, fids, ("name",))])
    np.testing.assert_array_equal(read, fids)
    names = [
        name
        for batch in batches(store, layer, fids, ("name",))
        for name in batch.attributes.column("name").to_pylist()
    ]
    assert names[0] == "25 号楼"
