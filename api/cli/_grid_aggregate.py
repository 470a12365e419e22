"""What `cim grid aggregate` does."""

import sys
import tempfile
from pathlib import Path

import pyogrio
import shapely

from api.cli.load_files import Loads
from api.cli.output import say
from api.grid_cells import collection, parse_bounds, statistics, statistics_csv
from api.settings import load_settings
from api.workspace import levels_of, open_store
from cim.aggregation import AggregateRequest, CellTable, aggregate, to_features
from cim.catalog import LayerDraft
from cim.crs import CITY_CRS
from cim.errors import InputError, SourceDataError
from cim.features import FeatureBatch
from cim.grids.base import Grid
from cim.layer_rules import check_layer_name
from cim.loading import LoadOptions
from cim.readers.base import ReadOptions

CELL_CLASS = "GRID"


def request_of(layer: str, level: int, field: str, bbox: str) -> AggregateRequest:
    """What is asked."""
    return AggregateRequest(layer, level, field or None, parse_bounds(bbox) if bbox else None)


def find(workspace: Path, grid: Grid, request: AggregateRequest) -> CellTable:
    """The cells with their statistics; features left out are told."""
    store = open_store(workspace)
    try:
        table = aggregate(store, grid, request)
    finally:
        store.close()
    if table.without_place:
        say(f"{table.without_place} features have no geometry and are not counted")
    return table


def print_table(grid: Grid, table: CellTable, request: AggregateRequest, form: str) -> None:
    """The cells on standard output."""
    if form == "geojson":
        cells = collection(grid, table.codes, statistics(table, request.field))
        sys.stdout.buffer.writelines(cells)
        sys.stdout.buffer.write(b"\n")
    else:
        sys.stdout.buffer.write(statistics_csv(grid, table, request.field))
    sys.stdout.buffer.flush()


def load_cells(
    workspace: Path, grid: Grid, table: CellTable, request: AggregateRequest, target: str
) -> None:
    """Bring an aggregation into a layer, as any other source is."""
    check_layer_name(target)
    if target == request.layer:
        raise InputError(f"--layer {target!r} is the layer that is summed up; name another")
    if not len(table.codes):
        raise SourceDataError("no feature lies in any cell; nothing to load", where=request.layer)
    settings = load_settings(workspace)
    draft = LayerDraft(
        name=target,
        class_code=CELL_CLASS,
        title_zh=f"{request.layer} {grid.title['zh']} {request.level} 级汇总",
        title_en=f"{request.layer} by {grid.title['en']}, level {request.level}",
        name_field="code",
    )
    options = LoadOptions(
        layer=draft,
        source=f"{request.layer} by cell",
        read=ReadOptions(id_field="code"),
        levels=levels_of(settings),
    )
    with tempfile.TemporaryDirectory(prefix="cim-grid-") as folder:
        path = Path(folder) / f"{request.layer}_{grid.name}_{request.level}.gpkg"
        _write(path, to_features(grid, table, request.field))
        Loads(workspace, settings, options).run([path])


def _write(path: Path, features: FeatureBatch) -> None:
    """Polygons as a GeoPackage."""
    shapes, kind = features.geometry, "Polygon"
    if (shapely.get_type_id(shapes) != shapely.GeometryType.POLYGON).any():
        parts, owner = shapely.get_parts(shapes, return_index=True)
        shapes, kind = shapely.multipolygons(parts, indices=owner), "MultiPolygon"
    table = features.attributes.append_column("geom", [shapely.to_wkb(shapes)])
    pyogrio.write_arrow(
        table, path, driver="GPKG", geometry_name="geom", geometry_type=kind, crs=CITY_CRS
    )
