"""What `cim grid cover` does."""

import sys
from collections.abc import Iterator
from pathlib import Path

from shapely.geometry.base import BaseGeometry

from api.cli.output import show
from api.grid_cells import box_of, collection, parse_bounds, parse_wkt, read_geometry
from api.grid_kin import solid_grid
from cim.arrays import Text, Uint64
from cim.errors import InputError
from cim.grids.base import Grid
from cim.zones.cover import CoverRequest, cover, cover_compact, estimate_cover
from cim.zones.solids import Body, cover_body, estimate_body

_LINES = 1 << 16


def geometry_of(bbox: str, wkt: str, file: Path | None) -> BaseGeometry:
    """The geometry that the user gives, in one of three ways."""
    if [bool(bbox), bool(wkt), file is not None].count(True) != 1:
        raise InputError("give one of --bbox, --wkt, --input; see: cim grid cover --help")
    if file is not None:
        return read_geometry(file)
    return parse_wkt(wkt) if wkt else box_of(parse_bounds(bbox))


def print_cells(grid: Grid, codes: Uint64, form: str) -> None:
    """Cells on standard output."""
    if form == "geojson":
        sys.stdout.buffer.writelines(collection(grid, codes))
        sys.stdout.buffer.write(b"\n")
        return
    _print_lines("code", (grid.to_text(codes[i : i + _LINES]) for i in _starts(codes)))


def heights_of(low_m: float | None, high_m: float | None) -> tuple[float, float] | None:
    """The two heights, None when there are none."""
    if low_m is None and high_m is None:
        return None
    if low_m is None or high_m is None:
        raise InputError("--low-m and --high-m: give both or neither")
    return low_m, high_m


def check_solid(*, compact: bool, form: str) -> None:
    """Refuse what solid cells cannot be."""
    if compact or form == "geojson":
        raise InputError("3D cells come as --format csv and are not compacted")


def show_estimate(grid: Grid, geometry: BaseGeometry, request: CoverRequest) -> None:
    """About how many cells there are."""
    count = estimate_cover(grid, geometry, request)
    show({"system": grid.name, "level": request.level, "estimate": count})


def find(grid: Grid, geometry: BaseGeometry, request: CoverRequest, *, compact: bool) -> Uint64:
    """The cells."""
    return (cover_compact if compact else cover)(grid, geometry, request)


def cover_solid(
    grid: Grid,
    footprint: BaseGeometry,
    heights: tuple[float, float],
    request: CoverRequest,
    *,
    estimate: bool,
) -> None:
    """Solid cells on standard output, or just about how many there are."""
    solid, body = solid_grid(grid), Body(footprint, *heights)
    if estimate:
        count = estimate_body(solid, body, request)
        show({"system": grid.name, "level": request.level, "estimate": count})
        return
    found = cover_body(solid, body, request)
    texts = (
        solid.to_text_3d(found.codes[i : i + _LINES], found.heights[i : i + _LINES])
        for i in _starts(found.codes)
    )
    _print_lines("code_3d", texts)


def _starts(codes: Uint64) -> range:
    return range(0, len(codes), _LINES)


def _print_lines(header: str, blocks: Iterator[Text]) -> None:
    """A column of CSV on standard output."""
    sys.stdout.buffer.write(header.encode() + b"\n")
    for texts in blocks:
        sys.stdout.buffer.write("\n".join([*texts.tolist(), ""]).encode())
    sys.stdout.buffer.flush()
