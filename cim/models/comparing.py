"""A load of a model beside what the store holds of it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

import orjson

from cim.bim._wire import to_json
from cim.model_records import ModelLoad, ModelObject, ModelPart
from cim.models.difference import Difference, Version, difference
from cim.store.base import Store

_MOST_NAMES: Final = 3


def compared(store: Store, load: ModelLoad) -> tuple[ModelLoad, Difference | None]:
    """The load with what it changes, and that; None for a model that is new in the store."""
    before = store.models.objects(load.name)
    versions = store.models.versions(load.name)
    if not before and not versions:
        return load, None
    found = difference(
        [_version(one.object, one.entity_id) for one in before],
        [_version(one, None) for one in load.objects],
        (_types(store.models.parts(load.name, "type")), _types(load.parts)),
    )
    is_changed = not found.is_empty or versions[0].digest != load.source.digest
    text = to_json(_document(load, found)).decode() if is_changed else None
    return replace(load, difference=text, is_changed=is_changed), found


def relatives(store: Store, load: ModelLoad) -> tuple[str, ...]:
    """What to tell when another source holds the same project: an earlier version, or a part."""
    project = orjson.loads(load.document).get("project")
    names = [
        one.name.source
        for one in store.models.all()
        if one.name != load.name
        and one.name.prefix == load.name.prefix
        and orjson.loads(one.document).get("project") == project
    ]
    if not project or not names:
        return ()
    shown = ", ".join(names[:_MOST_NAMES])
    note = (
        f"its project has the GlobalId of that of source {shown}; if this file is a new version "
        f"of it, load it with --source {names[0]}, so that ids stay and what is gone is retired"
    )
    return (note,)


def _version(one: ModelObject, entity_id: str | None) -> Version:
    return Version(
        entity_id=entity_id,
        layer=one.layer,
        key=one.key,
        kind=one.kind,
        ifc_class=one.ifc_class,
        name=one.name,
        parent=one.parent,
        state=one.state,
        document=one.document,
    )


def _types(parts: Iterable[ModelPart]) -> dict[str, str]:
    return {one.key: one.document for one in parts if one.what == "type"}


def _document(load: ModelLoad, found: Difference) -> dict[str, Any]:
    """The difference with the model's name."""
    named = {
        "model": load.name.prefix,
        "source": load.name.source,
        "file": load.source.file,
        "digest": load.source.digest,
    }
    document: dict[str, Any] = orjson.loads(to_json({**named, **found.document()}))
    return document
