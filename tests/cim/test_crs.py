"""Names of CRSs, and the one step that settles a source in the city's CRS."""

import csv
import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Transformer

from cim.arrays import Float64, Uint8
from cim.crs import (
    CGCS2000_FAMILY,
    crs_code,
    is_cgcs2000,
    parse_crs,
    settle,
    transform,
)
from cim.crs_points import point_placer
from cim.errors import InputError, SourceDataError
from cim.features import FeatureBatch, Surfaces
from tests.conftest import shared_path

EXACT_DEG = 1e-9
OGC = "http://www.opengis.net/def/crs"
ROTTERDAM = (91_500.0, 436_500.0)
DATUM_WITHOUT_OPERATION = "EPSG:4610"


def make_batch(
    geometry: list[shapely.Geometry | None],
    crs: str,
    surfaces: list[shapely.Geometry] | None = None,
) -> FeatureBatch:
    """A batch of these geometries; each surface belongs to the feature of its place."""
    walls = surfaces or []
    kinds: tuple[Uint8, ...] = tuple(np.zeros(1, np.uint8) for _ in walls)
    return FeatureBatch(
        crs=crs,
        geometry=np.array([*geometry, None], object)[:-1],
        attributes=pa.table({"name": [f"n{row}" for row in range(len(geometry))]}),
        source_ids=tuple(f"id{row}" for row in range(len(geometry))),
        records=np.arange(1, len(geometry) + 1) * 10,
        surfaces=Surfaces(
            feature=np.arange(len(walls)),
            lod=("2",) * len(walls),
            geometry=np.array([*walls, None], object)[:-1],
            kinds=kinds,
        ),
    )


def make_points(xy: list[tuple[float, ...]], crs: str) -> FeatureBatch:
    return make_batch([shapely.Point(*position) for position in xy], crs)


def coordinates(batch: FeatureBatch) -> Float64:
    return np.asarray(shapely.get_coordinates(batch.geometry), np.float64)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("EPSG:4490", "EPSG:4490"),
        ("epsg: 4490", "EPSG:4490"),
        ("4490", "EPSG:4490"),
        ("EPSG:4490.0", "EPSG:4490"),
        ("CGCS2000", "EPSG:4490"),
        ("CGCS2000_3_Degree_GK_CM_114E", "EPSG:4547"),
        ("CGCS2000 / 3-degree Gauss-Kruger CM 114E", "EPSG:4547"),
        ("crs84", "OGC:CRS84"),
        ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", "OGC:CRS84"),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "OGC:CRS84"),
        ("urn:ogc:def:crs:EPSG::28992", "EPSG:28992"),
        ("http://www.opengis.net/gml/srs/epsg.xml#4326", "EPSG:4326"),
        ("https://www.opengis.net/def/crs/EPSG/0/7415", "EPSG:7415"),
        ("EPSG:28992+5709", "EPSG:7415"),
        ("urn:ogc:def:crs,crs:EPSG::25833,crs:EPSG::5783", "EPSG:5556"),
        (f"{OGC}-compound?1={OGC}/EPSG/0/28992&2={OGC}/EPSG/0/5709", "EPSG:7415"),
        ("+init=epsg:2326", "EPSG:2326"),
        (CRS("EPSG:4547").to_wkt("WKT1_ESRI"), "EPSG:4547"),
        (CRS("EPSG:28992").to_wkt("WKT1_GDAL"), "EPSG:28992"),
    ],
)
def test_a_crs_is_known_by_any_of_its_names(text: str, code: str) -> None:
    assert crs_code(parse_crs(text)) == code


def test_a_crs_without_code_keeps_its_whole_definition() -> None:
    local = "+proj=tmerc +lon_0=114.3 +x_0=800000 +ellps=krass +towgs84=15.8,-154.4,-82.3"
    code = crs_code(parse_crs(local))
    assert parse_crs(code) == parse_crs(local)
    assert "154.4" in code


