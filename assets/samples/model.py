"""What the sample city is made of, in plan metres; every record is a frozen value."""

from dataclasses import dataclass

from shapely import LineString, MultiPolygon, Point, Polygon


@dataclass(frozen=True, slots=True)
class RoadClass:
    """A class of urban roads."""

    name: str
    carriageway_m: float
    corridor_m: float
    """Width between the road's red lines; parcels begin there."""

    lanes: int
    speed_km_h: int


EXPRESSWAY = RoadClass("快速路", 26.0, 56.0, 8, 80)
ARTERIAL = RoadClass("主干路", 23.0, 42.0, 6, 60)
SECONDARY = RoadClass("次干路", 15.0, 30.0, 4, 50)
MINOR = RoadClass("支路", 9.0, 18.0, 2, 30)
LANE = RoadClass("街巷", 3.0, 3.6, 1, 15)
WALK = RoadClass("步行道", 4.0, 4.0, 0, 5)


@dataclass(frozen=True, slots=True)
class Street:
    """A named street; house numbers count along its line, odd ones on the left."""

    name: str
    road_class: RoadClass
    line: LineString


@dataclass(frozen=True, slots=True)
class Stretch:
    """A street between two junctions."""

    id: str
    street: Street
    line: LineString
    bridge: bool


@dataclass(frozen=True, slots=True)
class Water:
    """A water body."""

    name: str
    kind: str
    shape: Polygon | MultiPolygon


@dataclass(frozen=True, slots=True)
class Green:
    """A park, a belt of trees, a garden or a sports ground."""

    name: str
    kind: str
    shape: Polygon | MultiPolygon


@dataclass(frozen=True, slots=True)
class Cell:
    """Ground between the centre lines of streets."""

    shape: Polygon
    zone: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """A lot: ground with one use."""

    shape: Polygon
    use: str
    """Key of `landuse.USES`."""

    cell: Polygon
    """Ground between centre lines in which the lot lies; lanes may run to its edge."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A building as a layout puts it down."""

    shape: Polygon | MultiPolygon
    usage: str
    floors: int
    storey_m: float
    label: str = ""
    """What it is called within its lot; empty for houses that are only numbered."""

    numbered: bool = False
    """Counted as 1号楼, 2号楼 … within the lot; the label is ignored."""

    own_number: bool = False
    """Has its own number on the street, such as a shop or a house in a lane."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What stands on one parcel."""

    drafts: tuple[Draft, ...] = ()
    lanes: tuple[LineString, ...] = ()
    greens: tuple[Green, ...] = ()


@dataclass(frozen=True, slots=True)
class Lot:
    """A parcel with what stands on it."""

    parcel: Parcel
    layout: Layout
    year: int
    """Year in which most of it was built."""

    community: int
    """Index of the community it belongs to."""


@dataclass(frozen=True, slots=True)
class Building:
    """A finished building."""

    id: str
    shape: Polygon | MultiPolygon
    name: str
    usage: str
    floors: int
    height_m: float
    year: int
    structure: str
    estate: str
    street: str
    number: str
    address: str
    community: int
    lot: int


@dataclass(frozen=True, slots=True)
class DoorPlate:
    """A plate on a gate, a house or a building of an estate."""

    id: str
    point: Point
    kind: str
    street: str
    number: int
    sub_address: str
    text: str
    building: str
    """Id of the building, empty for the gate of a lot."""

    community: int


@dataclass(frozen=True, slots=True)
class Division:
    """A sub-district or a community."""

    code: str
    name: str
    parent: str
    shape: Polygon


@dataclass(frozen=True, slots=True)
class Device:
    """A device that senses or serves the street."""

    id: str
    kind: str
    point: Point
    installed: str
    status: str
    place: str


@dataclass(frozen=True, slots=True)
class Pipe:
    """A stretch of pipe between two nodes."""

    kind: str
    line: LineString
    diameter_mm: int
    material: str
    depth_m: float
    """Cover above the pipe; negative where it hangs from a bridge."""

    year: int
    street: str


@dataclass(frozen=True, slots=True)
class Site:
    """Where the IFC building stands, in plan metres."""

    origin: tuple[float, float]
    angle_rad: float
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class City:
    """Everything, ready to be written."""

    stretches: tuple[Stretch, ...]
    water: tuple[Water, ...]
    greens: tuple[Green, ...]
    lots: tuple[Lot, ...]
    parcel_codes: tuple[str, ...]
    buildings: tuple[Building, ...]
    plates: tuple[DoorPlate, ...]
    subdistricts: tuple[Division, ...]
    communities: tuple[Division, ...]
    devices: tuple[Device, ...]
    pipes: tuple[Pipe, ...]
    site: Site
