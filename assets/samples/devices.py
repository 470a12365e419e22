"""Devices of the city: lamps and cameras along streets, sensors for air and water."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

import numpy as np
import shapely
from shapely import LineString, Point

from assets.samples.frame import rng_for
from assets.samples.model import ARTERIAL, EXPRESSWAY, SECONDARY, Device, Lot, Street
from assets.samples.waters import EAST_EDGE, river_line

_LAMP_M: Final = 60.0
_STATUS: Final = ("在线", "离线", "故障", "停用")
_STATUS_SHARES: Final = (0.93, 0.04, 0.02, 0.01)
_AIR_USES: Final = frozenset({"school_middle", "government", "hospital", "sports", "college"})
_GATE_USES: Final = frozenset(
    {"school_middle", "school_primary", "hospital", "mall", "government"}
)
_FIRST_DAY: Final = date(2015, 3, 1)


def _device(kind: str, point: Point, place: str) -> Device:
    return Device("", kind, point, "", "", place)


def _lamps(street: Street) -> Iterator[Device]:
    """Lamps along both edges of the carriageway, in turns."""
    for side in (1.0, -1.0):
        edge = shapely.offset_curve(
            street.line, side * (street.road_class.carriageway_m / 2 + 1.5)
        )
        if not isinstance(edge, LineString) or edge.is_empty:
            continue
        start = _LAMP_M / 2 if side > 0 else _LAMP_M
        for along in np.arange(start, edge.length, _LAMP_M):
            yield _device("路灯", edge.interpolate(along), street.name)


def _junction_cameras(streets: tuple[Street, ...]) -> Iterator[Device]:
    """A camera on a corner of every junction of two main roads."""
    main = [s for s in streets if s.road_class in (EXPRESSWAY, ARTERIAL, SECONDARY)]
    for i, one in enumerate(main):
        for other in main[i + 1 :]:
            for point in shapely.get_parts(one.line.intersection(other.line)):
                if isinstance(point, Point):
                    reach = other.road_class.carriageway_m / 2 + 3.0
                    corner = shapely.transform(point, lambda xy, reach=reach: xy + reach)
                    yield _device("视频监控", corner, f"{one.name}与{other.name}路口")


def _gate_cameras(lots: tuple[Lot, ...]) -> Iterator[Device]:
    for lot in lots:
        if lot.parcel.use in _GATE_USES:
            corner = Point(lot.parcel.shape.exterior.coords[0])
            yield _device("视频监控", corner, lot.parcel.name)


def _air_stations(lots: tuple[Lot, ...]) -> Iterator[Device]:
    for lot in lots:
        if lot.parcel.use in _AIR_USES:
            yield _device(
                "空气质量监测站", lot.parcel.shape.representative_point(), lot.parcel.name
            )


def _water_gauges() -> Iterator[Device]:
    """Gauges along both banks of the river."""
    for bank, offset in (("北岸", 72.0), ("南岸", -72.0)):
        line = river_line(offset, EAST_EDGE - 80.0)
        for along in np.linspace(0.03, 0.97, 6):
            point = line.interpolate(along, normalized=True)
            yield _device("水质水位监测站", point, f"杉江{bank}")


def _finish(index: int, device: Device, rng: np.random.Generator) -> Device:
    installed = _FIRST_DAY + timedelta(days=int(rng.integers(0, 3500)))
    status = str(rng.choice(_STATUS, p=_STATUS_SHARES))
    return replace(device, id=f"SB{index:06d}", installed=installed.isoformat(), status=status)


def build_devices(streets: tuple[Street, ...], lots: tuple[Lot, ...]) -> tuple[Device, ...]:
    """All devices."""
    rng = rng_for("devices")
    found = [
        *(lamp for street in streets for lamp in _lamps(street)),
        *_junction_cameras(streets),
        *_gate_cameras(lots),
        *_air_stations(lots),
        *_water_gauges(),
    ]
    return tuple(_finish(i, device, rng) for i, device in enumerate(found, start=1))