@pytest.mark.parametrize(
    "text", ["EPSG:99999", "nonsense", "", "EPSG:5709", "EPSG:4978", 'LOCAL_CS["yard"]', "\x00"]
)
def test_an_unknown_crs_is_named_with_what_is_legal(text: str) -> None:
    with pytest.raises(InputError, match=r"unknown CRS .*legal: an authority code") as caught:
        parse_crs(text)
    assert repr(text) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_crs_of_a_source_names_the_source() -> None:
    with pytest.raises(SourceDataError, match=r"roads\.shp: unknown CRS 'EPSG:99999'"):
        parse_crs("EPSG:99999", "roads.shp")


def test_a_part_of_a_name_is_not_taken_for_the_name() -> None:
    with pytest.raises(InputError, match="did you mean 'New Beijing'"):
        parse_crs("Beijing")


def test_the_cgcs2000_family_is_told_from_its_datum() -> None:
    horizontal = [code for code in CGCS2000_FAMILY if code != 4479]
    assert len(CGCS2000_FAMILY) == 67
    assert all(is_cgcs2000(parse_crs(f"EPSG:{code}")) for code in horizontal)
    assert is_cgcs2000(parse_crs("EPSG:4490+5737"))
    assert not any(is_cgcs2000(parse_crs(f"EPSG:{code}")) for code in (4326, 4610, 4214, 32650))


