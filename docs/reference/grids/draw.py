# ruff: noqa: INP001 - a script beside its figures, not a package
"""Draws the figures of the grid reference with the grids themselves.

Run `python docs/reference/grids/draw.py` to write them anew.
"""

from itertools import pairwise
from pathlib import Path

import numpy as np
import shapely

from cim.arrays import Float64, Uint64
from cim.grids.base import Grid
from cim.grids.beidou import PLUGIN as BEIDOU
from cim.grids.geosot import PLUGIN as GEOSOT
from cim.grids.h3 import PLUGIN as H3

BEIDOU_CHAIN = [("N50J47539B82")[:end] for end in (4, 6, 7, 9, 11, 12)]
_WIDEST = 60
"""Characters of the longest title of a path."""

GEOSOT_CHAIN = [("G001310322230230")[:end] for end in (10, 11, 12, 13, 14, 15)]
_INK, _LINE, _MARK, _SOFT = "#1f2937", "#94a3b8", "#2563eb", "#dbeafe"
_STYLE = (
    "<style>text{font:11px system-ui,sans-serif;fill:#1f2937;text-anchor:middle}"
    ".small{font-size:8px}.title{font-size:13px;font-weight:600}</style>"
)


def _box(box: tuple[float, float, float, float], *, fill: str = "none", line: str = _LINE) -> str:
    """A rectangle from left, top, width, height."""
    x, y, width, height = box
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'fill="{fill}" stroke="{line}" stroke-width="0.7"/>'
    )


def _text(x: float, y: float, words: str, kind: str = "") -> str:
    """Words centred at a place."""
    style = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{style}>{words}</text>'


def quadrants(left: float, top: float) -> list[str]:
    """The four sheets round (0, 0) and the level-2 digits in them."""
    parts = [_text(left + 180, top - 12, "N30A · N31A · S30A · S31A", "title")]
    sheets = BEIDOU.from_text(["N30A", "N31A", "S30A", "S31A"])
    cells = BEIDOU.children(sheets).codes
    for text, (west, south, east, north) in zip(
        BEIDOU.to_text(cells).tolist(), BEIDOU.bounds(cells).tolist(), strict=True
    ):
        x, y = left + (west + 6) * 30, top + (4 - north) * 30
        size = (east - west) * 30
        near = text[4:] in {"00", "B0", "07", "B7", "10", "01"}
        parts.append(_box((x, y, size, (north - south) * 30), fill=_SOFT if near else "none"))
        if near:
            parts.append(_text(x + size / 2, y + size / 2 + 3, text[4:], "small"))
    parts.append(f'<path d="M{left + 180} {top}v240M{left} {top + 120}h360" stroke="{_INK}"/>')
    corners = ((90, 64, "N30A"), (270, 64, "N31A"), (90, 184, "S30A"), (270, 184, "S31A"))
    return parts + [_text(left + x, top + y, words) for x, y, words in corners]


def path(grid: Grid, chain: list[str], left: float, top: float) -> list[str]:
    """The cells of a code, each among its siblings."""
    steps = " · ".join(chain)
    title = steps if len(steps) <= _WIDEST else f"{chain[0]} → {chain[-1]}"
    parts = [_text(left + 270, top - 12, title, "title")]
    for at, (parent, child) in enumerate(pairwise(chain)):
        codes = grid.from_text([parent, child])
        (west, south, east, north), _ = grid.bounds(codes)
        x0, y0 = left + at * 112, top + 30
        scale = np.array([100 / (east - west), 100 / (north - south)])
        siblings = grid.children(codes[:1]).codes
        for code, (w, s, e, n) in zip(siblings, grid.bounds(siblings), strict=True):
            place = ((w - west) * scale[0], (north - n) * scale[1])
            size = ((e - w) * scale[0], (n - s) * scale[1])
            fill = _MARK if code == codes[1] else "none"
            parts.append(_box((x0 + place[0], y0 + place[1], *size), fill=fill))
        digits = child[len(parent) :]
        parts += [_text(x0 + 50, y0 - 8, parent), _text(x0 + 50, y0 + 116, f"+ {digits}")]
    return parts


def cap(grid: Grid, codes: Uint64, cut: int, left: float, top: float) -> list[str]:
    """Cells of the north cap, seen from above the pole, 0 degrees at the bottom."""
    parts = []
    for text, (west, south, east, north) in zip(
        grid.to_text(codes).tolist(), grid.bounds(codes).tolist(), strict=True
    ):
        outer, inner = (90 - south) * 58, (90 - north) * 58
        parts.append(
            f'<circle cx="{left}" cy="{top}" r="{outer:.1f}" fill="none" stroke="{_LINE}"/>'
        )
        if inner:
            angle = np.radians(west)
            x0, y0 = left + inner * np.sin(angle), top + inner * np.cos(angle)
            x1, y1 = left + outer * np.sin(angle), top + outer * np.cos(angle)
            parts.append(f'<path d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}" stroke="{_INK}"/>')
        middle = np.radians((west + (east - west) % 360 / 2) if inner else 0)
        radius = (outer + inner) / 2 if inner else 0
        x, y = left + radius * np.sin(middle), top + radius * np.cos(middle)
        parts.append(_text(x, y + 4, text[cut:], "small"))
    return [*parts, _text(left, top + 134, "0°"), _text(left + 130, top + 4, "90°E")]


