"""Themes of layers: the six classes of the CIM data catalogue and their groups.

The list is data: assets/codelists/themes.toml.
"""

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

HOUSE_THEMES: Final = Path(__file__).resolve().parents[1] / "assets" / "codelists" / "themes.toml"


@dataclass(frozen=True, slots=True)
class Theme:
    """A class of the catalogue, or a group of one."""

    code: str
    """`planning`, or `planning.control_lines` for a group."""

    title_zh: str
    title_en: str

    @property
    def parent(self) -> str:
        """Code of the class: its own for a class."""
        return self.code.partition(".")[0]

    @property
    def is_class(self) -> bool:
        """Whether this is one of the six classes."""
        return "." not in self.code


@functools.cache
def themes() -> Mapping[str, Theme]:
    """All themes by code, in the catalogue's order, each class before its groups."""
    document = tomllib.loads(HOUSE_THEMES.read_text("utf-8"))
    found = {}
    for one in document["theme"]:
        found[one["code"]] = Theme(one["code"], one["title_zh"], one["title_en"])
        for group in one["groups"]:
            code = f"{one['code']}.{group['code']}"
            found[code] = Theme(code, group["title_zh"], group["title_en"])
    return MappingProxyType(found)


def is_within(theme: str, wanted: str) -> bool:
    """Whether a layer's theme is the one that is wanted, or a group of it."""
    return theme == wanted or theme.startswith(f"{wanted}.")
