"""A thin layer over an ifcopenshell file: placements, boxes, properties, stable identifiers."""

import uuid
from collections.abc import Mapping
from typing import Any, Final

from cim.errors import ConfigError

try:
    import ifcopenshell
    import ifcopenshell.guid
except ImportError as error:  # pragma: no cover - the environment of the tests has it
    raise ConfigError(
        "the sample city's building model needs ifcopenshell; install cim-server[bim]"
    ) from error

type Entity = Any
type Triple = tuple[float, float, float]

_NAMESPACE: Final = uuid.UUID("6f0c1d0e-5a5e-5b0e-9a55-c1a5e4f2a001")
_UP: Final = (0.0, 0.0, 1.0)


class IfcWriter:
    """Entities of one IFC4 file; the same calls give the same text."""

    def __init__(self, time_stamp: str) -> None:
        self.file = ifcopenshell.file(schema="IFC4")
        name = self.file.header.file_name
        name.time_stamp = time_stamp
        name.originating_system = "cim-server sample city"
        name.preprocessor_version = "cim-server"
        self.body: Entity = None

    def add(self, kind: str, *values: object, **named: object) -> Entity:
        """A new entity without identity."""
        return self.file.create_entity(kind, *values, **named)

    def root(self, kind: str, key: str, **named: object) -> Entity:
        """A new entity with an identifier that depends on its kind and key alone."""
        identifier = ifcopenshell.guid.compress(uuid.uuid5(_NAMESPACE, f"{kind}/{key}").hex)
        return self.file.create_entity(kind, GlobalId=identifier, **named)

    def point(self, *xyz: float) -> Entity:
        """A point in two or three dimensions."""
        return self.add("IfcCartesianPoint", tuple(float(value) for value in xyz))

    def direction(self, *xyz: float) -> Entity:
        """A direction."""
        return self.add("IfcDirection", tuple(float(value) for value in xyz))

    def axes(self, origin: Triple, east: Triple = (1.0, 0.0, 0.0)) -> Entity:
        """Upright axes at an origin with x towards `east`."""
        return self.add(
            "IfcAxis2Placement3D", self.point(*origin), self.direction(*_UP), self.direction(*east)
        )

    def place(self, parent: Entity, origin: Triple, east: Triple = (1.0, 0.0, 0.0)) -> Entity:
        """A placement within another one."""
        return self.add("IfcLocalPlacement", parent, self.axes(origin, east))

    def box(self, low: Triple, size: Triple) -> Entity:
        """A solid box by its low corner and size."""
        (x, y, z), (length, depth, height) = low, size
        middle = self.add("IfcAxis2Placement2D", self.point(x + length / 2, y + depth / 2))
        profile = self.add("IfcRectangleProfileDef", "AREA", None, middle, length, depth)
        return self.add(
            "IfcExtrudedAreaSolid", profile, self.axes((0.0, 0.0, z)), self.direction(*_UP), height
        )

    def shape(self, *solids: Entity) -> Entity:
        """The body of a product."""
        body = self.add("IfcShapeRepresentation", self.body, "Body", "SweptSolid", solids)
        return self.add("IfcProductDefinitionShape", None, None, (body,))

    def style(self, name: str, rgb: Triple, transparency: float) -> Entity:
        """A colour."""
        colour = self.add("IfcColourRgb", None, *rgb)
        rendering = self.add(
            "IfcSurfaceStyleRendering", colour, transparency, ReflectanceMethod="NOTDEFINED"
        )
        return self.add("IfcSurfaceStyle", name, "BOTH", (rendering,))

    def paint(self, solid: Entity, style: Entity) -> Entity:
        """Give a solid its colour."""
        self.add("IfcStyledItem", solid, (style,), None)
        return solid

    def properties(
        self, owner: Entity, name: str, values: Mapping[str, tuple[str, object]]
    ) -> None:
        """A property set; values are (IFC type, value)."""
        key = f"{owner.GlobalId}/{name}"
        single = [
            self.add("IfcPropertySingleValue", field, None, self.add(kind, value), None)
            for field, (kind, value) in values.items()
        ]
        found = self.root("IfcPropertySet", key, Name=name, HasProperties=single)
        self._define(owner, found, key)

    def floor_area(self, owner: Entity, area_m2: float, height_m: float) -> None:
        """The base quantities of a space."""
        key = f"{owner.GlobalId}/quantities"
        quantities = (
            self.add("IfcQuantityArea", "NetFloorArea", None, None, area_m2, None),
            self.add("IfcQuantityLength", "Height", None, None, height_m, None),
        )
        found = self.root(
            "IfcElementQuantity", key, Name="Qto_SpaceBaseQuantities", Quantities=quantities
        )
        self._define(owner, found, key)

    def _define(self, owner: Entity, definition: Entity, key: str) -> None:
        self.root(
            "IfcRelDefinesByProperties",
            key,
            RelatedObjects=(owner,),
            RelatingPropertyDefinition=definition,
        )

    def text(self) -> bytes:
        """The file as STEP text."""
        text: str = self.file.to_string()  # type: ignore[no-untyped-call] # no types
        return text.encode("ascii")
