# ruff: noqa: INP001 - a script beside its figures, not a package
"""Draws the figures of the grid reference with the grids themselves.

Run `python docs/reference/grids/draw.py` to write them anew.
"""

from itertools import pairwise
from pathlib import Path

import numpy as np

from cim.grids.beidou import PLUGIN as BEIDOU

EXAMPLE = "N50J47539B82"
_INK, _LINE, _MARK = "#1f2937", "#94a3b8", "#2563eb"
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
        parts.append(_box((x, y, size, (north - south) * 30), fill="#dbeafe" if near else "none"))
        if near:
            parts.append(_text(x + size / 2, y + size / 2 + 3, text[4:], "small"))
    parts.append(f'<path d="M{left + 180} {top}v240M{left} {top + 120}h360" stroke="{_INK}"/>')
    corners = ((90, 64, "N30A"), (270, 64, "N31A"), (90, 184, "S30A"), (270, 184, "S31A"))
    return parts + [_text(left + x, top + y, words) for x, y, words in corners]


def path(left: float, top: float) -> list[str]:
    """The cells of a code from level 2 on, each among its siblings."""
    chain = [EXAMPLE[:end] for end in (4, 6, 7, 9, 11, 12)]
    parts = [_text(left + 270, top - 12, " · ".join(chain), "title")]
    for at, (parent, child) in enumerate(pairwise(chain)):
        codes = BEIDOU.from_text([parent, child])
        (west, south, east, north), _ = BEIDOU.bounds(codes)
        x0, y0 = left + at * 112, top + 30
        scale = np.array([100 / (east - west), 100 / (north - south)])
        siblings = BEIDOU.children(codes[:1]).codes
        for code, (w, s, e, n) in zip(siblings, BEIDOU.bounds(siblings), strict=True):
            place = ((w - west) * scale[0], (north - n) * scale[1])
            size = ((e - w) * scale[0], (n - s) * scale[1])
            fill = _MARK if code == codes[1] else "none"
            parts.append(_box((x0 + place[0], y0 + place[1], *size), fill=fill))
        digits = child[len(parent) :]
        parts += [_text(x0 + 50, y0 - 8, parent), _text(x0 + 50, y0 + 116, f"+ {digits}")]
    return parts


def cap(left: float, top: float) -> list[str]:
    """The sixteen cells of the north cap, seen from above the pole, 0 degrees at the bottom."""
    parts = [_text(left, top - 128, "N000", "title")]
    codes = BEIDOU.children(BEIDOU.from_text(["N000"])).codes
    for text, (west, south, east, north) in zip(
        BEIDOU.to_text(codes).tolist(), BEIDOU.bounds(codes).tolist(), strict=True
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
        parts.append(_text(x, y + 4, text[4:]))
    return [*parts, _text(left, top + 134, "0°"), _text(left + 130, top + 4, "90°E")]


def beidou() -> str:
    """The figure of the BeiDou grid."""
    body = "\n".join([*quadrants(20, 40), *path(20, 320), *cap(530, 165)])
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 690 480" width="690" height="480" '
        f'role="img">\n<rect width="690" height="480" fill="#ffffff"/>\n{_STYLE}\n{body}\n</svg>\n'
    )


FIGURES = {"beidou.svg": beidou}

if __name__ == "__main__":
    for name, draw in FIGURES.items():
        (Path(__file__).parent / name).write_text(draw(), encoding="utf-8")
