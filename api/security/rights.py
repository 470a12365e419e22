"""Roles, and what several of them together allow on a layer.

A caller may what any of its roles allows; everyone has the role `EVERYONE`. Nothing is taken
away by a role: what the public sees, a caller with a role sees too.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Final

from shapely import union_all
from shapely.geometry.base import BaseGeometry

from cim.catalog import CLASSIFICATIONS, SYSTEM_FIELDS, Field, Layer

VERBS: Final = ("read", "create", "update", "delete", "publish")
"""What may be done with a layer; `publish` is to make, load, change and retire it."""

DUTIES: Final = ("audit",)
"""What may be done beside layers: `audit` is to read the audit trail."""

PUBLIC_TAG: Final = "public"


@dataclass(frozen=True, slots=True)
class Role:
    """What a role allows."""

    name: str
    layers: tuple[str, ...] = ()
    """Names of layers, or patterns of them (`road_*`)."""

    themes: tuple[str, ...] = ()
    classification: str = "public"
    """Layers and attributes up to this class are seen without being named."""

    attributes: tuple[str, ...] = ()
    """Attributes of a higher class seen all the same: `layer.attribute`, or patterns."""

    hidden: tuple[str, ...] = ()
    """Attributes that this role does not show: `layer.attribute`, or patterns."""

    area: BaseGeometry | None = None
    """Degrees CGCS2000; only features that meet it. None: everywhere."""

    verbs: frozenset[str] = frozenset({"read"})
    duties: frozenset[str] = frozenset()


EVERYONE: Final = Role("everyone")
"""What every caller may: read what is public."""

STEWARD: Final = Role(
    "steward", classification=CLASSIFICATIONS[-1], verbs=frozenset(VERBS), duties=frozenset(DUTIES)
)
"""Who keeps the city's data: everything."""

BUILT_IN: Final[Mapping[str, Role]] = {STEWARD.name: STEWARD}
"""Roles that there are without being defined."""


@dataclass(frozen=True, slots=True)
class LayerRight:
    """What a caller may do with one layer."""

    hidden: frozenset[str]
    """Attributes that do not exist for the caller."""

    areas: Mapping[str, BaseGeometry | None] = field(default_factory=dict)
    """By verb that the caller may: where, None for everywhere."""


class Rights:
    """What several roles together allow."""

    def __init__(self, roles: Iterable[Role]) -> None:
        """The rights of `roles`, with those of everyone."""
        chosen = sorted({EVERYONE, *roles}, key=lambda role: role.name)
        self._roles = tuple(chosen)
        self.duties = frozenset[str]().union(*(role.duties for role in chosen))
        self.has_areas = any(role.area is not None for role in chosen)
        """Whether any of them holds in an area only."""

        self.tag = _tag(self._roles)
        """Equal for equal rights; part of every validator and cache key."""

    def of(self, layer: Layer) -> LayerRight | None:
        """What may be done with a layer; None when it may not be seen."""
        granting = [role for role in self._roles if _grants(role, layer)]
        reading = [role for role in granting if "read" in role.verbs]
        if not reading:
            return None
        hidden = frozenset(
            column.name
            for column in layer.fields
            if not any(_shows(role, layer, column) for role in reading)
        )
        return LayerRight(hidden, _areas(granting))

    def sees(self, name: str, classification: str) -> bool:
        """Whether something that is no layer but has a name and class like one may be seen."""
        return any(
            _rank(classification) <= _rank(role.classification)
            or any(fnmatchcase(name, pattern) for pattern in role.layers)
            for role in self._roles
            if "read" in role.verbs
        )

    def may_make(self, name: str) -> bool:
        """Whether a layer of this name may be made: by roles that publish it, or secret ones."""
        makers = [role for role in self._roles if "publish" in role.verbs]
        return any(
            role.classification != CLASSIFICATIONS[0]
            or any(fnmatchcase(name, pattern) for pattern in role.layers)
            for role in makers
        )


def visible(layer: Layer, right: LayerRight) -> Layer:
    """The layer as a caller with this right sees it."""
    if not right.hidden:
        return layer
    return replace(
        layer,
        fields=tuple(one for one in layer.fields if one.name not in right.hidden),
        name_field=None if layer.name_field in right.hidden else layer.name_field,
        height_field=None if layer.height_field in right.hidden else layer.height_field,
    )


def _grants(role: Role, layer: Layer) -> bool:
    return (
        _rank(layer.classification) <= _rank(role.classification)
        or any(fnmatchcase(layer.name, pattern) for pattern in role.layers)
        or getattr(layer, "theme", "") in role.themes
    )


def _shows(role: Role, layer: Layer, column: Field) -> bool:
    if column.name in SYSTEM_FIELDS:
        return True
    name = f"{layer.name}.{column.name}"
    if any(fnmatchcase(name, pattern) for pattern in role.hidden):
        return False
    return _rank(column.classification) <= _rank(role.classification) or any(
        fnmatchcase(name, pattern) for pattern in role.attributes
    )


def _rank(classification: str) -> int:
    """How secret a class is; one that is not known is the most secret."""
    known = classification in CLASSIFICATIONS
    return CLASSIFICATIONS.index(classification) if known else len(CLASSIFICATIONS)


def _areas(roles: Iterable[Role]) -> dict[str, BaseGeometry | None]:
    areas: dict[str, BaseGeometry | None] = {}
    for role in roles:
        for verb in role.verbs:
            known = areas.get(verb, role.area)
            everywhere = known is None or role.area is None
            areas[verb] = None if everywhere else union_all([known, role.area])
    return areas


def _tag(roles: tuple[Role, ...]) -> str:
    if roles == (EVERYONE,):
        return PUBLIC_TAG
    text = repr([_plain(role) for role in roles])
    return hashlib.blake2b(text.encode(), digest_size=9).hexdigest()


def _plain(role: Role) -> tuple[object, ...]:
    """A role as plain values whose text is the same in every process."""
    return (
        (role.name, role.layers, role.themes, role.classification, role.attributes, role.hidden),
        role.area.wkb_hex if role.area is not None else None,
        (sorted(role.verbs), sorted(role.duties)),
    )
