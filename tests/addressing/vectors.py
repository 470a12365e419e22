"""Labelled addresses of `tests/vectors`."""

from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "vectors"
MAINLAND, CITIES, FRESH, BLIND = (
    f"addresses_{name}.tsv" for name in ("mainland", "cities", "fresh", "blind")
)

OPEN = frozenset({"estate", "poi", "building", "road", "lane", "natural_village"})
"""Types of names that a label may leave out."""

EITHER = {"place": frozenset({"estate", "poi"}), "way": frozenset({"road", "lane"})}
"""Types of which a label does not say which one."""

type Label = list[tuple[str, str]]


def labelled(file: str = MAINLAND) -> Iterator[tuple[str, Label]]:
    """Texts with the types and values of their elements."""
    for line in (FOLDER / file).read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            text, labels = line.split("\t")
            pairs = (label.split("=", 1) for label in labels.split(" "))
            yield text, [(kind, value) for kind, value in pairs]


def faults(want: Label, got: Label) -> list[str]:
    """What is missing, and what is there that must not be."""
    left = list(got)
    missing = []
    for kind, value in want:
        kinds = EITHER.get(kind, {kind})
        found = next((one for one in left if one[0] in kinds and one[1] == value), None)
        if found is None:
            missing.append(f"no {kind} {value}")
        else:
            left.remove(found)
    named = {one for kind, _ in want for one in EITHER.get(kind, {kind})}
    return missing + [
        f"{kind} {value}" for kind, value in left if kind in named or kind not in OPEN
    ]
