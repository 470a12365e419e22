"""The parameters that say how features are written, not which.

`crs` is of OGC 18-058r1 (Features Part 2), clause 6.2; `properties`, `skipGeometry` and the like
are in wide use; `coordsys`, `precision` and `max-allowable-offset` are extensions. See
docs/reference/http.md.
"""

from collections.abc import Mapping
from typing import Final

from api.errors import ParameterError
from api.ogc import crs as systems
from api.ogc.crs import Crs
from api.ogc.encoding import PLAIN, Representation
from cim.catalog import Layer

COORDSYS: Final = "coordsys"
PROPERTIES: Final = "properties"
EXCLUDED: Final = "exclude-properties"
SKIP_GEOMETRY: Final = "skipGeometry"
PRECISION: Final = "precision"
OFFSET: Final = "max-allowable-offset"
PARAMETERS: Final = (
    "crs", COORDSYS, PROPERTIES, EXCLUDED, SKIP_GEOMETRY, PRECISION, OFFSET,
)  # fmt: skip
MOST_DECIMALS: Final = 12
LARGEST_OFFSET_M: Final = 1_000_000.0
_OF_CRS: Final = ("crs", "bbox-crs", "filter-crs")


def parse_representation(values: Mapping[str, str], layer: Layer) -> Representation:
    """How features are to be written; `PLAIN` itself when nothing special is asked for.

    Raises:
        ParameterError: A parameter is malformed, out of range, or contradicts another one.
    """
    if not values.keys() & set(PARAMETERS):
        return PLAIN
    chosen = Representation(
        crs=_crs(values, layer),
        properties=_properties(values, layer),
        geometry=not _flag(values, SKIP_GEOMETRY),
        decimals=_decimals(values),
        offset_m=_offset_m(values),
    )
    return PLAIN if chosen == PLAIN else chosen


def _flag(values: Mapping[str, str], name: str) -> bool:
    """Whether a parameter says true; Python's clients write `True`."""
    lowered = {name: values[name].lower()} if values.get(name) in {"True", "False"} else values
    return _word(lowered, name, ("true", "false")) == "true"


def assumed_crs(values: Mapping[str, str]) -> Crs:
    """CRS of coordinates in a request where it does not say.

    Raises:
        ParameterError: `coordsys` is not legal, or a CRS is given besides it.
    """
    name = _word(values, COORDSYS, tuple(systems.WEB_MAPS))
    if name is None:
        return systems.PLAIN
    for other in _OF_CRS:
        if other in values:
            raise ParameterError(COORDSYS, f"contradicts {other}; give one of them")
    return systems.WEB_MAPS[name]


def _crs(values: Mapping[str, str], layer: Layer) -> Crs:
    uri = values.get("crs")
    assumed = assumed_crs(values)
    return assumed if uri is None else systems.find(layer, "crs", uri)


def _properties(values: Mapping[str, str], layer: Layer) -> tuple[str, ...] | None:
    """Fields to write, None for all."""
    wanted, unwanted = values.get(PROPERTIES), values.get(EXCLUDED)
    if wanted is None and unwanted is None:
        return None
    if wanted is not None and unwanted is not None:
        raise ParameterError(EXCLUDED, f"contradicts {PROPERTIES}; give one of them")
    name = EXCLUDED if wanted is None else PROPERTIES
    known = tuple(field.name for field in layer.fields)
    given = set(_names(values[name], name, known))
    return tuple(field for field in known if (field in given) == (name == PROPERTIES))


def _names(text: str, parameter: str, known: tuple[str, ...]) -> list[str]:
    names = text.split(",") if text else []
    for name in names:
        if name not in known:
            raise ParameterError(parameter, f"no field {name[:80]!r}; known: {', '.join(known)}")
    return names


def _decimals(values: Mapping[str, str]) -> int | None:
    text = values.get(PRECISION)
    if text is None:
        return None
    if text not in map(str, range(MOST_DECIMALS + 1)):
        raise ParameterError(
            PRECISION, f"{text[:40]!r} is not legal; legal: 0 to {MOST_DECIMALS} decimals"
        )
    return int(text)


def _offset_m(values: Mapping[str, str]) -> float:
    text = values.get(OFFSET)
    if text is None:
        return 0.0
    try:
        offset = float(text)
    except ValueError:
        offset = -1.0
    if "_" in text or not 0 <= offset <= LARGEST_OFFSET_M:
        raise ParameterError(
            OFFSET, f"{text[:40]!r} is not legal; legal: 0 to {LARGEST_OFFSET_M:g} metres"
        )
    return offset


def _word(values: Mapping[str, str], name: str, legal: tuple[str, ...]) -> str | None:
    value = values.get(name)
    if value is not None and value not in legal:
        raise ParameterError(name, f"{value[:40]!r} is not legal; legal: {', '.join(legal)}")
    return value
