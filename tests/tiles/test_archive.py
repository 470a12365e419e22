"""3D Tiles archives: written as the format asks for, read whoever wrote them."""

import contextlib
import hashlib
import io
import struct
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cim.errors import (
    BackendError,
    CimError,
    InputError,
    NotFoundError,
    SourceDataError,
    UnsupportedError,
)
from tiles.archive import INDEX_NAME, Archive, pack

FILES = {
    "tileset.json": b'{"asset": {"version": "1.1"}}',
    "0/1/2.glb": bytes(range(256)) * 9,
    "0/0.subtree": b"subt",
    "\u697c/\u4e00.glb": b"glTF",
}


def make_folder(folder: Path, files: dict[str, bytes]) -> Path:
    """A folder with files."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    path = tmp_path / "city.3tz"
    pack(make_folder(tmp_path / "folder", FILES), path)
    return path


def foreign(path: Path, method: int = zipfile.ZIP_STORED, **files: bytes) -> Path:
    """An archive as any zip program writes it: no index."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in (files or FILES).items():
            archive.writestr(name, data)
    return path


def test_files_come_back_by_their_names(packed: Path) -> None:
    with Archive(packed) as archive:
        assert archive.has_index
        assert sorted(archive.names()) == sorted(FILES)
        assert {name: archive.read(name) for name in FILES} == FILES
        assert list(archive.faults()) == []
        for name in ("nope", "", INDEX_NAME + "x", "0/1", "zzz"):
            assert archive.find(name) is None


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="/\0."), min_size=1),
        unique=True,
        max_size=40,
    )
)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_names_are_found(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    files = {f"n/{name}": name.encode() for name in names if len(name.encode()) < 200}
    folder = make_folder(tmp_path_factory.mktemp("any"), FILES | files)
    pack(folder, folder.with_suffix(".3tz"))
    with Archive(folder.with_suffix(".3tz")) as archive:
        assert all(archive.read(name) == data for name, data in files.items())
        assert list(archive.faults()) == []


def test_the_index_is_last_and_sorted_as_clients_search_it(packed: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        infos = archive.infolist()
        assert infos[-1].filename == INDEX_NAME
        assert all(info.compress_type == zipfile.ZIP_STORED for info in infos)
        index = archive.read(INDEX_NAME)
    records = [struct.unpack_from("<QQQ", index, at) for at in range(0, len(index), 24)]
    assert records == sorted(records)
    wanted = {
        (*struct.unpack("<QQ", hashlib.md5(info.filename.encode()).digest()), info.header_offset)  # noqa: S324 - the format's
        for info in infos[:-1]
    }
    assert set(records) == wanted


def test_equal_folders_give_equal_archives(packed: Path, tmp_path: Path) -> None:
    backwards = dict(reversed(FILES.items()))
    other = tmp_path / "other.3tz"
    pack(make_folder(tmp_path / "again", backwards), other)
    assert other.read_bytes() == packed.read_bytes()


def test_hidden_files_stay_out(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "folder", FILES | {".lock": b"", ".building-1/a.glb": b"x"})
    pack(folder, tmp_path / "city.3tz")
    with Archive(tmp_path / "city.3tz") as archive:
        assert sorted(archive.names()) == sorted(FILES)


def test_a_large_file_is_packed_in_pieces(tmp_path: Path) -> None:
    large = bytes(range(251)) * 70_000
    pack(make_folder(tmp_path / "folder", FILES | {"0.glb": large}), tmp_path / "city.3tz")
    with Archive(tmp_path / "city.3tz") as archive:
        assert archive.read("0.glb") == large
        assert list(archive.faults()) == []


def test_what_shrinks_may_lie_deflated(tmp_path: Path) -> None:
    chance = bytes(np.random.default_rng(1).integers(0, 256, 5000, np.uint8))
    folder = make_folder(tmp_path / "folder", FILES | {"noise.glb": chance})
    plain = pack(folder, tmp_path / "plain.3tz")
    assert pack(folder, tmp_path / "city.3tz", deflate=True) < plain
    with Archive(tmp_path / "city.3tz") as archive:
        assert {name: archive.read(name) for name in FILES} == FILES
        methods = {name: archive.find(name) for name in ("0/1/2.glb", "noise.glb")}
        assert [entry.method for entry in methods.values() if entry] == [8, 0]
        assert list(archive.faults()) == []
    with zipfile.ZipFile(tmp_path / "city.3tz") as zipped:
        assert zipped.testzip() is None


def test_a_folder_without_tileset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has no tileset\.json"):
        pack(tmp_path, tmp_path / "city.3tz")


def test_an_archive_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "folder", FILES)
    (tmp_path / "city.3tz").mkdir()
    with pytest.raises(BackendError, match=r"city\.3tz"):
        pack(folder, tmp_path / "city.3tz")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["city.3tz", "folder"]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_archives_of_others_are_read(tmp_path: Path, method: int) -> None:
    with Archive(foreign(tmp_path / "city.3tz", method)) as archive:
        assert not archive.has_index
        assert {name: archive.read(name) for name in archive.names()} == FILES
        assert archive.find("nope") is None
        assert "has no @3dtilesIndex1@" in next(archive.faults())


def test_sizes_behind_the_data_are_taken_from_the_directory(tmp_path: Path) -> None:
    path = tmp_path / "city.3tz"
    with path.open("wb") as target, zipfile.ZipFile(Pipe(target), "w") as archive:
        archive.writestr("tileset.json", FILES["tileset.json"])
    with Archive(path) as opened:
        assert opened.read("tileset.json") == FILES["tileset.json"]


class Pipe(io.RawIOBase):
    """A file that cannot seek, as a download is one."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, data: Any) -> int:
        """Hand on."""
        return self._target.write(data)


def test_zip64_entries_are_read(tmp_path: Path) -> None:
    path = tmp_path / "city.3tz"
    with zipfile.ZipFile(path, "w") as archive:
        with archive.open("tileset.json", "w", force_zip64=True) as entry:
            entry.write(FILES["tileset.json"])
        info = archive.infolist()[0]
        digest = hashlib.md5(b"tileset.json").digest()  # noqa: S324 - the format's
        archive.writestr(INDEX_NAME, digest + struct.pack("<Q", info.header_offset))
    with Archive(path) as opened:
        assert opened.has_index
        assert opened.read("tileset.json") == FILES["tileset.json"]


def test_more_files_than_32_bit_records_hold(tmp_path: Path) -> None:
    path = tmp_path / "city.3tz"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(66_000):
            archive.writestr(zipfile.ZipInfo(f"{number}.glb"), b"x")
        records = [
            hashlib.md5(info.filename.encode()).digest() + struct.pack("<Q", info.header_offset)  # noqa: S324 - the format's
            for info in archive.infolist()
        ]
        records.sort(key=lambda record: struct.unpack_from("<QQ", record))
        archive.writestr(INDEX_NAME, b"".join(records))
    with Archive(path) as opened:
        assert opened.has_index
        assert opened.read("65999.glb") == b"x"


def change(path: Path, at: int, data: bytes) -> Path:
    """Write over a few bytes of a file."""
    content = bytearray(path.read_bytes())
    content[at : at + len(data)] = data
    path.write_bytes(content)
    return path


def test_a_record_that_leads_to_another_file_is_a_fault(packed: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        index = archive.read(INDEX_NAME)
    at = packed.read_bytes().index(index)
    change(packed, at + 16, index[24 + 16 : 24 + 24])
    with Archive(packed) as archive:
        assert any("no local header of this name" in fault for fault in archive.faults())


def test_records_out_of_order_are_a_fault(packed: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        index = archive.read(INDEX_NAME)
    at = packed.read_bytes().index(index)
    change(packed, at, index[24:48] + index[:24])
    with Archive(packed) as archive:
        assert any("not in the order" in fault for fault in archive.faults())


@pytest.mark.parametrize("content", [b"", b"x", b"PK\3\4" + bytes(50), b"x" * 70_000])
def test_what_is_no_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "city.3tz"
    path.write_bytes(content)
    with pytest.raises(SourceDataError, match=r"city\.3tz"):
        Archive(path)


def test_a_missing_archive_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such archive"):
        Archive(tmp_path / "city.3tz")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_archive_is_one_line(packed: Path, share: float) -> None:
    data = packed.read_bytes()
    packed.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(SourceDataError, match=r"city\.3tz"):
        Archive(packed)


def test_any_damaged_byte_is_an_error_of_ours(packed: Path) -> None:
    sound = packed.read_bytes()
    for at in range(0, len(sound), 7):
        packed.write_bytes(sound[:at] + bytes([sound[at] ^ 0xFF]) + sound[at + 1 :])
        with contextlib.suppress(CimError), Archive(packed) as archive:
            list(archive.faults())
            for name in FILES:
                archive.read(name)


def test_an_inflated_bomb_is_cut_off(tmp_path: Path) -> None:
    path = foreign(tmp_path / "city.3tz", zipfile.ZIP_DEFLATED, **{"a.glb": bytes(1 << 20)})
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("a.glb").header_offset
    change(path, start + 22, struct.pack("<I", 10))
    with Archive(path) as archive, pytest.raises(SourceDataError, match="other bytes than stated"):
        archive.read("a.glb")


def test_other_compressions_are_named(packed: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        start = archive.getinfo("0/1/2.glb").header_offset
    change(packed, start + 8, struct.pack("<H", 93))
    with Archive(packed) as opened, pytest.raises(UnsupportedError, match="zstd; legal: stored"):
        opened.read("0/1/2.glb")


def test_an_encrypted_entry_is_refused(packed: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        start = archive.getinfo("0/1/2.glb").header_offset
    change(packed, start + 6, struct.pack("<H", 1))
    with Archive(packed) as opened, pytest.raises(UnsupportedError, match="encrypted"):
        opened.read("0/1/2.glb")


def test_an_archive_cut_while_open_is_not_touched(packed: Path) -> None:
    with Archive(packed) as archive:
        with packed.open("rb+") as file:
            file.truncate(10)
        with pytest.raises(BackendError, match="written over while open"):
            archive.read("0/1/2.glb")
