"""Textured triangles dressed: their pictures, and where on them each vertex lies."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cim.appearance import Texture
from cim.arrays import Float32, Float64, Int64
from tiles.gltf.paint import Picture
from tiles.textures import atlas, crops, decode, islands
from tiles.textures.atlas import Page
from tiles.textures.crops import PADDING_PX, Crop, Plan, Source
from tiles.textures.islands import Islands
from tiles.textures.shelves import Place


@dataclass(frozen=True, slots=True)
class Cloth:
    """What textured triangles are dressed from."""

    triangles: Int64
    """(t, 3) vertices; a vertex belongs to one material only."""

    materials: Int64
    """(t,)."""

    uv: Float32
    """(v, 2) u right and v up, finite where triangles use them."""

    points: Float64
    """(v, 3) metres."""


@dataclass(frozen=True, slots=True)
class Dressed:
    """Pictures of a content."""

    pictures: tuple[Picture, ...]
    picture: Int64
    """(t,) row of `pictures`."""

    uv: Float32
    """(v, 2) u right and v down, as glTF has it; 0 where nothing is drawn."""

    broken: frozenset[int]
    """Materials whose picture cannot be decoded; a plain colour stands for it."""


def readable(textures: Mapping[int, Texture]) -> dict[int, Source]:
    """The textures whose pictures have a header that can be read, by material."""
    found = {}
    for material, texture in textures.items():
        try:
            found[material] = Source(texture, *decode.size_of(texture))
        except decode.UnreadablePictureError:
            continue
    return found


def dress(
    cloth: Cloth, sources: Mapping[int, Source], *, error_m: float, plain: tuple[int, int, int]
) -> Dressed:
    """Pictures for triangles.

    Args:
        cloth: Triangles of materials with a source.
        sources: By material.
        error_m: Geometric error of the tile: what is smaller is not drawn.
        plain: Red, green, blue of pictures that are broken.
    """
    found = islands.find(cloth.triangles, cloth.materials, cloth.uv, cloth.points)
    plan = crops.plan(found, sources, error_m)
    where = atlas.places(plan.crops, sources)
    pages = _pages(plan, where, sources, plain)
    first = max((place.page for place in where), default=-1) + 1
    row = {material: first + i for i, material in enumerate(sorted(plan.scales))}
    picture = np.array([row.get(each, -1) for each in found.material.tolist()], np.int64)
    for crop, place in zip(plan.crops, where, strict=True):
        picture[crop.islands] = place.page
    uv = _on_pages(found, plan, where, (sources, pages), _turned(found, plan, cloth.uv))
    return Dressed(
        tuple(page.picture for page in pages),
        picture[found.of_vertex[cloth.triangles[:, 0]]],
        uv,
        frozenset().union(*(page.broken for page in pages)),
    )


def _pages(
    plan: Plan,
    where: tuple[Place, ...],
    sources: Mapping[int, Source],
    plain: tuple[int, int, int],
) -> list[Page]:
    """Atlas pages, then the pictures that stay whole."""
    pages = []
    for number in range(max((place.page for place in where), default=-1) + 1):
        rows = [row for row, place in enumerate(where) if place.page == number]
        chosen, placed = [plan.crops[row] for row in rows], [where[row] for row in rows]
        pages.append(atlas.draw(chosen, placed, sources, plain))
    pages += [
        atlas.whole(material, sources[material], plan.scales[material], plain)
        for material in sorted(plan.scales)
    ]
    return pages


def _turned(found: Islands, plan: Plan, uv: Float32) -> Float64:
    """(v, 2) v down, whole turns taken off; 0 for vertices without an island."""
    used = found.of_vertex >= 0
    turned = np.zeros((len(uv), 2))
    turned[used] = uv[used] - plan.shift[found.of_vertex[used]]
    turned[used, 1] = 1 - turned[used, 1]
    return turned


def _on_pages(
    found: Islands,
    plan: Plan,
    where: tuple[Place, ...],
    drawn: tuple[Mapping[int, Source], list[Page]],
    uv: Float64,
) -> Float32:
    """(v, 2) vertices of crops at their place on a page, the others as they are."""
    count = len(found.material)
    scale, shift, cut = np.ones((count, 2)), np.zeros((count, 2)), np.zeros(count, bool)
    for crop, place in zip(plan.crops, where, strict=True):
        scale[crop.islands], shift[crop.islands] = _placing(crop, place, *drawn)
        cut[crop.islands] = True
    used = np.flatnonzero(found.of_vertex >= 0)
    owner = found.of_vertex[used]
    moved = uv.copy()
    moved[used] = uv[used] * scale[owner] + shift[owner]
    on_page = used[cut[owner]]
    moved[on_page] = moved[on_page].clip(0, 1)
    return moved.astype(np.float32)


def _placing(
    crop: Crop, place: Place, sources: Mapping[int, Source], pages: list[Page]
) -> tuple[Float64, Float64]:
    """Factor and shift from the picture, 0 to 1, to the page, 0 to 1."""
    source, page = sources[crop.material], pages[place.page]
    full = np.array([source.width, source.height])
    left, top, right, bottom = crop.box
    share = np.array(crop.size) / np.array([right - left, bottom - top])
    corner = np.array([place.left, place.top]) + PADDING_PX - share * np.array([left, top])
    side = np.array([page.width, page.height])
    return full * share / side, corner / side
