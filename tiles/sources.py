"""Sources of a tileset as one stream of batches, at their place and on the ground."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from cim.clamping import Clamping
from cim.errors import InputError
from cim.features import FeatureBatch
from cim.geometry import repair
from cim.placing import Georeference
from cim.plugins import load
from cim.readers.base import Reader, ReadOptions
from cim.siting import Site, Siting, survey
from cim.store.base import Store
from tiles.grounding import Grounding, on_ground
from tiles.running.layer import LayerSource


@dataclass(frozen=True, slots=True)
class Sources:
    """What a tileset is made of."""

    batches: Iterator[FeatureBatch] | LayerSource
    """In EPSG:4490, heights in metres; a layer is read by the workers of the build."""

    georeference: tuple[Georeference, ...]
    """How each source comes to its place."""


MODEL_BATCH = 500
"""Elements of a building model that are read at once: a shape may take a second."""


def are_models(paths: Sequence[Path]) -> bool:
    """Whether files are building models, all of them: what such a tileset is made from."""
    models: Reader = load("ifc", "cim.readers")
    return all(path.name.lower().endswith(models.suffixes) for path in paths)


def open_models(
    paths: Sequence[Path],
    reading: ReadOptions,
    siting: Siting,
    grounding: Grounding,
    *,
    spaces: bool,
) -> Sources:
    """The elements of building models, and their spaces if they are wanted.

    Raises:
        SourceDataError: A file cannot be used, or has no place.
        InputError: An option fits none of them.
    """
    plain = replace(reading, batch_size=MODEL_BATCH)
    opened = open_files(paths, plain, siting, grounding)
    if not spaces:
        return opened
    rooms = open_files(paths, replace(plain, layer="spaces"), siting, grounding)
    return Sources(chain(_batches(opened), _batches(rooms)), opened.georeference)


def _batches(opened: Sources) -> Iterator[FeatureBatch]:
    """The batches of files."""
    if isinstance(opened.batches, LayerSource):
        raise TypeError("a layer is read by the workers of a build")
    return opened.batches


def open_files(
    paths: Sequence[Path], reading: ReadOptions, siting: Siting, grounding: Grounding
) -> Sources:
    """The features of files, one after the other; each is looked into before any is read.

    Raises:
        SourceDataError: A file cannot be used, or has no place.
        InputError: An option fits none of them.
    """
    sites = [survey(path, reading, siting) for path in paths]
    if siting.anchor is not None and all(site.placement is None for site in sites):
        raise InputError(
            "--anchor places what has no CRS, but all sources state one; --crs local makes them "
            "stand by the anchor all the same"
        )
    batches = (batch for site in sites for batch in _site_batches(site, grounding))
    found = tuple(_grounded(site.georeference, grounding.clamping) for site in sites)
    return Sources(batches, found)


def open_layer(store: Store, name: str, grounding: Grounding) -> Sources:
    """The features of a layer."""
    crs = store.layer(name).crs
    found = Georeference(f"layer:{name}", "layer", crs, "heights as they were loaded")
    source = LayerSource(store.path, name, clamping=grounding.clamping)
    return Sources(source, (_grounded(found, grounding.clamping),))


def _site_batches(site: Site, grounding: Grounding) -> Iterator[FeatureBatch]:
    """The features of a file at their place, with sound geometry."""
    raised_m = 0.0
    if site.placement is not None:
        raised_m = site.placement.raised_m
    for batch in site.read():
        settled = site.settle(batch)
        repaired = repair(settled.batch)
        told = settled.notes if site.placement is not None else ()
        here = replace(
            repaired.batch,
            rejects=repaired.batch.rejects + settled.rejects + repaired.rejects,
            notes=repaired.batch.notes + told,
        )
        yield on_ground(here, grounding, raised_m)


def _grounded(found: Georeference, how: Clamping) -> Georeference:
    """The georeference with what clamping does."""
    terrain = how.terrain
    if terrain is None:
        offset = how.offset_m if how.method == "offset" else None
        return replace(found, clamping=how.method, height_offset_m=offset)
    return replace(
        found, clamping=how.method, terrain=f"{terrain.path.name}, {terrain.reference.text}"
    )


def height_words(found: Sequence[Georeference]) -> str | None:
    """What heights count from, in words, when an anchor or the ground decided; else None."""
    if all(one.method != "anchor" and one.clamping == "none" for one in found):
        return None
    return "; ".join(dict.fromkeys(_words(one) for one in found))


def _words(one: Georeference) -> str:
    if one.clamping == "offset":
        return f"{one.height_reference}, {one.height_offset_m:+g} m"
    if one.clamping == "terrain":
        return f"on the terrain {one.terrain}; outside it {one.height_reference}"
    return one.height_reference
