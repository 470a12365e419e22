"""The parameters `filter`, `filter-lang`, `filter-crs` and `sortby`.

Source: OGC 19-079r2 (Features Part 3), clauses 7-8; OGC 21-065r2 (CQL2); OGC 20-004r1
(Records Part 1), clause 8.5 for `sortby`.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import shapely

from api.errors import ParameterError
from api.ogc import crs as systems
from api.ogc.crs import Crs
from cim.catalog import Field, Layer
from cim.errors import InputError
from cim.filters import cql2_json, cql2_text
from cim.filters import model as m
from cim.filters.fit import fit
from cim.filters.shapes import Axes
from cim.store.base import SortKey

FILTER, LANGUAGE, CRS = "filter", "filter-lang", "filter-crs"
SORT = "sortby"
PARAMETERS: Final = (FILTER, LANGUAGE, CRS, SORT)
READERS: Final = {"cql2-text": cql2_text.parse, "cql2-json": cql2_json.parse}
MOST_KEYS: Final = 8
PARTS_OF_SIDE: Final = 32
"""Into how many parts the longest side of a shape is cut before it goes into another CRS."""


def parse_filter(
    values: Mapping[str, str], layer: Layer, assumed: Crs | None = None
) -> m.Expression | None:
    """The condition on features that the parameters make, in the layer's storage CRS.

    Args:
        values: Parameters of the request.
        layer: What is asked.
        assumed: CRS of coordinates where `filter-crs` does not say; CRS84 by default.

    Raises:
        ParameterError: A parameter is malformed, or says what this layer cannot answer.
    """
    text = values.get(FILTER)
    if text is None:
        for name in (LANGUAGE, CRS):
            if name in values:
                raise ParameterError(name, f"has no meaning without {FILTER}")
        return None
    language = values.get(LANGUAGE, _language_of(text))
    if language not in READERS:
        raise ParameterError(LANGUAGE, f"{language!r} is not legal; legal: {', '.join(READERS)}")
    uri = values.get(CRS)
    source = (assumed or systems.PLAIN) if uri is None else systems.find(layer, CRS, uri)
    axes = Axes(source.north_first, source.decimals == systems.GEOGRAPHIC_DECIMALS)
    try:
        found = fit(READERS[language](text, axes), queryable(layer))
    except InputError as error:
        raise ParameterError(FILTER, str(error)) from error
    if source.is_same_ground(layer.crs):
        return found
    return m.with_shapes(found, lambda shape: _moved(shape, source, layer.crs))


def queryable(layer: Layer) -> tuple[Field, ...]:
    """Fields that a filter may speak of."""
    return tuple(field for field in layer.fields if field.type != "binary")


def sortable(layer: Layer) -> tuple[Field, ...]:
    """Fields that items may be sorted by."""
    return queryable(layer)


def parse_order(values: Mapping[str, str], layer: Layer) -> tuple[SortKey, ...]:
    """The fields that items are to be sorted by, `-` before those that go down.

    Raises:
        ParameterError: A field cannot be sorted by, or comes twice.
    """
    text = values.get(SORT)
    if text is None:
        return ()
    known = {field.name for field in sortable(layer)}
    keys: dict[str, SortKey] = {}
    for part in text.split(","):
        name = part.strip()
        name = name if name in known else name.removeprefix("+").removeprefix("-")
        if name not in known:
            raise ParameterError(
                SORT, f"no sortable {name[:80]!r}; known: {', '.join(sorted(known))}"
            )
        if name in keys:
            raise ParameterError(SORT, f"{name!r} comes twice")
        keys[name] = SortKey(name, part.strip().startswith("-") and part.strip() != name)
    if len(keys) > MOST_KEYS:
        raise ParameterError(SORT, f"{len(keys)} fields; legal: up to {MOST_KEYS}")
    return tuple(keys.values())


def _language_of(text: str) -> str:
    """JSON is an object; no CQL2 text begins like one."""
    return "cql2-json" if text.lstrip().startswith("{") else "cql2-text"


def _moved(shape: shapely.Geometry, source: Crs, target: str) -> shapely.Geometry:
    """A shape in another CRS, as far as it lies in the area for which that is made."""
    area = shapely.box(*systems.area_of(target, source))
    inside = shape if shapely.covers(area, shape) else shapely.intersection(shape, area)
    if inside.is_empty:
        return inside
    west, south, east, north = inside.bounds
    side = max(east - west, north - south)
    fine = shapely.segmentize(inside, side / PARTS_OF_SIDE) if side > 0 else inside
    go = systems.mover(source, target)

    def move(positions: np.ndarray) -> np.ndarray:
        return np.column_stack(go(positions[:, 0], positions[:, 1]))

    return shapely.transform(fine, move)
