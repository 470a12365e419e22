"""The IFC4 model of the community service centre, georeferenced on its lot.

Source: IFC4 ADD2 TC1 (ISO 16739-1:2018), 8.18.3: IfcMapConversion, IfcProjectedCRS.
"""

from typing import Final

import numpy as np

from assets.samples.frame import ORIGIN, PLANE_CRS
from assets.samples.ifc.parts import Storey, fill_roof, fill_storey, make_styles
from assets.samples.ifc.plan import DEPTH, LENGTH, ROOF_M, STOREYS
from assets.samples.ifc.writer import Entity, IfcWriter
from assets.samples.model import Site
from assets.samples.names import CITY, DISTRICT

_TIME_STAMP: Final = "2024-06-01T00:00:00"
_GROUND_M: Final = 0.0
"""The sample city is flat and lies at height zero, so that it needs no terrain."""


def _units(ifc: IfcWriter) -> Entity:
    units = (("LENGTHUNIT", "METRE"), ("AREAUNIT", "SQUARE_METRE"), ("VOLUMEUNIT", "CUBIC_METRE"))
    found = [ifc.add("IfcSIUnit", None, kind, None, name) for kind, name in units]
    angle = ifc.add("IfcSIUnit", None, "PLANEANGLEUNIT", None, "RADIAN")
    return ifc.add("IfcUnitAssignment", (*found, angle))


def map_origin(site: Site) -> tuple[float, float]:
    """Easting and northing of the model's origin: the south-west corner of the building."""
    cos, sin = np.cos(site.angle_rad), np.sin(site.angle_rad)
    half = np.array([LENGTH / 2, DEPTH / 2])
    turned = np.array([cos * half[0] - sin * half[1], sin * half[0] + cos * half[1]])
    east, north = np.array(site.origin) + ORIGIN - turned
    return round(float(east), 3), round(float(north), 3)


def _context(ifc: IfcWriter, site: Site) -> Entity:
    """The geometric context with its tie to the map."""
    context = ifc.add(
        "IfcGeometricRepresentationContext",
        None,
        "Model",
        3,
        1e-5,
        ifc.axes((0.0, 0.0, 0.0)),
        ifc.direction(0.0, 1.0),
    )
    ifc.body = ifc.add(
        "IfcGeometricRepresentationSubContext",
        ContextIdentifier="Body",
        ContextType="Model",
        ParentContext=context,
        TargetView="MODEL_VIEW",
    )
    crs = ifc.add(
        "IfcProjectedCRS",
        Name=PLANE_CRS,
        Description="CGCS2000 / 3-degree Gauss-Kruger CM 114E",
        GeodeticDatum="CGCS2000",
        MapProjection="Gauss-Kruger",
        MapZone="CM 114E",
    )
    east, north = map_origin(site)
    cos, sin = float(np.cos(site.angle_rad)), float(np.sin(site.angle_rad))
    ifc.add("IfcMapConversion", context, crs, east, north, _GROUND_M, cos, sin, 1.0)
    return context


def _project(ifc: IfcWriter, site: Site) -> Entity:
    return ifc.root(
        "IfcProject",
        "project",
        Name=f"{CITY}{DISTRICT}{site.name}（示例数据）",
        Description="虚构建筑，仅供演示",
        RepresentationContexts=(_context(ifc, site),),
        UnitsInContext=_units(ifc),
    )


def _spatial(ifc: IfcWriter, site: Site) -> tuple[Entity, Entity]:
    """The site and the building."""
    ground = ifc.root(
        "IfcSite",
        "site",
        Name=f"{site.name}地块",
        ObjectPlacement=ifc.place(None, (0.0, 0.0, 0.0)),
        CompositionType="ELEMENT",
    )
    address = ifc.add(
        "IfcPostalAddress",
        AddressLines=(site.address,),
        Town=CITY,
        Region=DISTRICT,
        Country="中国",
    )
    building = ifc.root(
        "IfcBuilding",
        "building",
        Name=site.name,
        LongName=f"{site.name}（示例数据）",
        ObjectPlacement=ifc.place(ground.ObjectPlacement, (0.0, 0.0, 0.0)),
        CompositionType="ELEMENT",
        BuildingAddress=address,
    )
    common = {
        "NumberOfStoreys": ("IfcInteger", len(STOREYS)),
        "OccupancyType": ("IfcLabel", "社区服务"),
        "YearOfConstruction": ("IfcLabel", "2024"),
        "GrossPlannedArea": ("IfcAreaMeasure", LENGTH * DEPTH * len(STOREYS)),
    }
    ifc.properties(building, "Pset_BuildingCommon", common)
    ifc.properties(building, "CIM_标准地址", {"标准地址": ("IfcText", site.address)})
    return ground, building


def _storey(ifc: IfcWriter, building: Entity, name: str, elevation: float) -> Entity:
    return ifc.root(
        "IfcBuildingStorey",
        name,
        Name=name,
        ObjectPlacement=ifc.place(building.ObjectPlacement, (0.0, 0.0, elevation)),
        CompositionType="ELEMENT",
        Elevation=elevation,
    )


def model_bytes(site: Site) -> bytes:
    """The model as STEP text."""
    ifc = IfcWriter(_TIME_STAMP)
    project = _project(ifc, site)
    ground, building = _spatial(ifc, site)
    styles = make_styles(ifc)
    storeys = []
    for index, (name, elevation, height) in enumerate(STOREYS):
        entity = _storey(ifc, building, name, elevation)
        fill_storey(ifc, Storey(index, name, height, entity, styles))
        storeys.append(entity)
    roof = _storey(ifc, building, "屋面层", ROOF_M)
    fill_roof(ifc, Storey(len(STOREYS), "屋面层", 0.0, roof, styles))
    for key, whole, parts in (
        ("project", project, (ground,)),
        ("site", ground, (building,)),
        ("building", building, (*storeys, roof)),
    ):
        ifc.root("IfcRelAggregates", key, RelatingObject=whole, RelatedObjects=parts)
    return ifc.text()
