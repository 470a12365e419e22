"""The model check: rules as data, findings with their places, reports."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyproj import Transformer

from cim import plugins
from cim.bim._wire import WireMesh, WireShape
from cim.bim.check.documents import from_json, to_json
from cim.bim.check.page import to_html
from cim.bim.check.report import CheckReport, check_model
from cim.bim.check.rulebook import HOUSE_RULES, KINDS, house_rules, read_rules
from cim.bim.check.run import read_subject
from cim.bim.check.watch import Watch
from cim.bim.limits import Limits
from cim.bim.model import IfcModel
from cim.bim.session import Lost, Shapes, read_all
from cim.errors import InputError
from tests.cim.bim.reading import changed, path_of
from tests.commands import cim, refusal, run_cim

SOUND = "s05_ifc4x3_m_utm31_mapconversion.ifc"
FAULTY = """
#201=IFCCARTESIANPOINT((0.,0.));
#202=IFCRECTANGLEPROFILEDEF(.AREA.,$,#42,4.,2.5);
#203=IFCEXTRUDEDAREASOLID(#202,#47,#48,2.5);
#204=IFCSHAPEREPRESENTATION(#9,'Body','SweptSolid',(#203));
#205=IFCPRODUCTDEFINITIONSHAPE($,$,(#204));
#206=IFCSPACE('0space0000000000000001',$,$,$,$,#56,#205,$,.ELEMENT.,.INTERNAL.,$);
#207=IFCSPACE('0space0000000000000002',$,'102',$,$,#56,#205,$,.ELEMENT.,.INTERNAL.,$);
#208=IFCRELAGGREGATES('0space0000000000000003',$,$,$,#32,(#206,#207));
#209=IFCQUANTITYAREA('NetFloorArea',$,$,11.,$);
#210=IFCELEMENTQUANTITY('0space0000000000000004',$,'Qto_SpaceBaseQuantities',$,$,(#209));
#211=IFCRELDEFINESBYPROPERTIES('0space0000000000000005',$,$,$,(#207),#210);
#212=IFCSLAB('0slab00000000000000001',$,'loose',$,$,#56,#51,$,.FLOOR.);
#213=IFCRELCONTAINEDINSPATIALSTRUCTURE('0slab00000000000000002',$,$,$,(#212),#24);
#214=IFCCARTESIANPOINT((9000.,0.,0.));
#215=IFCAXIS2PLACEMENT3D(#214,#5,#6);
#216=IFCLOCALPLACEMENT(#31,#215);
#217=IFCCOLUMN('0column000000000000001',$,'far',$,$,#216,#51,$,$);
#218=IFCRELCONTAINEDINSPATIALSTRUCTURE('0column000000000000002',$,$,$,(#217),#38);
#219=IFCBEAM('0beam00000000000000001',$,'bodiless',$,$,#56,$,$,$);
#221=IFCBUILDINGELEMENTPROXY('0kerb00000000000000001',$,'kerb',$,$,#56,#51,$,$);
#222=IFCRELCONTAINEDINSPATIALSTRUCTURE('0kerb00000000000000002',$,$,$,(#221),#18);
#220=IFCRELCONTAINEDINSPATIALSTRUCTURE('0beam00000000000000002',$,$,$,(#219),#38);
"""


@lru_cache(maxsize=8)
def report_of(name: str) -> CheckReport:
    """The check of a given model by the rules of the house."""
    return check_model(name, read_subject(path_of(name), Limits()), house_rules())


def findings(report: CheckReport) -> dict[str, list[str]]:
    """GlobalIds by rule, of the rules that found something."""
    return {
        rule.id: [one.global_id for one in rule.findings] for rule in report.rules if rule.findings
    }


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound model with one fault of each sort."""
    unstated = (",$,$,#31,$,$,.ELEMENT.,0.)", ",$,$,#31,$,$,.ELEMENT.,$)")
    low = (",$,$,#37,$,$,.ELEMENT.,3.)", ",$,$,#37,$,$,.ELEMENT.,0.3)")
    return changed(tmp_path_factory.mktemp("faulty"), SOUND, unstated, low, added=FAULTY)


@pytest.fixture(scope="module")
def faults(faulty: Path) -> CheckReport:
    return check_model(faulty.name, read_subject(faulty, Limits()), house_rules())


def test_each_fault_is_found_where_it_is(faults: CheckReport) -> None:
    found = findings(faults)
    assert found["space-without-name"] == ["0space0000000000000001"]
    assert found["space-without-area"] == ["0space0000000000000001"]
    assert found["space-area-differs"] == ["0space0000000000000002"]
    assert found["element-without-storey"] == ["0slab00000000000000001"]
    assert found["element-in-site"] == ["0kerb00000000000000001"]
    assert found["storey-height"] == ["307DdNo312JfwDn3zLPVvl"]
    assert found["element-far-away"] == ["0column000000000000001"]
    assert found["shape-none"] == ["0beam00000000000000001"]
    assert found["storey-without-elevation"] == ["1_GCwpWL9EYw7sR$2xVVpX"]
    assert "duplicate-global-ids" not in found
    assert "georeference-absent" not in found
    assert faults.has_errors


