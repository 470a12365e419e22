"""The glb container."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim.errors import SourceDataError
from tiles.gltf import glb


@given(
    st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=4), st.binary(max_size=99)
)
def test_unpack_gives_back_what_pack_took(document: dict[str, str], binary: bytes) -> None:
    found, data = glb.unpack(glb.pack(document, binary), where="x")
    assert found == document
    assert data.startswith(binary)
    assert len(data) - len(binary) < 8


@given(st.binary(max_size=30))
def test_chunks_begin_on_eight_byte_borders(binary: bytes) -> None:
    data = glb.pack({"a": "号"}, binary)
    json_length = int.from_bytes(data[12:16], "little")
    assert len(data) % 8 == 0
    assert (20 + json_length + 8) % 8 == 0


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "too few"),
        (b"b3dm" + bytes(20), "not a glb"),
        (glb.pack({}, b"")[:-1], "states"),
        (b"glTF" + bytes([2, 0, 0, 0, 12, 0, 0, 0]), "no JSON chunk"),
        (b"glTF" + bytes([2, 0, 0, 0, 20, 0, 0, 0, 9, 0, 0, 0]) + b"JSON", "cut short"),
    ],
)
def test_broken_files_are_told_apart(data: bytes, reason: str) -> None:
    with pytest.raises(SourceDataError, match=reason):
        glb.unpack(data, where="x.glb")
