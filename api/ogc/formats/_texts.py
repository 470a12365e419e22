"""Rows of text tables: attributes and, for points, coordinates; else well-known text."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely

from api.ogc.crs import GEOGRAPHIC_DECIMALS, PROJECTED_DECIMALS
from api.ogc.formats import _columns, _shapes
from api.ogc.formats.base import ROW, Export
from cim.arrays import Objects
from cim.features import FeatureBatch


def geometry_names(export: Export) -> tuple[str, ...]:
    """Names of the columns that hold geometry."""
    if not export.representation.geometry:
        return ()
    if export.layer.geometry_type != "POINT":
        wanted: tuple[str, ...] = ("geometry",)
    else:
        is_geographic = export.crs.decimals == GEOGRAPHIC_DECIMALS
        plane = ("longitude", "latitude") if is_geographic else ("easting", "northing")
        wanted = (*plane, "height") if export.layer.has_z else plane
    names = tuple(field.name for field in export.fields)
    return tuple(_columns.free_name(name, names) for name in wanted)


def header(export: Export) -> list[str]:
    """Names of all columns."""
    return [ROW, *(field.name for field in export.fields), *geometry_names(export)]


def rows(batch: FeatureBatch, export: Export) -> Iterator[tuple[Any, ...]]:
    """The values of each feature, in the order of `header`; None where there is none."""
    attributes = [batch.attributes.column(field.name).to_pylist() for field in export.fields]
    geometry = _geometry(batch, export) if export.representation.geometry else []
    return zip(batch.records.tolist(), *attributes, *geometry, strict=True)


def _geometry(batch: FeatureBatch, export: Export) -> list[list[Any]]:
    shapes = _shapes.moved(batch, export.representation)
    said = export.representation.decimals
    decimals = export.crs.decimals if said is None else said
    if export.layer.geometry_type == "POINT":
        return _coordinates(shapes, len(geometry_names(export)), decimals)
    texts = shapely.to_wkt(shapes, rounding_precision=decimals, trim=True)
    return [np.asarray(texts, dtype=object).tolist()]


def _coordinates(shapes: Objects, count: int, decimals: int) -> list[list[Any]]:
    """Columns of coordinates, None for features that are nowhere or have no height."""
    there = _shapes.placed(shapes)
    parts = np.full((len(shapes), count), np.nan)
    values = shapely.get_coordinates(shapes[there], include_z=count > 2)  # noqa: PLR2004 - with height
    parts[there] = values
    parts[:, :2] = parts[:, :2].round(decimals)
    parts[:, 2:] = parts[:, 2:].round(PROJECTED_DECIMALS)
    return [
        [None if math.isnan(value) else value for value in column] for column in parts.T.tolist()
    ]
