"""Text that programs write into STEP files as it is."""

from pathlib import Path

import pytest

from cim.bim._text import coded, encoding_of
from cim.bim.limits import Limits
from cim.bim.source import opened_told
from tests.cim.models.making import load, open_store, rows, small, write

UPPER = "1RfZRX2dr4cQsOzOHnxqY8"


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("gbk", "二层办公（朝阳）"),
        ("utf-8", "二层办公 Büro"),
        ("utf-8-sig", "二层"),
        ("cp1252", "Büro Geschoß"),
        ("gb18030", "二层 办公 𠀀"),
    ],
)
def test_names_in_raw_bytes_are_read_and_it_is_said(
    tmp_path: Path, encoding: str, name: str
) -> None:
    path = tmp_path / "raw.ifc"
    path.write_bytes(small((",'L1',", f",'{name}',")).encode(encoding))
    store = open_store(tmp_path)
    report = load(store, path)
    assert rows(store, "bim_storeys")[UPPER]["name"] == name
    assert report.notes[0].startswith("its text is no plain STEP; read as ")
    store.close()


def test_a_file_in_its_alphabet_is_read_where_it_lies(tmp_path: Path) -> None:
    path = write(tmp_path)
    assert encoding_of(path) is None
    with opened_told(path, Limits()) as (plain, notes):
        assert (plain, notes) == (path, ())


def test_characters_beyond_the_first_plane_take_four_octets() -> None:
    assert coded("墙") == r"\X2\5899\X0\\"[:-1]
    assert coded("𠀀") == r"\X4\00020000\X0\\"[:-1]
