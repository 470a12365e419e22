"""What a kind of rules is given and gives: one file in `cim/bim/check/rules` is one kind."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import shapely

from cim.arrays import Float64
from cim.bim.georeference import Verdict
from cim.bim.model import IfcModel, IfcObject, Kind
from cim.bim.solids import MeshFacts
from cim.errors import InputError

type Severity = Literal["error", "warning", "info"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class Words:
    """A text in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault that a rule found."""

    key: str
    """Key of the object at fault; empty for the model as a whole."""

    value: Words
    """The value at fault, and where it helps what was expected."""


@dataclass(frozen=True, slots=True)
class ShapeFacts:
    """The shape of one object, in the model's frame."""

    low: Float64
    """(3,) the lowest corner of its box, metres."""

    high: Float64
    meshes: tuple[MeshFacts, ...]
    outline: shapely.Geometry
    """Seen from above: exact for spaces, slabs and sites, else the convex hull."""

    @property
    def middle(self) -> Float64:
        """(3,) the middle of its box."""
        return (self.low + self.high) / 2


@dataclass(frozen=True, slots=True)
class Subject:
    """A model with its shapes, as a rule sees it."""

    model: IfcModel
    shapes: Mapping[str, ShapeFacts]
    """By key; objects without a finite shape are not there."""

    lost: Mapping[str, str]
    """Reason by key of the objects whose shape cannot be made."""

    place: Verdict
    """Where the model stands by what its file says."""

    not_finite: frozenset[str] = frozenset()
    """Keys of the objects whose shape has coordinates that are not finite."""

    children: Mapping[str, tuple[IfcObject, ...]] = field(default_factory=dict)
    """What each object directly holds, by key."""

    def of(self, kind: Kind) -> tuple[IfcObject, ...]:
        """The objects of a kind."""
        return self.model.of_kind(kind)


class Parameters:
    """The parameters of a rule: each is taken once, with its type and its bounds."""

    def __init__(self, rule: str, values: Mapping[str, object]) -> None:
        self._rule, self._values, self._known = rule, values, set[str]()

    def number(self, name: str, default: float, *, least: float, most: float) -> float:
        """A number.

        Raises:
            InputError: It is none, or out of bounds.
        """
        value = self._take(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._refusal(name, value, "a number")
        if not least <= value <= most:
            raise self._refusal(name, value, f"{least:g} to {most:g}")
        return float(value)

    def text(self, name: str, legal: Sequence[str] = (), default: str | None = None) -> str:
        """A text, one of `legal` where these are named.

        Raises:
            InputError: It is none, or not legal, or missing.
        """
        value = self._take(name, default)
        if not isinstance(value, str) or not value or (legal and value not in legal):
            raise self._refusal(name, value, ", ".join(legal) or "a text")
        return value

    def texts(
        self, name: str, default: Sequence[str] | None = None, legal: Sequence[str] = ()
    ) -> tuple[str, ...]:
        """Several texts.

        Raises:
            InputError: They are none, or not legal, or missing.
        """
        values = self._take(name, None if default is None else list(default))
        if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
            raise self._refusal(name, values, "a list of texts")
        for one in values:
            if legal and one not in legal:
                raise self._refusal(name, one, ", ".join(legal))
        return tuple(values)

    def finish(self) -> None:
        """Refuse parameters that nobody took.

        Raises:
            InputError: There are some; the message names the known ones.
        """
        for name in self._values:
            if name not in self._known:
                known = ", ".join(sorted(self._known)) or "none"
                raise InputError(f"rule {self._rule!r}: no parameter {name!r}; known: {known}")

    def _take(self, name: str, default: object) -> object:
        self._known.add(name)
        return self._values.get(name, default)

    def _refusal(self, name: str, value: object, legal: str) -> InputError:
        return InputError(f"rule {self._rule!r}: {name} = {value!r}; legal: {legal}")


@dataclass(frozen=True, slots=True)
class Test:
    """A rule kind with its parameters: what it looks at, and what it finds."""

    find: Callable[[Subject], Iterator[Finding]]
    looked_at: Callable[[Subject], int]
    """How many objects it concerns; 1 where it concerns the model as a whole."""


class RuleKind(Protocol):
    """One kind of rules."""

    def test(self, parameters: Parameters) -> Test:
        """The test that a rule of this kind makes with its parameters.

        Raises:
            InputError: A parameter is not legal.
        """
        ...


def whole(_: Subject) -> int:
    """What a rule on the model as a whole looks at."""
    return 1


def is_of(one: IfcObject, classes: Sequence[str]) -> bool:
    """Whether an object is of one of some IFC classes; standard and elemented cases are too."""
    name = one.ifc_class
    for ending in ("StandardCase", "ElementedCase"):
        name = name.removesuffix(ending)
    return name in classes or one.ifc_class in classes
