"""Grid codes of features, and the place of birth that their entity ids carry."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from cim import plugins
from cim.arrays import Float64, Text
from cim.entities.ids import CELL_LENGTH, CELL_LEVEL
from cim.features import FeatureBatch, Reject, select
from cim.grids.base import Grid

MAX_LATITUDE_DEG: Final = 88.0
"""From here on BeiDou 2D codes end at level 2, so no entity id can be made."""


@dataclass(frozen=True, slots=True)
class CodeLevels:
    """Level of each grid code kept with a feature."""

    beidou: int = 10
    geosot: int = 26
    h3: int = 13


@dataclass(frozen=True, slots=True)
class CodedFeatures:
    """Features with the codes of their representative points."""

    features: FeatureBatch
    """The features that have codes."""

    cells: Text
    """(n,) BeiDou 2D code of level 8, the place part of an entity id."""

    codes: Mapping[str, Text]
    """(n,) code text by grid name."""

    rejects: tuple[Reject, ...] = ()
    """The features that have none."""


def code(features: FeatureBatch, lon_lat: Float64, levels: CodeLevels) -> CodedFeatures:
    """Features with grid codes at `levels`.

    Args:
        features: The features, in any CRS.
        lon_lat: (n, 2) their representative points, degrees CGCS2000.
        levels: Level of each grid.
    """
    polar = np.abs(lon_lat[:, 1]) >= MAX_LATITUDE_DEG
    rejects = tuple(
        Reject(
            record=int(features.records[row]),
            field="geometry",
            value=f"{lon_lat[row, 0]:.6f} {lon_lat[row, 1]:.6f}",
            reason=f"no entity id at latitude {MAX_LATITUDE_DEG:g} degrees or beyond",
        )
        for row in np.flatnonzero(polar)
    )
    kept = select(features, ~polar)
    points = lon_lat[~polar]
    beidou = _encode("beidou", points, levels.beidou)
    cells = (
        beidou.astype(f"U{CELL_LENGTH}")
        if levels.beidou >= CELL_LEVEL
        else _encode("beidou", points, CELL_LEVEL)
    )
    codes = {
        "beidou": beidou,
        "geosot": _encode("geosot", points, levels.geosot),
        "h3": _encode("h3", points, levels.h3),
    }
    return CodedFeatures(features=kept, cells=cells, codes=codes, rejects=rejects)


def point_codes(
    lon_lat: Float64, levels: CodeLevels | None = None
) -> Mapping[str, list[str | None]]:
    """Code texts of points by grid name; None where a point is unknown (NaN) or near a pole.

    Args:
        lon_lat: (n, 2) degrees CGCS2000.
        levels: Level of each grid; the usual ones when not given.
    """
    wanted = levels or CodeLevels()
    placed = np.flatnonzero(np.abs(lon_lat[:, 1]) < MAX_LATITUDE_DEG)  # NaN is not
    found: dict[str, list[str | None]] = {}
    for name, level in (
        ("beidou", wanted.beidou),
        ("geosot", wanted.geosot),
        ("h3", wanted.h3),
    ):
        texts = np.full(len(lon_lat), None, object)
        texts[placed] = _encode(name, lon_lat[placed], level)
        found[name] = texts.tolist()
    return found


def _encode(system: str, lon_lat: Float64, level: int) -> Text:
    grid: Grid = plugins.load(system, "cim.grids")
    return grid.to_text(grid.encode(lon_lat, level))
