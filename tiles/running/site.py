"""The last steps of a build over all its tiles: contents, documents, and what is kept of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cim.catalog import Bounds
from tiles.options import BuildOptions, ContentSpec
from tiles.publish import put, schema_name
from tiles.running import register
from tiles.running.contents import (
    Shop,
    Written,
    code_version,
    schema_document,
    settings_digest,
)
from tiles.running.finish import Finished, Summary, Tree, finish, version_of
from tiles.running.first_pass import FirstPass, Tell
from tiles.running.pool import Pool
from tiles.running.register import Register
from tiles.running.second_pass import Work, write_contents
from tiles.running.state import State
from tiles.running.tree import Grown, into_root, is_implicit
from tiles.tiles3d.implicit_write import require_globe
from tiles.tiles3d.tileset import Tile


@dataclass(frozen=True, slots=True)
class Site:
    """Where a build works and with what."""

    options: BuildOptions
    work: Path
    """For temporary files."""

    state: State
    crew: Pool
    tell: Tell
    began: float


def write(
    settled: FirstPass,
    grown: Grown,
    tiles: Sequence[Tile],
    known: Mapping[str, Written],
    site: Site,
) -> dict[str, Written]:
    """The contents of the tiles that settled features are in."""
    if not len(settled.measures):
        return {}
    rows = site.options.partition_features
    implicit = region_of(grown, site.options) is not None
    within = into_root(tiles) if implicit else [None] * len(tiles)
    shop = _shop(settled, site, implicit=implicit)
    job = Work(settled, grown, tiles, within, shop, known, rows)
    return write_contents(job, site.state, site.tell, site.crew)


def region_of(grown: Grown, options: BuildOptions) -> Bounds | None:
    """The square of a tree that is tiled implicitly, None for one of documents.

    Raises:
        UnsupportedError: It is to be implicit, and the square leaves the globe.
    """
    if not is_implicit(grown.nodes, grown.plane, options):
        return None
    require_globe(grown.plane.region_deg)
    return grown.plane.region_deg


def _shop(settled: FirstPass, site: Site, *, implicit: bool) -> Shop:
    """What all contents share; the schema is written."""
    options = site.options
    document = schema_document(settled.properties)
    name = schema_name(document)
    put(options.output, name, document, site.work)
    uri = f"{'../..' if implicit else '..'}/{Path(name).name}"
    spec = ContentSpec(
        settled.properties,
        options.look,
        options.floors,
        settled.materials,
        uri,
        options.compression,
        options.outlines,
        options.instancing,
    )
    return Shop(options.output, site.work, spec, settings_digest(spec, code_version()))


def publish_tree(
    tree: Tree, summary: Summary, kept: Register | None, site: Site, facts: Mapping[str, Any]
) -> Finished:
    """Publish, and keep what an incremental build needs."""
    output = site.options.output
    version = version_of(tree.written, summary, tree.further)
    if kept is not None:
        register.save(kept, output, version, site.work)
    finished = finish(tree, summary, site.options, site.work, site.state, facts)
    register.forget(output, version)
    return finished
