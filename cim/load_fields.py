"""Which columns of a source name its features and tell their heights."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from cim.catalog import SYSTEM_FIELDS, LayerDraft
from cim.errors import InputError
from cim.features import FeatureBatch

_NAME_FIELDS: Final = ("name", "名称", "name_zh", "full_addr", "address", "地址", "title", "label")
_HEIGHT_FIELDS: Final = (
    "height_m",
    "height",
    "measuredheight",
    "building_height",
    "高度",
    "建筑高度",
)


def with_guessed_fields(draft: LayerDraft, features: FeatureBatch) -> LayerDraft:
    """The draft with the name and height fields found by name where the user gave none.

    Raises:
        InputError: The user named a column that the features do not have.
    """
    names = features.attributes.column_names
    for option, wanted in (("name_field", draft.name_field), ("height_field", draft.height_field)):
        if wanted and wanted not in names:
            raise InputError(f"--{option.replace('_', '-')} {wanted!r}: known: {', '.join(names)}")
    lower = {name.lower(): name for name in reversed(names)}
    unknown = [field.name for field in draft.fields if field.name not in (*names, *SYSTEM_FIELDS)]
    if unknown:
        raise InputError(f"--fields: no column {unknown[0]!r}; known: {', '.join(names)}")
    return replace(
        draft,
        name_field=draft.name_field or _first(lower, _NAME_FIELDS),
        height_field=draft.height_field or _first(lower, _HEIGHT_FIELDS),
    )


def _first(names: Mapping[str, str], wanted: tuple[str, ...]) -> str:
    return next((names[name] for name in wanted if name in names), "")
