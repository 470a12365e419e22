"""The objects of a model on the Earth: footprints, heights and codes of each layer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import orjson
import pyarrow as pa
import shapely

from cim import plugins
from cim.bim.georeference import Frame
from cim.bim.model import Point
from cim.catalog import LayerDraft
from cim.coding import CodedFeatures, CodeLevels, code
from cim.crs import CITY_CRS
from cim.features import FeatureBatch, Reject, select
from cim.frames import ecef_from_geodetic
from cim.geometry import repair
from cim.grids.base import HeightGrid
from cim.models.difference import state_of
from cim.models.layers import SCHEMA
from cim.models.places import Place
from cim.models.reading import ModelReading
from cim.models.shapes import measures_of
from cim.models.tables import Rows, batch_of
from cim.recoding import birthplaces
from cim.siting import Site

_GRID: Final = "beidou"


@dataclass(frozen=True, slots=True)
class Placed:
    """A model on the Earth."""

    coded: tuple[CodedFeatures, ...]
    """The features of each layer."""

    states: Mapping[str, str]
    """JSON of place and shape by key, of the objects that have a row."""

    rejects: tuple[Reject, ...]
    crs: str
    """The frame the model came from."""


@dataclass(frozen=True, slots=True)
class Ground:
    """How the frame of a model comes to the Earth."""

    site: Site
    frame: Frame
    levels: CodeLevels


def placed_layers(
    reading: ModelReading, rows: Sequence[Rows], drafts: Sequence[LayerDraft], ground: Ground
) -> Placed:
    """The layers of a model with places and codes.

    Args:
        reading: The model.
        rows: Of each layer.
        drafts: The layers themselves.
        ground: Where the model stands.

    Raises:
        SourceDataError: The frame has no place on the Earth.
    """
    places = {
        one.key: place
        for several in rows
        for one, place in zip(several.objects, several.places, strict=True)
    }
    records = {key: at for at, key in enumerate(reading.model.objects, start=1)}
    middles = _middles(places, ground)
    coded, rejects = [], list(_lost(reading, records))
    for several, draft in zip(rows, drafts, strict=True):
        batch = batch_of(reading.model, several, records, ground.frame.crs)
        found, faults = _on_earth(batch, places, middles, draft.crs, ground)
        coded.append(found)
        rejects += faults
    keys = [str(key) for one in coded for key in one.features.source_ids]
    states = {key: _state(places[key], middles[key]) for key in keys}
    return Placed(tuple(coded), states, tuple(rejects), ground.frame.crs)


def _middles(places: Mapping[str, Place], ground: Ground) -> dict[str, Point]:
    """Longitude, latitude and ellipsoidal height of the middle of each object that has them."""
    keys = list(places)
    centres = np.array([places[key].centre for key in keys], np.float64).reshape(-1, 3)
    batch = FeatureBatch(
        crs=ground.frame.crs,
        geometry=ground.frame.points(centres),
        attributes=pa.table({"key": keys}),
        source_ids=tuple(keys),
        records=np.arange(1, len(keys) + 1),
    )
    settled = ground.site.settle(batch, CITY_CRS).batch
    found = shapely.get_coordinates(settled.geometry, include_z=True).tolist()
    return {
        str(key): (lon, lat, height)
        for key, (lon, lat, height) in zip(settled.source_ids, found, strict=True)
    }


def _on_earth(
    batch: FeatureBatch,
    places: Mapping[str, Place],
    middles: Mapping[str, Point],
    target: str,
    ground: Ground,
) -> tuple[CodedFeatures, tuple[Reject, ...]]:
    """The features of a layer in its CRS, with codes; and those that cannot be there."""
    moved = replace(batch, geometry=ground.frame.moved(batch.geometry))
    settled = ground.site.settle(moved, target)
    repaired = repair(settled.batch)
    there = np.array([key in middles for key in repaired.batch.source_ids], np.bool_)
    kept = select(repaired.batch, there)
    points = birthplaces(kept)
    coded = code(kept, points, ground.levels)
    features = coded.features
    polar = np.isin(kept.records, features.records)
    heights = np.array([middles[str(key)][2] for key in features.source_ids], np.float64)
    grown = [(places[str(key)].height_m or 0.0) / 2 for key in features.source_ids]
    columns = {
        "ground_elevation_m": pa.array(np.round(heights - grown, 4), pa.float64()),
        "beidou_3d_code": _solid_codes(points[polar], heights, ground.levels.beidou),
    }
    table = features.attributes
    for name, column in columns.items():
        table = table.append_column(name, column)
    table = table.select(SCHEMA.names)
    whole = replace(coded, features=replace(features, attributes=table))
    return whole, (*settled.rejects, *repaired.rejects, *coded.rejects)


def _solid_codes(lon_lat: np.ndarray, heights: np.ndarray, level: int) -> pa.Array:
    """(n,) 3D codes of the middles."""
    grid: HeightGrid = plugins.load(_GRID, "cim.grids")
    if not len(lon_lat):
        return pa.array([], pa.string())
    codes = grid.encode(lon_lat, level)
    texts = grid.to_text_3d(codes, grid.encode_heights(heights, level))
    return pa.array(texts.tolist(), pa.string())


def _state(place: Place, middle: Point) -> str:
    """What is kept for comparing; what stands where its contents stand has no place of its own."""
    shape = None if place.form is None else measures_of(place.form)
    if place.form is None and place.basis != "placement":
        return orjson.dumps(state_of(None, None, shape)).decode()
    earth = ecef_from_geodetic(np.array([middle]))[0]
    return orjson.dumps(state_of(np.array(place.centre), earth, shape)).decode()


def _lost(reading: ModelReading, records: Mapping[str, int]) -> list[Reject]:
    """Objects whose shape cannot be made; they stay, at the place of what holds them."""
    by_step = {one.step_id: one for one in reading.model.objects.values()}
    found = []
    for lost in reading.lost:
        one = by_step[lost.step_id]
        why = lost.reason.partition(". Product:")[0]
        reason = f"no shape: {why}; kept without one, where its parent stands"
        found.append(Reject(records[one.key], "geometry", f"{one.ifc_class} {one.key}", reason))
    return found
