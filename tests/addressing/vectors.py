"""Labelled addresses of `tests/vectors`."""

from collections.abc import Iterator
from pathlib import Path

VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "addresses_mainland.tsv"

OPEN = frozenset({"estate", "poi", "building", "road", "lane", "natural_village"})
"""Types of names that a label may leave out."""

type Label = list[tuple[str, str]]


def labelled() -> Iterator[tuple[str, Label]]:
    """Texts with the types and values of their elements."""
    for line in VECTORS.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            text, labels = line.split("\t")
            pairs = (label.split("=", 1) for label in labels.split(" "))
            yield text, [(kind, value) for kind, value in pairs]


def faults(want: Label, got: Label) -> list[str]:
    """What is missing, and what is there that must not be."""
    named = {kind for kind, _ in want}
    missing = [f"no {kind} {value}" for kind, value in want if (kind, value) not in got]
    extra = [
        f"{kind} {value}"
        for kind, value in got
        if (kind, value) not in want and (kind in named or kind not in OPEN)
    ]
    return missing + extra
