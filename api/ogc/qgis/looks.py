"""How layers are drawn: by the facts of the map page, `assets/viewer/src/layers/looks.json`."""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import orjson

from cim.catalog import Layer

FACTS: Final = (
    Path(__file__).resolve().parents[3] / "assets" / "viewer" / "src" / "layers" / "looks.json"
)


@dataclass(frozen=True, slots=True)
class HeightClass:
    """A class of building heights; it ends where the next begins."""

    from_m: float
    color: str


@dataclass(frozen=True, slots=True)
class Look:
    """How the features of a layer are drawn; colours are `#rrggbb`, empty for none."""

    lift_m: float
    """What lies higher is drawn later."""

    fill: str = ""
    line: str = ""
    line_width_m: float = 0.0
    """Metres on the ground; 0 where the width is in pixels."""

    line_width_px: float = 0.0
    point: str = ""
    on: bool = False
    """Whether the layer is drawn from the start."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All there is to say of looks."""

    heights: tuple[HeightClass, ...]
    no_height: str
    classes: Mapping[str, Look]
    other: Look
    variants: tuple[str, ...]
    """Colours of the second, third… layer of a class."""


@functools.cache
def facts() -> Facts:
    """The facts, as the map page has them."""
    said = orjson.loads(FACTS.read_bytes())
    return Facts(
        tuple(HeightClass(each["from"], each["color"]) for each in said["heights"]),
        said["noHeight"],
        {code: _look(each) for code, each in said["classes"].items()},
        _look(said["other"]),
        tuple(said["variants"]),
    )


def looks_of(layers: Iterable[Layer]) -> dict[str, Look]:
    """The look of each layer by name; layers of one class differ in colour, in their order."""
    seen: dict[str, int] = {}
    found = {}
    for layer in layers:
        variant = seen.get(layer.class_code, 0)
        seen[layer.class_code] = variant + 1
        found[layer.name] = _variant(facts().classes.get(layer.class_code, facts().other), variant)
    return found


def _variant(look: Look, number: int) -> Look:
    """The look some steps away."""
    if number == 0 or look.line_width_m:
        return look
    color = facts().variants[(number - 1) % len(facts().variants)]
    return replace(look, point=look.point and color, line=look.line and color)


def _look(said: Mapping[str, Any]) -> Look:
    return Look(
        lift_m=said["liftM"],
        fill=said.get("fill", ""),
        line=said.get("line", ""),
        line_width_m=said.get("lineWidthM", 0.0),
        line_width_px=said.get("lineWidthPx", 0.0),
        point=said.get("point", ""),
        on=said.get("on", False),
    )
