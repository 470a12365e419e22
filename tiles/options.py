"""What a user may say about a tileset, and what a build tells back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from cim.appearance import Material
from cim.catalog import Bounds
from cim.errors import InputError
from cim.features import Reject
from cim.placing import Georeference
from tiles.gltf.metadata import Property
from tiles.gltf.paint import Look
from tiles.lightening.options import Lightening
from tiles.tiling.quadtree import Limits

type Compression = Literal["none", "meshopt"]
type Tiling = Literal["auto", "explicit", "implicit"]
type Lods = Literal["finest", "all"]

TILINGS: tuple[Tiling, ...] = ("auto", "explicit", "implicit")
LODS: tuple[Lods, ...] = ("finest", "all")

MOST_EXPLICIT = 20_000
"""A tree of more tiles than this is tiled implicitly, if nobody says otherwise."""

GRID_CODES = ("beidou", "h3", "geosot")

HIGHEST_M = 1_200.0
"""No building stands higher: above it a height is a fault of the source."""


HIGHEST_GROUND_M = 9_000.0
"""Ground lies between this and as much below 0."""


@dataclass(frozen=True, slots=True)
class Instancing:
    """When bodies that look alike are drawn as instances of one mesh."""

    least_count: int = 2
    """Of them in a tile."""

    least_saving_bytes: int = 2_048
    """Of the copies of the mesh that need not be stored, before compression."""

    def __post_init__(self) -> None:
        if self.least_count < 1 or self.least_saving_bytes < 0:
            raise InputError(f"{self}; legal: least_count from 1, least_saving_bytes from 0")


@dataclass(frozen=True, slots=True)
class Modelling:
    """How building models become tiles: outline, shell, and what is inside."""

    entity_ids: Mapping[str, str] | None = None
    """Entity ids by the GlobalIds of elements; None: no store was asked."""

    limits: Limits = field(default_factory=lambda: Limits(features=2_000, triangles=60_000))
    """How much a tile may hold."""

    levels: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """CIM levels by name of the source, as they were judged when it was loaded."""


@dataclass(frozen=True, slots=True)
class LinkedModel:
    """The tileset of a building model that takes the place of a block of the city."""

    path: Path
    """Folder, root document or archive."""

    replaces: str | None = None
    """Entity id or source id of the block; None: what stands at the model's footprint."""


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """How to make a tileset."""

    output: Path
    """Folder of the tileset; made when missing, its old tileset replaced in one step."""

    title_zh: str = ""
    title_en: str = ""

    layer: str | None = None
    """Layer of the store that the features come from."""

    class_code: str | None = None
    """Entity class of the features; None: the first four characters of the entity ids."""

    id_field: str = "entity_id"
    """Column with the entity ids. Without it the source ids stand in, as `source_id`."""

    name_field: str | None = None
    """Column that names a feature for people; None: `name` or `名称` where there is one."""

    codes: tuple[str, ...] = ("beidou",)
    """Grid codes that become properties where there are such columns. Each costs some 20 bytes a
    feature, uncompressed; `/api/entities/{id}` tells them all."""

    properties: tuple[str, ...] = ()
    """Further columns that become properties, with their own types."""

    height_field: str | None = None
    """Column with the height above ground in metres; None: found by name, see `tiles.heights`."""

    default_height_m: float | None = 10.0
    """Height of footprints without a usable one; None: they are left out."""

    storey_height_m: float = 3.0
    """Metres of one storey, where only a number of storeys is known."""

    base_field: str | None = None
    """Column with the height of the ground in metres; None: `ground_elevation_m` if there."""

    base_height_m: float = 0.0
    """Height of the ground where no column tells it."""

    height_reference: str | None = None
    """What heights of the ground and of surfaces count from, in words; None: said by rule."""

    georeference: tuple[Georeference, ...] = ()
    """How the sources came to their place; it is recorded in the tileset."""

    lod: str | None = None
    """Level of detail of boundary surfaces; None: the finest of each feature."""

    lods: Lods = "finest"
    """`all`: far away a coarse level of detail, near by the finest in its place."""

    coarse: bool = False
    """In place of the finest level of detail of each feature level 1, without it the coarsest."""

    floors: bool = False
    """Close extruded footprints at the bottom."""

    limits: Limits = field(default_factory=Limits)
    """How much a tile may hold."""

    look: Look = field(default_factory=Look)
    """Colours."""

    compression: Compression = "none"
    """`meshopt`: EXT_meshopt_compression of what is drawn; it needs the extra `compression`."""

    outlines: bool = False
    """Draw the edges of polygons, and of bodies where they are sharp."""

    instancing: Instancing | None = field(default_factory=Instancing)
    """When equal bodies are drawn as instances of one mesh; None: never."""

    partition_features: int = 16_384
    """Features held in memory at once while contents are written."""

    tiles_per_document: int = 1_000
    """A tree of more tiles than this is split into external tilesets."""

    tiling: Tiling = "auto"
    """`explicit`: a tree of documents with contents of hashed names; `implicit`: one document and
    subtrees; `auto`: implicit from `MOST_EXPLICIT` tiles on."""

    modelling: Modelling | None = None
    """The sources are building models; None: they are shared out to squares like all others."""

    models: tuple[LinkedModel, ...] = ()
    """Models in the place of blocks; each is taken into the tileset."""

    lightening: Lightening | None = None
    """What is left out, simplified and merged of the meshes of files; None: nothing."""

    workers: int | None = None
    """Processes; None: as many as there are processors, 1 for a small source."""

    def __post_init__(self) -> None:
        for code in self.codes:
            if code not in GRID_CODES:
                raise InputError(f"codes: {code!r}; legal: {', '.join(GRID_CODES)}")
        for name in ("default_height_m", "storey_height_m"):
            height = getattr(self, name)
            if height is not None and not 0 < height <= HIGHEST_M:
                raise InputError(f"{name}: {height}; legal: above 0, at most {HIGHEST_M:g}")
        if not abs(self.base_height_m) <= HIGHEST_GROUND_M:
            raise InputError(
                f"base_height_m: {self.base_height_m}; legal: within {HIGHEST_GROUND_M:g} of 0"
            )
        self._check_levels()
        for name in ("partition_features", "tiles_per_document", "workers"):
            number = getattr(self, name)
            if number is not None and number < 1:
                raise InputError(f"{name}: {number}; legal: 1 or more")

    def _check_levels(self) -> None:
        """Check what is said of tiling and levels of detail."""
        for name, legal in (("tiling", TILINGS), ("lods", LODS)):
            if getattr(self, name) not in legal:
                raise InputError(f"{name} {getattr(self, name)!r}; legal: {', '.join(legal)}")
        if self.modelling is not None and self.tiling == "implicit":
            raise InputError("building models need explicit tiling: implicit tiles refine one way")
        if self.modelling is not None and self.lods == "all":
            raise InputError("lods 'all' is for city models; a building model has its outline")
        if self.models and (self.tiling == "implicit" or self.lods == "all"):
            raise InputError("models are linked into explicit tiling with lods 'finest' only")
        if self.lods == "all" and self.lod is not None:
            raise InputError(f"lods 'all' and lod {self.lod!r} exclude each other")
        if self.lods == "all" and self.tiling == "implicit":
            raise InputError("lods 'all' needs explicit tiling: implicit tiles refine in one way")


