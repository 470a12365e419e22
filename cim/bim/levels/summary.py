"""What is in a building model: counts, storeys, place, level."""

from collections import Counter
from dataclasses import asdict
from typing import Any

import numpy as np

from cim.bim.areas import stated_area
from cim.bim.check.base import Subject
from cim.bim.levels.judge import LevelVerdict
from cim.bim.model import IfcObject
from cim.bim.storeys import storey_numbers


def summary_of(subject: Subject, verdict: LevelVerdict) -> dict[str, Any]:
    """A model in a few plain values, for people and programs."""
    model = subject.model
    elements = subject.of("element")
    return {
        "schema": model.schema,
        "application": model.application,
        "unit": asdict(model.unit),
        "size_m": _size(subject),
        "triangles": sum(
            mesh.triangles for shape in subject.shapes.values() for mesh in shape.meshes
        ),
        "objects": dict(Counter(one.kind for one in model.objects.values())),
        "classes": dict(Counter(one.ifc_class for one in elements).most_common()),
        "storeys": _storeys(subject),
        "types": len(model.types),
        "groups": len(model.groups),
        "lost_shapes": len(subject.lost),
        "georeference": _place(subject),
        "level": verdict.document(),
        "notes": list(model.notes),
    }


def _size(subject: Subject) -> list[float] | None:
    """Extent of the elements along the model's axes."""
    several = [
        subject.shapes[one.key] for one in subject.of("element") if one.key in subject.shapes
    ]
    if not several:
        return None
    low = np.array([one.low for one in several]).min(axis=0)
    high = np.array([one.high for one in several]).max(axis=0)
    return [round(side, 3) for side in (high - low).tolist()]


def _storeys(subject: Subject) -> list[dict[str, Any]]:
    """Storeys from below upwards, with what they hold."""
    numbers = storey_numbers(subject.model)
    elements = Counter(one.storey for one in subject.of("element"))
    spaces = [one for one in subject.of("space") if one.storey]
    storeys = sorted(subject.of("storey"), key=lambda one: one.elevation_m or 0.0)
    return [
        {
            "name": one.name or one.key,
            "number": numbers.get(one.key),
            "elevation_m": None if one.elevation_m is None else round(one.elevation_m, 3),
            "elements": elements[one.key],
            "spaces": sum(space.storey == one.key for space in spaces),
            "space_area_m2": round(
                sum(_area(subject, space) for space in spaces if space.storey == one.key), 2
            ),
        }
        for one in storeys
    ]


def _area(subject: Subject, space: IfcObject) -> float:
    """Area of a space as stated, else that of its outline."""
    stated = stated_area(subject.model, space)
    if stated is not None:
        return stated[0]
    shape = subject.shapes.get(space.key)
    return 0.0 if shape is None else float(shape.outline.area)


def _place(subject: Subject) -> dict[str, Any]:
    """Where it stands by what the file says, or why that is not known."""
    place = subject.place.place
    if place is None:
        return {"basis": None, "faults": list(subject.place.faults)}
    lon, lat, height = place.placement.anchor
    return {
        "basis": place.basis,
        "confidence": place.confidence,
        "crs": place.crs,
        "anchor": [round(lon, 9), round(lat, 9), round(height, 3)],
        "heading_deg": round(place.placement.heading_deg, 6),
        "residual_m": round(place.residual_m, 4),
        "height_reference": place.height_reference,
        "notes": list(place.notes),
        "faults": list(subject.place.faults),
    }