def test_a_finding_tells_class_name_storey_value_and_place(faults: CheckReport) -> None:
    (rule,) = (one for one in faults.rules if one.id == "space-area-differs")
    (one,) = rule.findings
    assert (one.ifc_class, one.name, one.storey) == ("IfcSpace", "102", "L0")
    assert one.value.en.startswith("stated 11.00 m² (Qto_SpaceBaseQuantities.NetFloorArea), comp")
    assert "10.00 m²" in one.value.zh
    assert one.position_m == pytest.approx((0.0, 0.0, 1.25))
    to_degrees = Transformer.from_crs("EPSG:32631", "EPSG:4326", always_xy=True)
    assert one.lon_lat_height is not None
    there = to_degrees.transform(629_000.0, 5_804_000.0)
    assert one.lon_lat_height[:2] == pytest.approx(there, abs=2e-6), "0.2 m: a rigid frame"
    assert rule.looked_at == 1


def test_the_nearest_of_several_stated_areas_counts() -> None:
    found = findings(report_of("AC20-FZK-Haus.ifc"))
    assert "space-area-differs" not in found, "the gross area is that of the shape"
    assert "element-off-site" not in found, "the terrain has a hole under the house"
    assert len(found["wall-properties"]) == 13


@pytest.mark.parametrize(
    ("name", "rule", "count"),
    [
        ("s02_ifc2x3_mm_no_georef.ifc", "georeference-absent", 1),
        ("s08_ifc4_empty_storeys_40.ifc", "storey-empty", 39),
        ("s09_ifc4_duplicate_globalid.ifc", "duplicate-global-ids", 4),
        ("s10_ifc4_bowtie_profile.ifc", "shape-open", 1),
        ("s11_ifc4_no_geometry_at_all.ifc", "model-without-shapes", 1),
        ("s13_ifc4_unknown_crs.ifc", "georeference-absent", 1),
    ],
)
def test_faulty_models_are_told_by_rule(name: str, rule: str, count: int) -> None:
    assert len(findings(report_of(name))[rule]) == count


def test_the_json_has_geojson_of_storeys_and_findings(faults: CheckReport) -> None:
    document: Mapping[str, Any] = json.loads(json.dumps(to_json(faults)))
    assert document["counts"]["error"] == sum(
        rule["count"] for rule in document["rules"] if rule["severity"] == "error"
    )
    whats = [one["properties"]["what"] for one in document["map"]["features"]]
    assert whats.count("storey") == 2
    points = [one for one in document["map"]["features"] if one["properties"]["what"] == "finding"]
    off = next(one for one in points if one["properties"]["rule"] == "element-without-storey")
    assert off["geometry"]["type"] == "Point"
    assert off["geometry"]["coordinates"][:2] == pytest.approx([4.886, 52.369], abs=0.01)


def test_the_page_stands_alone_in_both_languages(faults: CheckReport) -> None:
    page = to_html(faults)
    assert "空间未命名" in page
    assert "A space has no name" in page
    assert page.count('<svg class="plan"') >= 2
    for outside in ("http://", "https://", "src=", "<link"):
        assert outside not in page


def test_text_of_a_model_cannot_break_out_of_the_page(tmp_path: Path) -> None:
    path = changed(
        tmp_path, "s08_ifc4_empty_storeys_40.ifc", ("'L1'", "'<script>alert(1)</script>'")
    )
    page = to_html(check_model("<b>.ifc", read_subject(path, Limits()), house_rules()))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert "<b>.ifc" not in page


def test_rules_of_a_user_add_replace_and_switch_off(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        """
[[rule]]
id = "wall-properties"
off = true

[[rule]]
id = "storey-empty"
kind = "empty_storeys"
severity = "error"
zh = "空楼层"
en = "A storey is empty"

[[rule]]
id = "fire"
kind = "properties"
severity = "warning"
zh = "耐火极限"
en = "Fire rating"
[rule.parameters]
classes = ["IfcWall"]
property_set = "Pset_WallCommon"
properties = ["FireRating"]
values = ["EI90"]
""",
        "utf-8",
    )
    done = run_cim("bim", "check", path_of(SOUND), "--rules", own)
    rules = {row["rule"]: row for row in done.rows}
    assert done.code == 1
    assert "wall-properties" not in rules
    assert (rules["storey-empty"]["severity"], rules["storey-empty"]["findings"]) == ("error", 1)
    assert rules["fire"]["findings"] == 4


