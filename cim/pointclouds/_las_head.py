"""What the head of a LAS file says.

Source: ASPRS LAS 1.4 R15, section 2.4 (header) and 2.6 (coordinate reference systems); OGC
19-008r4 (GeoTIFF keys).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cim.arrays import Float64
from cim.crs import crs_code, parse_crs
from cim.errors import SourceDataError

_GEO_KEYS, _WKT = 34735, 2112
"""Record ids of LASF_Projection."""

_GEOGRAPHIC, _PROJECTED, _VERTICAL, _VERTICAL_UNIT = 2048, 3072, 4096, 4099
_LEGAL_CODES = range(1024, 32_767)
"""EPSG codes in GeoTIFF keys; 32,767 stands for one that the user defines."""

_METRES = {9001: 1.0, 9002: 0.3048, 9003: 1200 / 3937}
"""EPSG units of length: metre, foot, US survey foot."""

_LARGEST_SCALE = 255.0
"""Metres, feet or degrees of one step: no instrument is so coarse."""

type Box = tuple[float, float, float, float, float, float]
"""Lowest x, y, z, then highest."""


@dataclass(frozen=True, slots=True)
class LasHead:
    """What reading needs of the head."""

    count: int
    """Points as stated."""

    point_size: int
    """Bytes of one point record."""

    first_byte: int
    """Where point records begin."""

    compressed: bool
    scale: Float64
    """(3,) units of the CRS for one step of the stored integers."""

    offset: Float64
    """(3,)."""

    bounds: Box
    wkt: str
    """Of the coordinate system record, empty without one."""

    keys: Mapping[int, int]
    """GeoTIFF keys with a number for value."""

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError("states no points")
        numbers = np.concatenate((self.scale, self.offset))
        fits = (self.scale > 0).all() and (self.scale <= _LARGEST_SCALE).all()
        if not np.isfinite(numbers).all() or not fits:
            raise ValueError(
                f"scale {_shown(self.scale)}, offset {_shown(self.offset)}; legal: finite "
                f"numbers, scales above 0 and at most {_LARGEST_SCALE:g}"
            )

    @property
    def height_factor(self) -> float:
        """Metres for one unit of z, where a unit is stated without a vertical CRS."""
        if self.wkt or self.keys.get(_VERTICAL, 0) in _LEGAL_CODES:
            return 1.0
        return _METRES.get(self.keys.get(_VERTICAL_UNIT, 9001), 1.0)

    def crs(self, where: str) -> str | None:
        """CRS of the file, None when it states none.

        Raises:
            SourceDataError: It states one that is not known.
        """
        if self.wkt:
            return crs_code(parse_crs(self.wkt, where))
        code = self.keys.get(_PROJECTED, self.keys.get(_GEOGRAPHIC))
        if code is None:
            return None
        if code not in _LEGAL_CODES:
            raise SourceDataError(
                f"states CRS {code}, which is no EPSG code; option --crs names the CRS",
                where=where,
            )
        vertical = self.keys.get(_VERTICAL, 0)
        height = f"+{vertical}" if vertical in _LEGAL_CODES else ""
        return crs_code(parse_crs(f"EPSG:{code}{height}", where))


def head_of(header: Any) -> LasHead:  # noqa: ANN401 - laspy has no types
    """The head of a file that laspy has opened.

    Raises:
        ValueError: It states no points, or a scale or offset is not legal.
    """
    records = {
        record.record_id: record
        for record in [*header.vlrs, *(header.evlrs or ())]
        if record.user_id.rstrip("\0") == "LASF_Projection"
    }
    geo_keys = getattr(records.get(_GEO_KEYS), "geo_keys", ())
    low, high = np.asarray(header.mins).tolist(), np.asarray(header.maxs).tolist()
    return LasHead(
        count=int(header.point_count),
        point_size=int(header.point_format.size),
        first_byte=int(header.offset_to_point_data),
        compressed=bool(header.are_points_compressed),
        scale=np.asarray(header.scales, np.float64),
        offset=np.asarray(header.offsets, np.float64),
        bounds=(low[0], low[1], low[2], high[0], high[1], high[2]),
        wkt=str(getattr(records.get(_WKT), "string", "")).rstrip("\0 "),
        keys={key.id: key.value_offset for key in geo_keys if key.tiff_tag_location == 0},
    )


def _shown(values: Float64) -> str:
    return ", ".join(f"{value:g}" for value in values.tolist())
