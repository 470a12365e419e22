"""What a store keeps of a model beside its rows: types, groups, relations, and its facts."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from cim.bim.model import IfcModel, IfcObject
from cim.model_records import ModelObject, ModelPart, ModelRelation
from cim.models.documents import group_document, object_document, text_of, type_document
from cim.models.layers import LAYER_OF, name_of
from cim.models.placing import Placed
from cim.models.tables import short
from cim.siting import Site


def objects_of(
    model: IfcModel, objects: Sequence[IfcObject], placed: Placed, prefix: str
) -> list[ModelObject]:
    """The objects that have a row in a layer, in order.

    Args:
        model: Holds them.
        objects: All of them, in order.
        placed: Those that have a row, and their places.
        prefix: Of the names of the layers.
    """
    return [
        ModelObject(
            key=one.key,
            layer=name_of(LAYER_OF[one.kind], prefix),
            kind=one.kind,
            global_id=one.global_id,
            ifc_class=one.ifc_class,
            name=short(one.name),
            parent=one.parent,
            rank=rank,
            state=placed.states[one.key],
            document=text_of(object_document(model, one)),
        )
        for rank, one in enumerate(objects)
        if one.key in placed.states
    ]


def parts_of(model: IfcModel) -> Iterator[ModelPart]:
    """Types and groups."""
    for key, kind in model.types.items():
        yield ModelPart("type", key, text_of(type_document(model, kind)))
    for group in model.groups:
        yield ModelPart("group", group.key, text_of(group_document(model, group)))


def relations_of(model: IfcModel) -> Iterator[ModelRelation]:
    """Relations beside the tree, and members of groups."""
    for one in model.relations:
        yield ModelRelation(one.kind, one.source, one.target)
    for group in model.groups:
        for member in group.members:
            yield ModelRelation("member", group.key, member)


def model_document(model: IfcModel, site: Site) -> dict[str, Any]:
    """What the store keeps of the model as a whole."""
    projects = model.of_kind("project")
    return {
        "schema": model.schema,
        "application": model.application,
        "project": projects[0].global_id if projects else None,
        "project_name": projects[0].name if projects else None,
        "unit": asdict(model.unit),
        "georeference": asdict(site.georeference),
        "classes": dict(Counter(one.ifc_class for one in model.objects.values()).most_common()),
        "notes": list(model.notes),
    }