def world(left: float, top: float) -> list[str]:
    """GeoSOT cells of level 3 on the map of the world."""
    parts = [_text(left + 180, top - 12, "G → G0 · G1 · G2 · G3 → level 3", "title")]
    codes = GEOSOT.from_text(["G"])
    for _ in range(3):
        codes = GEOSOT.children(codes).codes
    for text, (west, south, east, north) in zip(
        GEOSOT.to_text(codes).tolist(), GEOSOT.bounds(codes).tolist(), strict=True
    ):
        x, y = left + west + 180, top + 90 - north
        fill = _SOFT if text == GEOSOT_CHAIN[0][:4] else "none"
        parts.append(_box((x, y, east - west, north - south), fill=fill))
        parts.append(_text(x + (east - west) / 2, y + (north - south) / 2 + 3, text, "small"))
    return [*parts, f'<path d="M{left + 180} {top}v180M{left} {top + 90}h360" stroke="{_INK}"/>']


def stretch(left: float, top: float) -> list[str]:
    """How a degree of 60 minutes is numbered with 64."""
    parts = [_text(left + 180, top - 8, "1° = 64′ (level 12: 8′)", "title")]
    for minute in range(0, 64, 8):
        cut = min(8, 60 - minute)
        parts.append(_box((left + minute * 5.6, top, cut * 5.6, 24)))
        parts.append(_text(left + minute * 5.6, top + 36, f"{minute}′", "small"))
    gone = _box((left + 60 * 5.6, top, 4 * 5.6, 24), fill="#fca5a5")
    return [*parts, gone, _text(left + 60 * 5.6, top + 36, "60′-63′", "small")]


def hexagons(center: tuple[float, float], left: float, top: float, scale: float) -> list[str]:
    """A cell, its children and its neighbours, with the place of a centre at (left, top)."""
    own = H3.encode(np.array([center]), 5)
    lon, lat = H3.centers(own)[0]
    squeeze = np.array([np.cos(np.radians(lat)), -1.0]) * scale
    layers = ((H3.neighbors(own).codes, _LINE, 1), (H3.children(own).codes, _MARK, 1))
    parts = []
    for codes, line, width in (*layers, (own, _INK, 2)):
        for shape in H3.polygons(codes):
            corners: Float64 = (shapely.get_coordinates(shape) - (lon, lat)) * squeeze
            outline = " ".join(f"{left + x:.1f},{top + y:.1f}" for x, y in corners)
            parts.append(
                f'<polygon points="{outline}" fill="none" stroke="{line}" stroke-width="{width}"/>'
            )
    return [*parts, _text(left, top + 4, str(H3.to_text(own)[0]))]


def _figure(width: int, height: int, parts: list[str]) -> str:
    """A figure of its parts."""
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img">\n<rect width="{width}" height="{height}" fill="#ffffff"/>'
        f"\n{_STYLE}\n{body}\n</svg>\n"
    )


def beidou() -> str:
    """The figure of the BeiDou grid."""
    polar = BEIDOU.children(BEIDOU.from_text(["N000"])).codes
    title = _text(530, 37, "N000", "title")
    parts = [*quadrants(20, 40), *path(BEIDOU, BEIDOU_CHAIN, 20, 320), title]
    return _figure(690, 480, [*parts, *cap(BEIDOU, polar, 4, 530, 165)])


def geosot() -> str:
    """The figure of the GeoSOT grid."""
    pole = GEOSOT.children(GEOSOT.children(GEOSOT.from_text(["G00202200"])).codes).codes
    title = _text(530, 37, "G00202200 → level 10", "title")
    parts = [*world(20, 40), *stretch(20, 252), title, *cap(GEOSOT, pole, 7, 530, 165)]
    return _figure(690, 480, [*parts, *path(GEOSOT, GEOSOT_CHAIN, 20, 330)])


def h3() -> str:
    """The figure of the H3 grid."""
    pentagon = (10.536, 64.7)
    titles = [_text(170, 24, "level 5 · 6", "title"), _text(520, 24, "pentagon", "title")]
    city, corner = hexagons((121.49, 31.23), 180, 200, 780), hexagons(pentagon, 530, 190, 880)
    return _figure(690, 360, [*titles, *city, *corner])


FIGURES = {"beidou.svg": beidou, "geosot.svg": geosot, "h3.svg": h3}

if __name__ == "__main__":
    for name, draw in FIGURES.items():
        (Path(__file__).parent / name).write_text(draw(), encoding="utf-8")