@dataclass(frozen=True, slots=True)
class ContentSpec:
    """What all contents of a tileset share: small, and it travels to worker processes."""

    properties: tuple[Property, ...]
    look: Look
    floors: bool
    materials: Mapping[int, Material] = field(default_factory=dict)
    """By the numbers that settled rows carry, see `tiles.prepare`."""

    schema_uri: str = "schema.json"
    """Where the schema of the properties lies, seen from a content."""

    compression: Compression = "none"
    outlines: bool = False
    instancing: Instancing | None = field(default_factory=Instancing)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a build is, for progress bars."""

    stage: str
    """`read` or `write`."""

    done: int
    """Features."""

    total: int | None
    """Features, None while unknown."""


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did with its input."""

    features: int
    """Features in the tileset."""

    skipped: dict[str, int]
    """Features left out, by reason."""

    notes: dict[str, int]
    """Features taken in another way than stated in the source, by what was done."""

    rejects: tuple[Reject, ...]
    """The first features left out, one by one, and what the reader could not use."""

    reject_file: str | None
    """File with all of them, None when there are none."""

    source_notes: tuple[str, ...]
    """What readers told about the source."""

    height_sources: dict[str, int]
    """Features by where their height comes from: a column, `default` or `lod …` surfaces."""

    tiles: int
    """Tiles with content."""

    written: int
    """Contents made anew; the others stood already."""

    triangles: int
    bytes: dict[str, int]
    """Of the files of the tileset, by kind: `content`, `documents`, `schema`."""

    bounds: Bounds | None
    """Longitude/latitude bounds of the footprints."""

    height_reference: str
    georeference: tuple[Georeference, ...]
    """How each source came to its place."""

    version: str
    """Digest of the contents: equal input and options give equal bytes."""

    mode: str
    """`full`, `incremental` (a few tiles were made anew), `unchanged` (nothing to do)."""

    seconds: dict[str, float]
    """Wall time by step."""