def projection_vectors() -> list[dict[str, str]]:
    text = shared_path("data/vectors/crs_cgcs2000_projection.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@pytest.mark.parametrize("row", projection_vectors(), ids=lambda row: row["epsg"])
def test_gauss_kruger_positions_settle_where_the_vectors_say(row: dict[str, str]) -> None:
    easting_northing = (float(row["easting_m"]), float(row["northing_m"]))
    settled = settle(make_points([easting_northing], f"EPSG:{row['epsg']}"))
    wanted = [float(row["lon_4490"]), float(row["lat_4490"])]
    assert settled.batch.crs == "EPSG:4490"
    assert coordinates(settled.batch)[0] == pytest.approx(wanted, abs=2e-9)
    assert settled.notes == ()


@given(
    lon=st.floats(112.6, 115.4),
    lat=st.floats(22.0, 45.0),
    code=st.sampled_from(["EPSG:4547", "EPSG:4526", "EPSG:3857", "EPSG:32649"]),
)
def test_settling_undoes_the_projection(lon: float, lat: float, code: str) -> None:
    base = "EPSG:4490" if is_cgcs2000(parse_crs(code)) else "EPSG:4326"
    projected = Transformer.from_crs(base, code, always_xy=True).transform(lon, lat)
    settled = settle(make_points([projected], code))
    assert coordinates(settled.batch)[0] == pytest.approx([lon, lat], abs=EXACT_DEG)


@pytest.mark.parametrize(
    ("code", "position"),
    [
        ("EPSG:28992", ROTTERDAM),
        ("EPSG:2326", (836_694.05, 819_069.80)),
        ("EPSG:3826", (169_500.0, 2_548_000.0)),
        ("EPSG:25833", (369_000.0, 5_808_000.0)),
        ("EPSG:2263", (985_000.0, 200_000.0)),
    ],
)
def test_a_datum_shift_is_never_dropped(code: str, position: tuple[float, float]) -> None:
    settled = settle(make_points([position], code))
    to_wgs84 = Transformer.from_crs(code, "EPSG:4326", always_xy=True)
    wanted = to_wgs84.transform(*position)
    assert coordinates(settled.batch)[0] == pytest.approx(wanted, abs=EXACT_DEG)
    assert any("taken as equal" in note for note in settled.notes)


def test_the_ballpark_that_proj_would_take_is_a_hundred_metres_off() -> None:
    direct = Transformer.from_crs("EPSG:28992", "EPSG:4490", always_xy=True)
    ballpark = np.array(direct.transform(*ROTTERDAM))
    settled = coordinates(settle(make_points([ROTTERDAM], "EPSG:28992")).batch)[0]
    assert np.abs(settled - ballpark).max() > 2e-4


def test_a_datum_without_published_transformation_is_refused() -> None:
    with pytest.raises(SourceDataError, match="no transformation from Xian 1980 to WGS 84"):
        settle(make_points([(114.0, 30.0)], DATUM_WITHOUT_OPERATION), where="old.shp")


def test_own_datum_parameters_make_an_old_datum_usable() -> None:
    local = "+proj=longlat +ellps=krass +towgs84=15.8,-154.4,-82.3 +type=crs"
    settled = settle(make_points([(114.0, 30.0)], local))
    wanted = Transformer.from_crs(local, "EPSG:4326", always_xy=True).transform(114.0, 30.0)
    assert coordinates(settled.batch)[0] == pytest.approx(wanted, abs=EXACT_DEG)


def test_an_operation_is_not_used_outside_the_place_it_was_made_for() -> None:
    pearl_river, chengdu = (113.3, 21.5), (104.0, 30.6)
    settled = settle(make_points([pearl_river, chengdu], "EPSG:4214"))
    assert len(settled.batch) == 1
    (reject,) = settled.rejects
    assert reject.record == 20
    assert "no published transformation from EPSG:4214" in reject.reason


@pytest.mark.parametrize("code", ["EPSG:4490", "EPSG:4326", "OGC:CRS84", "EPSG:4480", "EPSG:4979"])
def test_zero_shifts_leave_the_very_same_geometry(code: str) -> None:
    batch = make_points([(116.4, 39.9, 43.5)], code)
    settled = settle(batch)
    assert settled.batch.geometry[0] is batch.geometry[0]
    assert settled.batch.crs == "EPSG:4490"


def test_another_target_is_reached_through_both_datums() -> None:
    settled = settle(make_points([(114.0, 30.5)], "EPSG:4326"), "EPSG:4547")
    wanted = Transformer.from_crs("EPSG:4490", "EPSG:4547", always_xy=True).transform(114.0, 30.5)
    assert settled.batch.crs == "EPSG:4547"
    assert coordinates(settled.batch)[0] == pytest.approx(wanted, abs=1e-4)


def test_transform_there_and_back_returns_the_geometry() -> None:
    square = np.array([shapely.box(114.0, 30.5, 114.01, 30.51)], object)
    there = transform(square, "EPSG:4490", "EPSG:3857")
    back = transform(there, "EPSG:3857", "EPSG:4490")
    assert shapely.equals_exact(back, square, 1e-9).all()
    assert transform(square, "EPSG:4490", "CRS84")[0] is square[0]


@given(
    st.lists(
        st.tuples(st.sampled_from([4e5, 5e5, 5e5 + 1e-9]), st.sampled_from([3.5e6, 0.0, -0.0])),
        min_size=1,
        max_size=30,
    )
)
def test_places_that_repeat_go_where_each_of_them_goes_alone(
    places: list[tuple[float, float]],
) -> None:
    points = np.asarray(shapely.points(places), object)
    together = transform(points, "EPSG:4548", "EPSG:4490")
    alone = [transform(points[[row]], "EPSG:4548", "EPSG:4490")[0] for row in range(len(points))]
    assert shapely.equals_exact(together, alone).all()


def test_a_compound_target_is_refused() -> None:
    with pytest.raises(InputError, match="a compound CRS cannot be the target"):
        settle(make_points([(114.0, 30.5)], "EPSG:4490"), "EPSG:7415")


def test_mixed_geometries_keep_their_shape_and_their_heights() -> None:
    geometry = [
        shapely.Point(91_500, 436_500),
        None,
        shapely.from_wkt("LINESTRING Z (91500 436500 1, 91600 436600 2)"),
        shapely.from_wkt(
            "MULTIPOLYGON (((91500 436500, 91600 436500, 91600 436600, 91500 436500)))"
        ),
        shapely.from_wkt("POLYGON EMPTY"),
    ]
    settled = settle(make_batch(geometry, "EPSG:28992"))
    kinds = [None if g is None else g.geom_type for g in settled.batch.geometry]
    assert kinds == ["Point", None, "LineString", "MultiPolygon", "Polygon"]
    assert shapely.get_coordinates(settled.batch.geometry, include_z=True)[1:3, 2].tolist() == [
        1,
        2,
    ]
    assert not shapely.has_z(settled.batch.geometry[[0, 3]]).any()
    to_wgs84 = Transformer.from_crs("EPSG:28992", "EPSG:4326", always_xy=True)
    line = np.column_stack(to_wgs84.transform([91_500, 91_600], [436_500, 436_600]))
    np.testing.assert_allclose(
        shapely.get_coordinates(settled.batch.geometry[2]), line, rtol=0, atol=EXACT_DEG
    )


def test_surfaces_move_with_their_features() -> None:
    wall = "MULTIPOLYGON Z (((91500 436500 0, 91600 436500 0, 91600 436500 9, 91500 436500 0)))"
    batch = make_batch(
        [shapely.Point(ROTTERDAM), shapely.Point(0, 0)],
        "EPSG:7415",
        [shapely.from_wkt(wall), shapely.from_wkt(wall)],
    )
    settled = settle(batch)
    assert [reject.record for reject in settled.rejects] == [20]
    assert settled.batch.source_ids == ("id0",)
    assert settled.batch.surfaces.feature.tolist() == [0]
    moved = shapely.get_coordinates(settled.batch.surfaces.geometry, include_z=True)
    to_wgs84 = Transformer.from_crs("EPSG:28992", "EPSG:4326", always_xy=True)
    assert moved[0, :2] == pytest.approx(to_wgs84.transform(*ROTTERDAM), abs=EXACT_DEG)
    assert moved[:, 2].tolist() == [0, 0, 9, 0]


def test_heights_above_a_geoid_are_kept_and_named_when_the_grid_is_missing() -> None:
    settled = settle(make_points([(*ROTTERDAM, 7.25)], "EPSG:7415"))
    assert settled.batch.geometry[0].z == 7.25
    (note,) = [note for note in settled.notes if "heights stay" in note]
    assert "NAP height" in note
    assert "nlgeo2018.tif" in note


def test_yellow_sea_heights_have_no_geoid_model_and_say_so() -> None:
    settled = settle(make_points([(114.0, 30.5, 21.0)], "EPSG:4490+5737"))
    assert settled.batch.geometry[0].z == 21.0
    assert any("Yellow Sea 1985 height" in note for note in settled.notes)


def test_heights_of_a_horizontal_crs_are_said_to_have_no_reference() -> None:
    with_heights = settle(make_points([(*ROTTERDAM, 7.25)], "EPSG:28992"))
    assert any("names no height reference" in note for note in with_heights.notes)
    without = settle(make_points([ROTTERDAM], "EPSG:28992"))
    assert not any("height" in note for note in without.notes)


def test_heights_in_feet_become_metres() -> None:
    settled = settle(make_points([(985_000.0, 200_000.0, 100.0)], "EPSG:2263+6360"))
    assert settled.batch.geometry[0].z == pytest.approx(100.0 * 1200 / 3937)


def test_another_ellipsoidal_frame_moves_with_its_heights() -> None:
    batch = make_points([(4.45, 51.9, 40.0), (4.45, 51.9)], "EPSG:7912")
    settled = settle(batch)
    to_wgs84 = Transformer.from_crs("EPSG:7912", "EPSG:4979", always_xy=True)
    wanted = to_wgs84.transform(4.45, 51.9, 40.0)
    moved = shapely.get_coordinates(settled.batch.geometry, include_z=True)
    assert moved[0] == pytest.approx(wanted, abs=EXACT_DEG)
    assert np.isnan(moved[1, 2])
    projected = settle(batch, "EPSG:28992")
    assert projected.batch.geometry[0].z == pytest.approx(wanted[2], abs=1e-6)
    assert projected.batch.geometry[0].x == pytest.approx(projected.batch.geometry[1].x, abs=0.01)


def test_heights_become_ellipsoidal_when_the_geoid_grid_is_installed(tmp_path: Path) -> None:
    """A grid of 12.5 m everywhere, under the name PROJ knows for EGM96, in its own process."""
    rows, columns = 181, 360
    head = struct.pack(">4d2i", -90.0, -180.0, 1.0, 1.0, rows, columns)
    undulation = np.full(rows * columns, 12.5, ">f4").tobytes()
    (tmp_path / "egm96_15.gtx").write_bytes(head + undulation)
    script = (
        "import sys, numpy, pyproj, shapely\n"
        "pyproj.datadir.append_data_dir(sys.argv[1])\n"
        "from cim.crs import transform\n"
        "points = [shapely.Point(114.0, 30.5, 20.0), shapely.Point(114.0, 30.5)]\n"
        "tall, flat = transform(numpy.array(points, object), 'EPSG:4326+5773', 'EPSG:4490')\n"
        "print(tall.z, flat.has_z)\n"
    )
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=root,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "32.5 False\n"


def test_positions_outside_the_area_of_use_are_rejected_with_number_and_value() -> None:
    batch = make_points([ROTTERDAM, (900_000.0, 436_500.0), ROTTERDAM], "EPSG:28992")
    settled = settle(batch)
    assert settled.batch.records.tolist() == [10, 30]
    (reject,) = settled.rejects
    assert (reject.record, reject.field, reject.value) == (20, "geometry", "(900000, 436500)")
    assert "outside the area of EPSG:28992: legal x " in reject.reason


def test_a_city_across_the_edge_of_its_zone_is_accepted() -> None:
    to_zone = Transformer.from_crs("EPSG:4490", "EPSG:4547", always_xy=True)
    edge = to_zone.transform(111.3, 30.0)
    settled = settle(make_points([edge], "EPSG:4547"))
    assert coordinates(settled.batch)[0] == pytest.approx([111.3, 30.0], abs=EXACT_DEG)


def test_an_island_south_of_the_land_of_its_zone_is_accepted() -> None:
    to_zone = Transformer.from_crs("EPSG:4490", "EPSG:4549", always_xy=True)
    tainan = to_zone.transform(120.2, 22.99)
    assert len(settle(make_points([tainan], "EPSG:4549")).batch) == 1


def test_an_easting_with_zone_number_does_not_pass_for_one_without() -> None:
    settled = settle(make_points([(38_500_000.0, 3_300_000.0)], "EPSG:4547"))
    assert len(settled.batch) == 0
    assert len(settled.rejects) == 1


@pytest.mark.parametrize(
    "position",
    [(np.nan, 30.0), (114.0, np.inf), (114.0, 30.0, np.nan), (114.0, 30.0, -np.inf)],
)
def test_a_coordinate_that_is_no_number_is_rejected(position: tuple[float, ...]) -> None:
    settled = settle(make_points([(114.0, 30.0), position], "EPSG:4490"))
    assert [reject.record for reject in settled.rejects] == [20]
    assert settled.rejects[0].reason == "a coordinate is not a finite number"


@pytest.mark.parametrize(
    ("code", "position"),
    [("EPSG:28992", ROTTERDAM), ("EPSG:4490", (116.4, 39.9)), ("EPSG:4326", (116.4, 39.9))],
)
def test_swapped_axes_are_named_with_the_option_that_mends_them(
    code: str, position: tuple[float, float]
) -> None:
    swapped = make_points([position[::-1]] * 3, code)
    with pytest.raises(SourceDataError, match=r"plots.csv: the axes look swapped.*--swap-axes"):
        settle(swapped, where="plots.csv")
    mended = settle(swapped, swap_axes=True)
    straight = settle(make_points([position] * 3, code))
    assert shapely.equals(mended.batch.geometry, straight.batch.geometry).all()


def test_one_swapped_record_is_a_reject_among_good_ones() -> None:
    settled = settle(make_points([(116.4, 39.9), (116.5, 39.8), (39.9, 116.4)], "EPSG:4490"))
    assert [reject.record for reject in settled.rejects] == [30]


def test_an_area_across_the_antimeridian_holds_both_sides() -> None:
    settled = settle(make_points([(179.5, -17.0), (-179.5, -17.0), (0.0, -17.0)], "EPSG:4720"))
    assert settled.batch.records.tolist() == [10, 20]


def test_settling_nothing_gives_nothing() -> None:
    settled = settle(make_batch([], "EPSG:28992"))
    assert len(settled.batch) == 0
    assert settled.rejects == ()


def test_routes_found_by_several_threads_at_once_let_no_warning_of_proj_through() -> None:
    names = [f"{number}.gml" for number in range(24)]
    with ThreadPoolExecutor(6) as pool:
        placers = list(pool.map(lambda name: point_placer("EPSG:7415", where=name), names))
    assert len({placer.where for placer in placers}) == len(names)
