"""The IFC building of the sample city."""

from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.geom
import ifcopenshell.util.element
import ifcopenshell.validate
import numpy as np
import pytest
import shapely

from assets.samples.ifc.plan import DEPTH, LENGTH


@pytest.fixture(scope="module")
def model(sample_folder: Path) -> Any:
    return ifcopenshell.open(sample_folder / "service_centre.ifc")


def test_the_model_is_ifc4_with_storeys_and_parts(model: Any) -> None:
    assert model.schema == "IFC4"
    elevations = [storey.Elevation for storey in model.by_type("IfcBuildingStorey")]
    assert elevations == [0.0, 4.2, 7.8, 11.4]
    counts = {
        kind: len(model.by_type(kind))
        for kind in ("IfcWall", "IfcSlab", "IfcWindow", "IfcDoor", "IfcSpace", "IfcOpeningElement")
    }
    assert counts == {
        "IfcWall": 49,
        "IfcSlab": 4,
        "IfcWindow": 41,
        "IfcDoor": 37,
        "IfcSpace": 39,
        "IfcOpeningElement": 78,
    }


def test_the_model_obeys_its_schema(model: Any) -> None:
    validation: Any = ifcopenshell.validate
    log = validation.json_logger()
    validation.validate(model, log)
    assert log.statements == []


def test_identifiers_are_unique(model: Any) -> None:
    identifiers = [root.GlobalId for root in model.by_type("IfcRoot")]
    assert len(set(identifiers)) == len(identifiers)


def test_the_building_lands_on_its_free_parcel(model: Any, layers: dict[str, Any]) -> None:
    (conversion,) = model.by_type("IfcMapConversion")
    assert conversion.TargetCRS.Name == "EPSG:4547"
    corners = np.array([[0, 0], [LENGTH, 0], [LENGTH, DEPTH], [0, DEPTH]], dtype=float)
    cos, sin = conversion.XAxisAbscissa, conversion.XAxisOrdinate
    turned = corners @ np.array([[cos, sin], [-sin, cos]])
    origin = np.array([conversion.Eastings, conversion.Northings])
    footprint = shapely.Polygon(turned + origin)
    parcels = layers["parcels"]
    site = parcels.geometry[parcels["YDDM"].index("0702")]
    assert site.contains(footprint)
    assert not shapely.intersects(layers["buildings"].geometry, site.buffer(-1)).any()


def test_properties_and_address_are_there(model: Any, layers: dict[str, Any]) -> None:
    (building,) = model.by_type("IfcBuilding")
    sets = ifcopenshell.util.element.get_psets(building)
    assert sets["Pset_BuildingCommon"]["NumberOfStoreys"] == 3
    address = sets["CIM_标准地址"]["标准地址"]
    assert any(text.startswith(address) for text in layers["doorplates"]["full_address"])
    assert building.BuildingAddress.Town == "示例市"


def test_walls_have_solid_bodies_with_their_openings_cut_out(model: Any) -> None:
    geometry: Any = ifcopenshell.geom
    settings = geometry.settings()
    settings.set("use-world-coords", True)  # noqa: FBT003 - the library's signature
    south = next(wall for wall in model.by_type("IfcWall") if wall.Name == "二层南外墙")
    shape = geometry.create_shape(settings, south)
    vertices = np.array(shape.geometry.verts).reshape(-1, 3)
    assert np.allclose(vertices.min(axis=0), (0.0, 0.0, 4.2), atol=1e-6)
    assert np.allclose(vertices.max(axis=0), (LENGTH, 0.3, 7.65), atol=1e-6)
    assert len(vertices) > 8
