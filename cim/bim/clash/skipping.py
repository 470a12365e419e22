"""Pairs that are no clash whatever their shapes: a door and its wall, a stair and its flights."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cim.bim.check.base import is_of
from cim.bim.clash.base import Element
from cim.bim.model import IfcModel, IfcObject
from cim.errors import InputError

HOUSE_SKIPPING: Final = Path(__file__).resolve().parents[3] / "assets" / "bim" / "clash.toml"
_KEYS: Final = ("skip_classes", "skip_pairs")
_PAIR: Final = 2


@dataclass(frozen=True, slots=True)
class Skipping:
    """Which elements and pairs are left out."""

    classes: tuple[str, ...] = ()
    """IFC classes that never clash."""

    pairs: tuple[tuple[str, str], ...] = ()
    """Pairs of IFC classes that may share room."""

    def takes(self, one: IfcObject) -> bool:
        """Whether an element is looked at."""
        return not is_of(one, self.classes)

    def skips(self, first: IfcObject, second: IfcObject) -> bool:
        """Whether two elements may share room by their classes."""
        return any(
            (is_of(first, (a,)) and is_of(second, (b,)))
            or (is_of(first, (b,)) and is_of(second, (a,)))
            for a, b in self.pairs
        )


def read_skipping(files: tuple[Path, ...]) -> Skipping:
    """What files leave out, together.

    Raises:
        InputError: A file cannot be read or holds something else.
    """
    classes, pairs = list[str](), list[tuple[str, str]]()
    for file in files:
        document = _document(file)
        classes += [_class(file, one) for one in document.get("skip_classes", [])]
        pairs += [_pair(file, one) for one in document.get("skip_pairs", [])]
    return Skipping(tuple(dict.fromkeys(classes)), tuple(dict.fromkeys(pairs)))


@dataclass(frozen=True, slots=True)
class Kin:
    """Relations within one model by which elements belong together."""

    partners: frozenset[tuple[str, str]] = frozenset()
    """Keys of fillings and what they fill, coverings and what they cover, both ways."""

    above: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Keys of the elements that an element is a part of."""

    def related(self, first: str, second: str) -> bool:
        """Whether one fills, covers or is a part of the other, or both are of one whole."""
        if (first, second) in self.partners:
            return True
        mine, theirs = self.above.get(first, frozenset()), self.above.get(second, frozenset())
        return first in theirs or second in mine or bool(mine & theirs)


def kin_of(model: IfcModel) -> Kin:
    """The relations of a model."""
    wanted = [one for one in model.relations if one.kind in {"fills", "covers"}]
    partners = {(one.source, one.target) for one in wanted}
    above: dict[str, frozenset[str]] = {}
    for one in model.objects.values():
        parent = model.objects.get(one.parent or "")
        if one.kind == "element" and parent is not None and parent.kind == "element":
            above[one.key] = above.get(parent.key, frozenset()) | {parent.key}
    return Kin(frozenset(partners | {(b, a) for a, b in partners}), above)


def is_same(first: Element, second: Element) -> bool:
    """Whether two elements are one: of the same GlobalId, in two versions of a model."""
    return first.side != second.side and first.object.global_id == second.object.global_id


def _document(file: Path) -> dict[str, Any]:
    try:
        document = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: no file of clash rules: {error}") from error
    for name, value in document.items():
        if name not in _KEYS:
            raise InputError(f"{file}: no key {name!r}; known: {', '.join(_KEYS)}")
        if not isinstance(value, list):
            raise InputError(f"{file}: {name} = {value!r}; legal: a list")
    return document


def _class(file: Path, value: object) -> str:
    if not isinstance(value, str) or not value.startswith("Ifc"):
        raise InputError(f"{file}: {value!r}; legal: an IFC class such as 'IfcGrid'")
    return value


def _pair(file: Path, value: object) -> tuple[str, str]:
    if not isinstance(value, list) or len(value) != _PAIR:
        raise InputError(f"{file}: {value!r}; legal: two IFC classes")
    return _class(file, value[0]), _class(file, value[1])
