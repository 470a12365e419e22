"""The last step: documents over the contents, the swap, and what is kept for the next build."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from cim.catalog import Bounds
from tiles.options import BuildOptions
from tiles.prepare import BODIES_ORIGIN
from tiles.publish import ROOT_DOCUMENT, document_name, publish, put_tree, schema_name
from tiles.running.contents import Written, coarse_key, is_coarse, schema_document
from tiles.running.first_pass import FirstPass
from tiles.running.model_facts import model_facts
from tiles.running.state import Nodes, State
from tiles.tiles3d import implicit_write
from tiles.tiles3d.tileset import Tile, documents


@dataclass(frozen=True, slots=True)
class Summary:
    """What is told of a tileset as a whole; kept between builds."""

    features: int
    skipped: dict[str, int]
    notes: dict[str, int]
    height_sources: dict[str, int]
    source_notes: tuple[str, ...]
    bounds: Bounds
    """Of the footprints; between full builds they only grow."""

    height_reference: str
    textured: bool
    """Some surfaces have pictures: a client should not paint over them."""

    schema_name: str
    schema_bytes: int
    model: dict[str, Any] | None = None
    """Of building models, see `model_facts`."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A tileset whose contents are written."""

    nodes: Nodes
    tiles: Sequence[Tile]
    written: Mapping[str, Written]
    """By the names of the tiles that have a content."""

    region_deg: Bounds | None
    """The square that an implicit tree quarters; None for a tree of documents."""

    further: frozenset[str] = frozenset()
    """Names of files that are neither contents nor documents of its own: of linked models."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A tileset that stands."""

    version: str
    tiles: int
    triangles: int
    bytes: dict[str, int]
    notes: dict[str, int]
    """What could not be drawn as the source has it, and how often."""

    changed: bool


def recalled(fact: dict[str, Any]) -> Summary:
    """A summary that was kept."""
    west, south, east, north = fact["bounds"]
    notes = tuple(fact["source_notes"])
    return Summary(**{**fact, "bounds": (west, south, east, north), "source_notes": notes})


def summarise(settled: FirstPass, options: BuildOptions) -> Summary:
    """What is told of a tileset, from the first pass."""
    tally, bounds = settled.tally, settled.measures.bounds
    schema = schema_document(settled.properties)
    west, south = bounds[:, :2].min(axis=0).tolist()
    east, north = bounds[:, 2:].max(axis=0).tolist()
    return Summary(
        features=len(settled.measures),
        skipped=dict(tally.skipped),
        notes=dict(tally.notes),
        height_sources=dict(sorted(tally.origins.items())),
        source_notes=tally.remarks,
        bounds=(west, south, east, north),
        height_reference=_height_reference(tally.origins, options),
        textured=any(each.texture is not None for each in settled.materials.values()),
        schema_name=schema_name(schema),
        schema_bytes=len(schema),
        model=None if options.modelling is None else model_facts(settled),
    )


def finish(
    tree: Tree,
    summary: Summary,
    options: BuildOptions,
    work: Path,
    state: State,
    facts: Mapping[str, Any],
) -> Finished:
    """Publish a tileset and keep what the next build needs of this one.

    Args:
        tree: Tiles and contents.
        summary: Of the tileset.
        options: Titles, and how documents are split.
        work: Folder of `publish.staging`.
        state: Where facts are kept.
        facts: Further ones to keep.
    """
    version = version_of(tree.written, summary, tree.further)
    filled = with_contents(tree.tiles, tree.written)
    triangles = sum(each.triangles for each in tree.written.values())
    extras = _extras(summary, options, triangles, version)
    if tree.region_deg is None:
        made = documents(
            filled, extras, name_of=document_name, tiles_per_document=options.tiles_per_document
        )
        names = set[str]()
    else:
        made, names = _implicit(filled, tree, summary, extras, options.output, work)
    names |= {summary.schema_name, *(each.name for each in tree.written.values()), *tree.further}
    changed = publish(options.output, made, names, work)
    kept = {"summary": asdict(summary), "version": version, **facts}
    state.settle(tree.nodes, tree.written, kept)
    subtrees = sum(
        (options.output / name).stat().st_size for name in names if name.endswith(".subtree")
    )
    sizes = {
        "content": sum(each.bytes for each in tree.written.values()),
        "documents": sum(map(len, made.values())) + subtrees,
        "schema": summary.schema_bytes,
    }
    notes = sum((Counter(each.notes) for each in tree.written.values()), Counter[str]())
    return Finished(version, len(tree.written), triangles, sizes, dict(notes), changed)


