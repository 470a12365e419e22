"""Writing the whole sample city into a folder."""

import json
from pathlib import Path
from typing import Final

from assets.samples import tables
from assets.samples.city import build_city
from assets.samples.ifc.model import model_bytes
from assets.samples.manifest import Json, manifest, model_entry, table_entry
from assets.samples.model import City
from assets.samples.write import (
    CSV,
    GEOJSON,
    GPKG,
    GPKG_PLANE,
    SHAPE_GBK,
    Format,
    write_csv,
    write_table,
)

MODEL_FILE: Final = "service_centre.ifc"
_LAYERS: Final = (
    (tables.subdistricts_table, GEOJSON),
    (tables.communities_table, GPKG),
    (tables.parcels_table, SHAPE_GBK),
    (tables.roads_table, GEOJSON),
    (tables.water_table, GEOJSON),
    (tables.greens_table, GPKG),
    (tables.buildings_table, GPKG),
    (tables.doorplates_table, CSV),
    (tables.devices_table, CSV),
    (tables.pipes_table, GPKG_PLANE),
)


def _write_layer(table: tables.Table, form: Format, out: Path) -> Path:
    return write_csv(table, out) if form is CSV else write_table(table, form, out)


def write_city(city: City, out: Path) -> tuple[Path, ...]:
    """All files of a city; the manifest comes last."""
    out.mkdir(parents=True, exist_ok=True)
    made = [(make(city), form) for make, form in _LAYERS]
    paths = [_write_layer(table, form, out) for table, form in made]
    model = out / MODEL_FILE
    model.write_bytes(model_bytes(city.site))
    entries: list[dict[str, Json]] = [table_entry(table, form) for table, form in made]
    entries.append(model_entry(MODEL_FILE, city))
    listing = out / "manifest.json"
    text = json.dumps(manifest(city, entries), ensure_ascii=False, indent=2)
    listing.write_text(text + "\n", encoding="utf-8")
    return (*paths, model, listing)


def generate(out: Path) -> tuple[Path, ...]:
    """Make the sample city in a folder, which is made if missing; files there are replaced.

    Returns:
        The files that can be loaded, in the order of loading, and the manifest at the end.

    Raises:
        ConfigError: ifcopenshell, which writes the building model, is not installed.
    """
    return write_city(build_city(), out)
