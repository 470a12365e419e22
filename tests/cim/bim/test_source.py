"""IFC files before they are opened: packing, wholeness, schema."""

import struct
import zipfile
import zlib
from pathlib import Path

import inflate64
import pytest

from cim.bim.limits import Limits
from cim.bim.source import opened
from cim.errors import SourceDataError, UnsupportedError
from tests.cim.bim.reading import path_of

WHOLE = path_of("s05_ifc4x3_m_utm31_mapconversion.ifc").read_bytes()


def unpacked(path: Path, limits: Limits = Limits()) -> bytes:  # noqa: B008 - a frozen value
    with opened(path, limits) as plain:
        return plain.read_bytes()


def packed(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def deflate64(path: Path, data: bytes, *, checksum: int | None = None) -> Path:
    """A zip archive with one member by method 9, which `zipfile` does not write."""
    deflater = inflate64.Deflater()
    body = deflater.deflate(data) + deflater.flush()
    crc = zlib.crc32(data) if checksum is None else checksum
    common = struct.pack("<HHHHHLLLHH", 45, 0, 9, 0, 33, crc, len(body), len(data), 9, 0)
    local = b"PK\3\4" + common + b"model.ifc" + body
    entry = b"PK\1\2" + struct.pack("<H", 45) + common + struct.pack("<HHHLL", 0, 0, 0, 0, 0)
    entry += b"model.ifc"
    end = b"PK\5\6" + struct.pack("<HHHHLLH", 0, 0, 1, 1, len(entry), len(local), 0)
    path.write_bytes(local + entry + end)
    return path


def refusal(path: Path, limits: Limits = Limits()) -> str:  # noqa: B008 - a frozen value
    with pytest.raises(SourceDataError) as caught, opened(path, limits):
        pass
    text = str(caught.value)
    assert path.name in text
    assert "\n" not in text
    return text


def test_a_plain_file_is_taken_where_it_lies() -> None:
    path = path_of("s05_ifc4x3_m_utm31_mapconversion.ifc")
    with opened(path, Limits()) as plain:
        assert plain == path


def test_a_packed_file_is_unpacked_and_gone_afterwards(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.ifczip", {"readme.txt": b"x", "deep/In/Model.IFC": WHOLE})
    with opened(path, Limits()) as plain:
        assert plain.read_bytes() == WHOLE
    assert not plain.exists()


def test_deflate64_is_unpacked(tmp_path: Path) -> None:
    assert unpacked(deflate64(tmp_path / "a.ifczip", WHOLE)) == WHOLE


def test_deflate64_with_a_wrong_sum_is_refused(tmp_path: Path) -> None:
    path = deflate64(tmp_path / "a.ifczip", WHOLE, checksum=1)
    assert "checksum" in refusal(path)


def test_noise_in_deflate64_is_refused(tmp_path: Path) -> None:
    path = deflate64(tmp_path / "a.ifczip", WHOLE)
    data = bytearray(path.read_bytes())
    data[60:400] = bytes(255 - b for b in data[60:400])
    path.write_bytes(data)
    refusal(path)


def test_archives_without_one_model_are_refused(tmp_path: Path) -> None:
    assert "nothing" in refusal(packed(tmp_path / "none.ifczip", {}))
    assert "readme.txt" in refusal(packed(tmp_path / "other.ifczip", {"readme.txt": b"x"}))
    two = packed(tmp_path / "two.ifczip", {"a.ifc": WHOLE, "b.ifc": WHOLE})
    assert "a.ifc, b.ifc" in refusal(two)


def test_bombs_are_refused_before_they_are_unpacked(tmp_path: Path) -> None:
    bomb = packed(tmp_path / "bomb.ifczip", {"a.ifc": b" " * 50_000_000})
    assert "250 times" in refusal(bomb)
    assert "1 MiB" in refusal(
        packed(tmp_path / "big.ifczip", {"a.ifc": b"#" * 1_200_000}), Limits(unpacked_mib=1)
    )


def test_a_bomb_that_lies_about_its_size_is_stopped_there(tmp_path: Path) -> None:
    path = deflate64(tmp_path / "a.ifczip", b" " * 30_000_000)
    data = path.read_bytes()
    lying = data.replace(struct.pack("<L", 30_000_000), struct.pack("<L", 5_000))
    path.write_bytes(lying)
    assert "size" in refusal(path)


def test_a_cut_off_archive_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.ifczip", {"a.ifc": WHOLE})
    path.write_bytes(path.read_bytes()[:-200])
    refusal(path)


def test_cut_off_models_are_refused(tmp_path: Path) -> None:
    assert "cut off" in refusal(path_of("s14_truncated.ifc"))
    inside = packed(tmp_path / "a.ifczip", {"a.ifc": WHOLE[:-300]})
    assert "cut off" in refusal(inside)


def test_missing_and_empty_files_are_refused(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "none.ifc")
    assert "empty" in refusal(path_of("s15_empty_file.ifc"))


def test_what_is_no_step_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.ifc"
    path.write_bytes(b'<?xml version="1.0"?><ifcXML/>')
    assert "no IFC file" in refusal(path)


@pytest.mark.parametrize("schema", ["IFC4X3_RC2", "IFC2X_FINAL", "CIS2"])
def test_other_schemas_are_named(tmp_path: Path, schema: str) -> None:
    path = tmp_path / "a.ifc"
    path.write_bytes(WHOLE.replace(b"IFC4X3_ADD2", schema.encode()))
    with pytest.raises(UnsupportedError, match=rf"{schema} is not read; known: IFC2X3"):
        unpacked(path)


def test_the_road_of_a_draft_schema_is_refused_by_its_name() -> None:
    with pytest.raises(UnsupportedError, match="IFC4X3_RC2"):
        unpacked(path_of("KIT-Simple-Road-IFC4x3_RC2.ifc"))


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "a.ifc"
    path.write_bytes(b"\xef\xbb\xbf" + WHOLE)
    assert unpacked(path)