RULE = {"id": '"a"', "kind": '"units"', "severity": '"error"', "zh": '"一"', "en": '"A"'}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"kind": '"nope"'}, "unknown plugin 'nope'; known: duplicate_ids"),
        ({"severity": '"fatal"'}, "severity 'fatal'; legal: error, warning, info"),
        ({"id": '"No"'}, "id 'No'; legal"),
        ({"zh": '""'}, "zh = ''; legal"),
        ({"parameters": "{ least = 1 }"}, "no parameter 'least'; known: least_size_m"),
        ({"parameters": '{ least_size_m = "1" }'}, "least_size_m = '1'; legal: a number"),
        ({"parameters": "{ least_size_m = -1 }"}, "least_size_m = -1; legal: 0 to"),
        ({"colour": '"red"'}, "no key 'colour'; known: id, kind"),
    ],
)
def test_a_rule_that_is_not_legal_is_named(
    tmp_path: Path, change: dict[str, str], told: str
) -> None:
    file = tmp_path / "rules.toml"
    lines = (f"{key} = {value}" for key, value in (RULE | change).items())
    file.write_text("[[rule]]\n" + "\n".join(lines), "utf-8")
    with pytest.raises(InputError, match="rule 1") as refused:
        read_rules((file,))
    assert told in str(refused.value)
    assert str(file) in str(refused.value)


def test_a_file_that_holds_no_rules_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    for text in ("[[rules]]\n", "rule = 3\n", "not toml"):
        file.write_text(text, "utf-8")
        with pytest.raises(InputError, match="rules"):
            read_rules((file,))
    with pytest.raises(InputError, match="no file of rules"):
        read_rules((tmp_path / "missing.toml",))


def test_every_kind_of_rules_is_used_by_a_rule_of_the_house() -> None:
    assert {rule.kind for rule in read_rules((HOUSE_RULES,))} == set(plugins.names(KINDS))


def test_the_command_writes_page_and_json_and_exits_by_errors(tmp_path: Path) -> None:
    page = tmp_path / "r.html"
    done = cim("bim", "check", path_of(SOUND), "-o", page)
    assert page.read_text("utf-8").startswith("<!DOCTYPE html>")
    document = json.loads(page.with_suffix(".json").read_text("utf-8"))
    assert document["schema"] == "IFC4X3_ADD2"
    assert len(done.rows) == len(document["rules"])
    bad = run_cim("bim", "check", path_of("s09_ifc4_duplicate_globalid.ifc"))
    assert bad.code == 1
    assert "breaks rules; error: 4" in bad.err


def test_reports_of_other_kinds_and_broken_files_are_refused(tmp_path: Path) -> None:
    assert ".html or .json" in refusal("bim", "check", path_of(SOUND), "-o", tmp_path / "r.pdf")
    assert "no such folder" in refusal(
        "bim", "check", path_of(SOUND), "-o", tmp_path / "no" / "r.html"
    )
    assert "cut off" in refusal("bim", "check", path_of("s14_truncated.ifc"))
    assert "no such file" in refusal("bim", "check", tmp_path / "missing.ifc")


def test_a_report_read_back_is_the_same_page(faults: CheckReport) -> None:
    document = to_json(faults)
    again = from_json(json.loads(json.dumps(document)))
    assert to_json(again)["rules"] == document["rules"]
    assert to_html(again).count("<circle") == to_html(faults).count("<circle")


def test_a_load_keeps_the_check_and_tells_the_level(tmp_path: Path) -> None:
    city, own = tmp_path / "city", tmp_path / "own.toml"
    own.write_text('[[rule]]\nid = "wall-properties"\noff = true', "utf-8")
    cim("init", city)
    done = cim("load", path_of(SOUND), "-w", city, "--rules", own)
    assert done.row["check"] == {"error": 0, "warning": 0, "info": 1}
    assert done.row["level"]["level"] == "CIM4"
    assert "CIM level: CIM4 精细模型 (G1, N1)" in done.err
    document = json.loads(Path(done.row["check_file"]).read_text("utf-8"))
    assert "wall-properties" not in {rule["id"] for rule in document["rules"]}
    assert "模型检查报告" in Path(done.row["check_page"]).read_text("utf-8")


def test_lost_flat_and_endless_shapes_are_told_apart() -> None:
    path = path_of(SOUND)
    events = list(read_all(path, path.name, ("element",), Limits()))
    model = events[0]
    assert isinstance(model, IfcModel)
    numbers = [one.step_id for one in model.of_kind("element")]
    flat = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    faces = np.array([[0, 1, 2], [0, 2, 3], [2, 1, 0], [3, 2, 0]], np.int32)
    plain = np.zeros(len(faces), np.int32)
    meshes = [
        WireMesh("flat", flat, faces, plain, ()),
        WireMesh("endless", flat * np.nan, faces, plain, ()),
    ]
    unmoved = tuple(np.eye(4).ravel().tolist())
    watch = Watch()
    watch.see(model)
    watch.see(Lost(numbers[0], "the kernel crashed"))
    placed = [WireShape(numbers[1], "flat", unmoved), WireShape(numbers[2], "endless", unmoved)]
    watch.see(Shapes(meshes, placed))
    report = check_model(path.name, watch.subject(), house_rules())
    values = {
        one.value.en: rule.id
        for rule in report.rules
        for one in rule.findings
        if rule.id.startswith("shape-")
    }
    assert values == {
        "no shape can be made: the kernel crashed": "shape-lost",
        "a coordinate is not a finite number": "shape-lost",
        "its volume is 0 m³": "shape-flat",
    }
