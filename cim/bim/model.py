"""What an IFC model holds, as plain values: the tree of the building, properties, relations.

Source: IFC2x3 TC1, IFC4 ADD2 TC1 (ISO 16739:2018) and IFC4X3 ADD2 (ISO 16739-1:2024); names are
the standard's. Lengths, areas and volumes are in metres, whatever units the file counts in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

type Kind = Literal["project", "site", "building", "storey", "space", "part", "element"]
"""Place of an object in the tree; `part` is a part of a facility that is no storey, `building`
takes the facilities of infrastructure in."""

type Value = str | int | float | bool | list[Value] | None
type Properties = Mapping[str, Mapping[str, Value]]
"""Values by name, by name of the property set."""

type Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A measured quantity of an element (IfcPhysicalSimpleQuantity)."""

    value: float
    unit: str
    """`m`, `m2`, `m3`; `kg` and `s` as far as the file states its own units so; else empty."""


type Quantities = Mapping[str, Mapping[str, Quantity]]
"""Quantities by name, by name of the quantity set."""


@dataclass(frozen=True, slots=True)
class Classification:
    """A reference into a classification system (IfcClassificationReference)."""

    system: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class IfcObject:
    """An object of the tree: project, site, building, storey, space or element."""

    key: str
    """The GlobalId; where several objects of the file share one, the second has `-2` after it."""

    step_id: int
    """Number of the instance in the file."""

    global_id: str
    kind: Kind
    ifc_class: str
    predefined_type: str | None = None
    """The object type where the predefined type is USERDEFINED."""

    name: str | None = None
    long_name: str | None = None
    description: str | None = None
    object_type: str | None = None
    tag: str | None = None
    parent: str | None = None
    """Key of the object that contains or decomposes into this one."""

    storey: str | None = None
    """Key of the storey it stands in, through all its parents."""

    building: str | None = None
    type: str | None = None
    """Key of its type."""

    materials: tuple[str, ...] = ()
    """Names, outermost layer first, as the file lists them; without repetition."""

    classifications: tuple[Classification, ...] = ()
    elevation_m: float | None = None
    """Of a storey: above the building's zero, as the file states it or else by its placement."""

    elevation_is_stated: bool = False
    """Whether the file states the elevation of a storey."""

    psets: Properties = field(default_factory=dict)
    """Its own property sets; those of its type stand with the type."""

    quantities: Quantities = field(default_factory=dict)
    has_body: bool = False
    """Whether the file gives it a surface or solid."""

    position: Point | None = None
    """Origin of its placement in the model's frame, metres; only of objects without a body."""


@dataclass(frozen=True, slots=True)
class IfcType:
    """A type that elements share (IfcTypeObject)."""

    key: str
    global_id: str
    ifc_class: str
    name: str | None = None
    predefined_type: str | None = None
    materials: tuple[str, ...] = ()
    classifications: tuple[Classification, ...] = ()
    psets: Properties = field(default_factory=dict)
    quantities: Quantities = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """Objects that belong together beside the tree: zones, systems, groups (IfcGroup)."""

    key: str
    global_id: str
    ifc_class: str
    name: str | None = None
    long_name: str | None = None
    members: tuple[str, ...] = ()
    psets: Properties = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation between two objects beside the tree."""

    kind: Literal["fills", "covers", "bounds", "serves"]
    """A door fills a wall; a covering covers a wall or space; a wall bounds a space; a system
    serves a building."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Measure:
    """What the value of a property is."""

    type: str
    """IFC's name of it, such as `IfcLabel` or `IfcThermalTransmittanceMeasure`."""

    unit: str = ""
    """Symbol, such as `m2` or `W m-2 K-1`; empty where it has none or the file names none."""


type Measures = Mapping[str, Mapping[str, Measure]]
"""What values are, by name of the property, by name of the property set."""


@dataclass(frozen=True, slots=True)
class LengthUnit:
    """What the file's lengths count."""

    name: str
    """As the file names it, such as `MILLI METRE` or `US SURVEY FOOT`; empty: it states none."""

    metres: float


@dataclass(frozen=True, slots=True)
class MapConversion:
    """From the model's frame to a map, as the file states it, in the file's numbers."""

    origin: str
    """Where it stands: `IfcMapConversion`, `ePset_MapConversion`, `IfcRigidOperation` …"""

    eastings: float
    northings: float
    height: float
    axis: tuple[float, float] | None
    """XAxisAbscissa and XAxisOrdinate: direction of the model's x axis on the map."""

    scale: float | None
    factors: Point | None = None
    """Scale along each axis (IfcMapConversionScaled)."""


@dataclass(frozen=True, slots=True)
class MapCrs:
    """The map's CRS, as the file states it."""

    name: str
    description: str = ""
    geodetic_datum: str = ""
    vertical_datum: str = ""
    wkt: str = ""
    unit_m: float | None = None
    """Metres in one unit of the map; None where the file does not tell."""


@dataclass(frozen=True, slots=True)
class SitePlace:
    """Where the file says that a site lies (IfcSite)."""

    key: str
    name: str
    latitude: tuple[int, ...] | None
    """Degrees, minutes, seconds and millionths of a second, as many as the file gives."""

    longitude: tuple[int, ...] | None
    elevation_m: float | None
    origin: Point
    """Its placement in the model's frame, metres."""


@dataclass(frozen=True, slots=True)
class GeoFacts:
    """All that a file says of where it lies; no judgement."""

    conversion: MapConversion | None = None
    crs: MapCrs | None = None
    sites: tuple[SitePlace, ...] = ()
    true_north: tuple[float, float] | None = None
    """Direction of true north in the model's x and y."""

    world: tuple[float, ...] | None = None
    """(16) the context's WorldCoordinateSystem, row by row, metres; None: the model's frame."""

    points: tuple[Point, ...] = ()
    """Points of some elements in the model's frame, metres: where the model roughly is."""


@dataclass(frozen=True, slots=True)
class IfcModel:
    """An IFC model without its shapes."""

    schema: str
    application: str
    unit: LengthUnit
    objects: Mapping[str, IfcObject]
    """By key, parents before children."""

    types: Mapping[str, IfcType]
    groups: tuple[Group, ...]
    relations: tuple[Relation, ...]
    geo: GeoFacts
    notes: tuple[str, ...] = ()
    measures: Measures = field(default_factory=dict)

    def of_kind(self, kind: Kind) -> tuple[IfcObject, ...]:
        """The objects of a kind, in the order of the file."""
        return tuple(one for one in self.objects.values() if one.kind == kind)

    def children(self, key: str) -> tuple[IfcObject, ...]:
        """What an object directly holds."""
        return tuple(one for one in self.objects.values() if one.parent == key)

    def psets_of(self, one: IfcObject) -> dict[str, dict[str, Value]]:
        """Property sets of an object with those of its type; its own values win."""
        found: dict[str, dict[str, Value]] = {}
        shared = self.types[one.type].psets if one.type else {}
        for psets in (shared, one.psets):
            for name, values in psets.items():
                found[name] = {**found.get(name, {}), **values}
        return found