def _implicit(
    tiles: Sequence[Tile],
    tree: Tree,
    summary: Summary,
    extras: dict[str, Any],
    output: Path,
    work: Path,
) -> tuple[dict[str, bytes], set[str]]:
    """The root document of implicit tiling, and the names of the files it leads to."""
    nodes = tree.nodes
    cells = np.column_stack((nodes.level, nodes.column, nodes.row))
    files = implicit_write.files_of(implicit_write.subtrees_of(tiles, cells))
    links = {
        f"{level}/{x}/{y}.glb": tree.written[tile.name].name
        for tile, (level, x, y) in zip(tiles, cells.tolist(), strict=True)
        if tile.name in tree.written
    }
    links[Path(summary.schema_name).name] = summary.schema_name
    folder = put_tree(output, links, files, work)
    region = tree.region_deg or (0.0, 0.0, 0.0, 0.0)
    root = implicit_write.root_document(tiles, cells, region, folder, extras)
    return {ROOT_DOCUMENT: root}, {f"{folder}/{name}" for name in (*links, *files)}


def root_digest_matches(output: Path, version: str) -> bool:
    """Whether the root document that stands is of this version."""
    root = output / ROOT_DOCUMENT
    return root.exists() and f'"version":"{version}"'.encode() in root.read_bytes()


def version_of(written: Mapping[str, Written], summary: Summary, further: frozenset[str]) -> str:
    """Digest of all contents, whose names tell what they hold."""
    names = {summary.schema_name, *(each.name for each in written.values()), *further}
    return hashlib.blake2b("\n".join(sorted(names)).encode(), digest_size=8).hexdigest()


def with_contents(tiles: Sequence[Tile], written: Mapping[str, Written]) -> list[Tile]:
    """The tiles with their contents.

    A tile that has a coarse content shows it until all that is below takes its place: its fine
    content in a tile of its own, and the tiles below. Errors of tiles above are raised to its.
    """
    filled: list[Tile] = []
    fine: list[Tile] = []
    for number, tile in enumerate(tiles):
        own, coarse = written.get(tile.name), written.get(coarse_key(tile.name))
        filled.append(_filled(tile, own if coarse is None else coarse))
        if own is not None and coarse is not None:
            below = Tile(number, f"{tile.name}-fine", tile.frame, own.bounds, own.name, 0.0)
            fine.append(below)
    errors = np.array([tile.geometric_error_m for tile in filled])
    for number in range(len(filled) - 1, 0, -1):
        above = filled[number].parent
        errors[above] = max(errors[above], errors[number])
    raised = zip(filled, errors.tolist(), strict=True)
    return [*(replace(tile, geometric_error_m=error) for tile, error in raised), *fine]


def _filled(tile: Tile, written: Written | None) -> Tile:
    """The tile with a content, if it has any."""
    if written is None:
        return tile
    if not is_coarse(written):
        return replace(tile, bounds=written.bounds, uri=written.name)
    error_m = max(tile.geometric_error_m, written.error_m)
    return replace(
        tile, bounds=written.bounds, uri=written.name, refine="REPLACE", geometric_error_m=error_m
    )


def _height_reference(origins: Mapping[str, int], options: BuildOptions) -> str:
    """What heights count from, in words."""
    if options.height_reference is not None:
        return options.height_reference
    solid = any(_is_modelled(name) for name in origins)
    extruded = any(not _is_modelled(name) for name in origins)
    ground = f"ground at {options.base_height_m:g} m on the ellipsoid where no column tells it"
    return "; ".join(
        [*(["surfaces as in the source"] if solid else []), *([ground] if extruded else [])]
    )


def _is_modelled(origin: str) -> bool:
    """Whether features of this origin of heights bring surfaces or bodies of their own."""
    return origin == BODIES_ORIGIN or origin.startswith("lod ")


def _levels(options: BuildOptions) -> dict[str, Any]:
    """The CIM levels of building models that are known; nothing without any."""
    if options.modelling is None or not options.modelling.levels:
        return {}
    return {"cim_levels": dict(options.modelling.levels)}


def _extras(
    summary: Summary, options: BuildOptions, triangles: int, version: str
) -> dict[str, Any]:
    """What the root document says about the tileset as a whole."""
    lods = {name for name in summary.height_sources if name.startswith("lod ")}
    return {
        "title": {"zh": options.title_zh, "en": options.title_en},
        "layer": options.layer,
        "bounds": summary.bounds,
        "feature_count": summary.features,
        "triangle_count": triangles,
        "lods": sorted(name.removeprefix("lod ") for name in lods),
        "height_sources": summary.height_sources,
        "height_reference": summary.height_reference,
        "textured": summary.textured,
        "georeference": [asdict(each) for each in options.georeference],
        **({} if summary.model is None else {"model": summary.model}),
        **(
            {"linked_models": [each.path.name for each in options.models]}
            if options.models
            else {}
        ),
        **_levels(options),
        "version": version,
    }
