"""Subtrees: what is written is read again, and every damage is one line."""

import struct

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cim.errors import SourceDataError
from tiles.tiles3d import subtree
from tiles.tiles3d.morton import from_morton, level_start, morton, node_numbers, node_places
from tiles.tiles3d.subtree import Nodes, Subtree
from tiles.tiles3d.subtree_read import available_counts, unpack

SCHEMES = ("QUADTREE", "OCTREE")


@st.composite
def subtrees(draw: st.DrawFn) -> Subtree:
    """Subtrees of any availability, with metadata or without."""
    scheme, levels = draw(st.sampled_from(SCHEMES)), draw(st.integers(1, 3))
    chance = np.random.default_rng(draw(st.integers(0, 2**32)))
    share = draw(st.sampled_from((0.0, 0.3, 1.0)))
    nodes = level_start(scheme, levels)
    tiles = chance.random(nodes) < share
    contents = [tiles & (chance.random(nodes) < 0.5) for _ in range(draw(st.integers(0, 2)))]
    told = draw(st.booleans()) and share > 0
    count = int(tiles.sum())
    tile_values = {
        "TILE_BOUNDING_BOX": chance.normal(size=(count, 12)),
        "TILE_GEOMETRIC_ERROR": chance.random(count),
    }
    return Subtree(
        scheme,
        levels,
        Nodes(tiles, tile_values if told and count else {}),
        tuple(
            Nodes(each, {"CONTENT_BOUNDING_BOX": chance.normal(size=(int(each.sum()), 12))})
            if told and each.any() and all(other.any() for other in contents)
            else Nodes(each)
            for each in contents
        ),
        chance.random((4 if scheme == "QUADTREE" else 8) ** levels) < share,
    )


def make_subtree() -> Subtree:
    """A quadtree of two levels: the root and its second child, which has the only content."""
    tiles = np.array([True, False, True, False, False])
    return Subtree(
        "QUADTREE",
        2,
        Nodes(tiles, {"TILE_BOUNDING_BOX": np.arange(24.0).reshape(2, 12)}),
        (Nodes(np.array([False, False, True, False, False])),),
        np.arange(16) == 7,
    )


def read(data: bytes, made: Subtree | None = None) -> Subtree:
    """Read a subtree file with the schema of a subtree."""
    made = made or make_subtree()
    schema = subtree.schema("city", [made])
    return unpack(data, made.scheme, made.levels, schema=schema, where="0.subtree")


@given(subtrees())
@settings(max_examples=60, deadline=None)
def test_what_is_packed_is_unpacked(made: Subtree) -> None:
    data = subtree.pack(made)
    assert len(data) % 8 == 0
    found = read(data, made)
    assert np.array_equal(found.children, made.children)
    assert len(found.contents) == len(made.contents)
    pairs = zip((found.tiles, *found.contents), (made.tiles, *made.contents), strict=True)
    for one, two in pairs:
        assert np.array_equal(one.available, two.available)
        assert one.metadata.keys() == two.metadata.keys()
        for name, values in two.metadata.items():
            assert np.array_equal(one.metadata[name], values)


def test_bits_stand_in_the_order_that_clients_read() -> None:
    data = subtree.pack(make_subtree())
    length = struct.unpack_from("<4sIQQ", data)[2]
    document = orjson.loads(data[24 : 24 + length])
    binary = data[24 + length :]
    view = document["bufferViews"][document["tileAvailability"]["bitstream"]]
    assert binary[view["byteOffset"] :][: view["byteLength"]] == bytes([0b00101])
    children = document["bufferViews"][document["childSubtreeAvailability"]["bitstream"]]
    assert binary[children["byteOffset"] :][: children["byteLength"]] == bytes([0x80, 0])
    assert all(each["byteOffset"] % 8 == 0 for each in document["bufferViews"])
    assert available_counts(data, "") == {
        "tileAvailability": 2, "childSubtreeAvailability": 1, "contentAvailability/0": 1,
    }  # fmt: skip


def test_morton_order_counts_x_first() -> None:
    cells = np.array([[0, 0], [1, 0], [0, 1], [1, 1], [2, 0]])
    assert morton(cells).tolist() == [0, 1, 2, 3, 4]
    assert morton(np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]])).tolist() == [1, 2, 4]


@given(st.lists(st.integers(0, 2**40 - 1), min_size=1), st.sampled_from((2, 3)))
def test_morton_goes_back(codes: list[int], axes: int) -> None:
    places = np.array(codes, np.int64)
    assert np.array_equal(morton(from_morton(places, axes)), places)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_node_knows_its_number(scheme: str) -> None:
    levels, cells = node_places(scheme, 3)
    numbers = node_numbers(scheme, levels, cells)
    assert np.array_equal(numbers, np.arange(level_start(scheme, 3)))


def damaged(**members: object) -> bytes:
    """A JSON subtree with other members."""
    document = {
        "tileAvailability": {"constant": 1},
        "contentAvailability": [{"constant": 0}],
        "childSubtreeAvailability": {"constant": 0},
    }
    return orjson.dumps(document | members)


VIEWS = {
    "buffers": [{"byteLength": 8}],
    "bufferViews": [{"buffer": 0, "byteOffset": 0, "byteLength": 1}],
}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "0 bytes are too few"),
        (b"glTF" + bytes(30), "not a subtree"),
        (subtree.pack(make_subtree())[:-8], "states "),
        (b"{", "JSON chunk"),
        (b"[]".rjust(40), "not a subtree"),
        (damaged(tileAvailability={"constant": 2}), "legal: constant 0 or 1, or a bitstream"),
        (damaged(tileAvailability=None), "tileAvailability"),
        (damaged(tileAvailability={"bitstream": 0}), "bufferViews/0: no such buffer view"),
        (damaged(tileAvailability={"bitstream": 0}, **VIEWS), "byteLength 8 of 0 bytes"),
        (damaged(tileMetadata=3), "propertyTables/3: no such table"),
        (damaged(tileMetadata=0, propertyTables=[{"class": "tile", "count": 4}]), "count 4"),
        (damaged(tileMetadata=0, propertyTables=[{"class": "x", "count": 5}]), "'x' unknown"),
        (damaged(contentMetadata=[0, 1]), "2 for 1 contents"),
    ],
)
def test_damage_is_one_line(data: bytes, reason: str) -> None:
    with pytest.raises(SourceDataError, match=reason):
        read(data)


def test_bits_behind_the_last_node_are_refused() -> None:
    data = bytearray(subtree.pack(make_subtree()))
    length = struct.unpack_from("<4sIQQ", data)[2]
    data[24 + length] |= 0x80
    with pytest.raises(SourceDataError, match="bits after the first 5 are not 0"):
        read(bytes(data))


def test_an_external_buffer_is_asked_for() -> None:
    document = damaged(
        tileAvailability={"bitstream": 0},
        buffers=[{"uri": "bits.bin", "byteLength": 8}],
        bufferViews=VIEWS["bufferViews"],
    )
    found = unpack(
        document,
        "QUADTREE",
        2,
        schema={},
        where="0.subtree",
        get_buffer=lambda uri: bytes([5]) + bytes(7) if uri == "bits.bin" else b"",
    )
    assert found.tiles.available.tolist() == [True, False, True, False, False]
