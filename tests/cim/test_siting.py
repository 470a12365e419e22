"""Opening sources: what is imported, what is asked of the machine, what is missing."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cim.errors import ConfigError
from cim.extras import require
from cim.readers.base import ReadOptions
from cim.siting import Anchor, Siting, survey
from tests.commands import ROOT
from tests.conftest import shared_path

HEAVY = ("trimesh", "collada", "rasterio", "laspy", "ifcopenshell", "PIL", "meshopt")
ANCHOR = Siting(anchor=Anchor(114.3, 30.6, 25.0))


def test_choosing_a_reader_imports_no_heavy_library() -> None:
    path = shared_path("data/models/mesh/fuze.obj")
    code = (
        "import sys; from pathlib import Path; from cim.reading import reader_for; "
        "from cim.readers.base import ReadOptions; p = Path(sys.argv[1]); "
        "reader_for(p).describe(p, ReadOptions()); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert [name for name in HEAVY if name in done.stdout.split()] == []


def test_missing_library_names_the_extra_that_brings_it() -> None:
    with pytest.raises(ConfigError, match=r"needs the extra 'models' \(pip install"):
        require("no_such_library", "models")


@pytest.mark.parametrize("suffix", [".obj", ".gltf", ".dae"])
def test_no_mesh_reaches_for_the_network(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_words: object, **_options: object) -> None:
        pytest.fail("a connection was asked for")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    address = "http://192.0.2.1/wall.png"
    path = tmp_path / f"model{suffix}"
    if suffix == ".obj":
        (tmp_path / "a.mtl").write_text(f"newmtl wall\nmap_Kd {address}\n")
        square = "v 0 0 0\nv 1 0 0\nv 1 1 0\n"
        path.write_text(f"mtllib {address}\nmtllib a.mtl\n{square}usemtl wall\nf 1 2 3\n")
    elif suffix == ".gltf":
        path.write_text(
            '{"asset":{"version":"2.0"},"scenes":[{"nodes":[0]}],"nodes":[{"mesh":0}],'
            '"meshes":[{"primitives":[{"attributes":{"POSITION":0},"material":0}]}],'
            '"materials":[{"pbrMetallicRoughness":{"baseColorTexture":{"index":0}}}],'
            f'"textures":[{{"source":0}}],"images":[{{"uri":"{address}"}}],'
            '"accessors":[{"bufferView":0,"componentType":5126,"count":3,"type":"VEC3"}],'
            '"bufferViews":[{"buffer":0,"byteLength":36}],"buffers":[{"byteLength":36,"uri":'
            '"data:;base64,AAAAAAAAAAAAAAAAAACAPwAAAAAAAAAAAAAAAAAAgD8AAAAA"}]}'
        )
    else:
        path.write_text(COLLADA.format(picture=address))
    (batch,) = survey(path, ReadOptions(), ANCHOR).read()
    assert all(material.texture is None for material in batch.palette)
    assert any("never fetched" in note for note in batch.notes)


def test_elevation_of_a_placed_model_is_ellipsoidal() -> None:
    site = survey(shared_path("data/models/mesh/tour_part_dieu_1.obj"), ReadOptions(), ANCHOR)
    (batch,) = site.read()
    (row,) = site.settle(batch).batch.attributes.to_pylist()
    assert row["ground_elevation_m"] == pytest.approx(25 - 11.257868, abs=1e-5)


COLLADA = """<?xml version="1.0"?>
<COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1">
<asset><up_axis>Z_UP</up_axis></asset>
<library_images><image id="i"><init_from>{picture}</init_from></image></library_images>
<library_effects><effect id="e"><profile_COMMON>
<newparam sid="s"><surface type="2D"><init_from>i</init_from></surface></newparam>
<newparam sid="t"><sampler2D><source>s</source></sampler2D></newparam>
<technique sid="c"><lambert><diffuse><texture texture="t" texcoord="UV"/></diffuse></lambert>
</technique></profile_COMMON></effect></library_effects>
<library_materials><material id="m"><instance_effect url="#e"/></material></library_materials>
<library_geometries><geometry id="g"><mesh>
<source id="p"><float_array id="pa" count="9">0 0 0 1 0 0 1 1 0</float_array>
<technique_common><accessor source="#pa" count="3" stride="3"><param name="X" type="float"/>
<param name="Y" type="float"/><param name="Z" type="float"/></accessor></technique_common></source>
<vertices id="v"><input semantic="POSITION" source="#p"/></vertices>
<triangles count="1" material="M"><input semantic="VERTEX" source="#v" offset="0"/>
<p>0 1 2</p></triangles></mesh></geometry></library_geometries>
<library_visual_scenes><visual_scene id="s"><node id="a"><instance_geometry url="#g">
<bind_material><technique_common><instance_material symbol="M" target="#m"/></technique_common>
</bind_material></instance_geometry></node></visual_scene></library_visual_scenes>
<scene><instance_visual_scene url="#s"/></scene></COLLADA>"""
