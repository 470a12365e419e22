"""Addresses of licences, for those who are to find the text: assets/codelists/licences.toml."""

import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

HOUSE_LICENCES: Final = (
    Path(__file__).resolve().parents[1] / "assets" / "codelists" / "licences.toml"
)


def licence_address(licence: str) -> str | None:
    """Address of a licence's text: the licence itself if it is one; None where none is known."""
    if licence.startswith(("https://", "http://")):
        return licence
    return _addresses().get(licence.casefold())


@functools.cache
def _addresses() -> Mapping[str, str]:
    document = tomllib.loads(HOUSE_LICENCES.read_text("utf-8"))
    return {name.casefold(): address for name, address in document["licences"].items()}
