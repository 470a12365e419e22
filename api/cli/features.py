"""The part of `cim tiles build` that makes tilesets of features, building models among them."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from api.cli.building import tell_report
from api.cli.placing import Placing
from api.names import SETTINGS_FILE
from api.workspace import open_store
from cim.errors import InputError
from cim.loading import digest_of
from cim.models.documents import read_document
from cim.store.base import Store
from tiles.archive import SUFFIX
from tiles.bim.identity import entity_ids
from tiles.build import build
from tiles.grounding import Grounding
from tiles.options import BuildOptions, LinkedModel, Modelling, Progress
from tiles.sources import Sources, are_models, height_words, open_files, open_layer, open_models

_LEVEL_KEYS: Final = ("level", "zh", "en", "geometry", "information", "verified", "origin")
"""What a tileset tells of the CIM level; the reasons are with the model."""


def build_layer(
    name: str,
    options: BuildOptions,
    placing: Placing,
    workspace: Path,
    tell: Callable[[Progress], None],
) -> None:
    """Make the tileset of a layer, or bring it up to date.

    Raises:
        InputError: An option does not fit a layer.
    """
    if placing.siting.anchor is not None:
        raise InputError("--anchor is for files; a layer has its place already")
    if options.lightening is not None:
        raise InputError(
            "--drop-smaller-m, --simplify and --merge are for files with meshes, not for a layer"
        )
    with closing(open_store(workspace)) as store:
        options = _with_layer(options, store, name)
        opened = open_layer(store, name, Grounding(options, placing.clamping))
    _build(opened, options, tell)


def build_files(
    names: Sequence[str],
    options: BuildOptions,
    placing: Placing,
    workspace: Path,
    tell: Callable[[Progress], None],
    *,
    spaces: bool,
) -> None:
    """Make the tileset of files.

    Raises:
        InputError: An option does not fit the files.
    """
    paths = [Path(name) for name in names]
    if are_models(paths):
        _refuse_for_models(options)
        options = replace(options, modelling=_modelling(workspace, paths))
        grounding = Grounding(options, placing.clamping)
        opened = open_models(paths, placing.reading, placing.siting, grounding, spaces=spaces)
    elif spaces:
        raise InputError("--spaces is for building models (IFC)")
    else:
        grounding = Grounding(options, placing.clamping)
        opened = open_files(paths, placing.reading, placing.siting, grounding)
    _build(opened, options, tell)


def linked_model(text: str, workspace: Path) -> LinkedModel:
    """A model's tileset from the words of an option: `TILESET` or `TILESET=ID`.

    A tileset is a path, or the name of one in the workspace.
    """
    name, _, block = text.rpartition("=")
    if not name or Path(text).exists():
        name, block = text, ""
    tiles = workspace / "tiles"
    places = (Path(name), Path(f"{name}{SUFFIX}"), tiles / name, tiles / f"{name}{SUFFIX}")
    path = next((place for place in places if place.exists()), places[0])
    return LinkedModel(path, block or None)


def _refuse_for_models(options: BuildOptions) -> None:
    """Refuse options that mean nothing for building models."""
    given = {
        "--height-field": options.height_field,
        "--base-field": options.base_field,
        "--lod": options.lod,
        "--bim": options.models[0].path if options.models else None,
    }
    for option, value in given.items():
        if value is not None:
            raise InputError(f"{option} {value} is for footprints and city models, not for IFC")


def _build(opened: Sources, options: BuildOptions, tell: Callable[[Progress], None]) -> None:
    """Build, and tell what came of it."""
    stated = replace(
        options,
        georeference=opened.georeference,
        height_reference=height_words(opened.georeference),
    )
    tell_report(build(opened.batches, stated, tell), stated)


def _modelling(workspace: Path, paths: Sequence[Path]) -> Modelling:
    """What the workspace knows of models; nothing without a workspace."""
    if not (workspace / SETTINGS_FILE).exists():
        return Modelling({})
    with closing(open_store(workspace)) as store:
        return Modelling(entity_ids(store), levels=_levels(store, paths))


def _levels(store: Store, paths: Sequence[Path]) -> dict[str, dict[str, Any]]:
    """CIM levels by file name, of the files that were loaded just as they are."""
    digests = {digest_of(path): path.name for path in paths if path.exists()}
    found: dict[str, dict[str, Any]] = {}
    for model in store.models.all():
        versions = store.models.versions(model.name)
        name = digests.get(versions[0].digest) if versions else None
        level = read_document(model.document).get("level")
        if name is not None and level is not None:
            found[name] = {key: level[key] for key in _LEVEL_KEYS}
    return found


def _with_layer(options: BuildOptions, store: Store, name: str) -> BuildOptions:
    """The options with what the catalogue knows, where the user said nothing."""
    layer = store.layer(name)
    return replace(
        options,
        layer=name,
        class_code=layer.class_code,
        title_zh=options.title_zh or layer.title_zh,
        title_en=options.title_en or layer.title_en,
        name_field=options.name_field or layer.name_field,
        height_field=options.height_field or layer.height_field,
    )
