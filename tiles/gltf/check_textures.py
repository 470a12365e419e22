"""Whether the textures of a glb are there and are what they say.

Source: glTF 2.0, clauses 3.8 (textures, images, samplers) and 3.9 (materials).
"""

from collections.abc import Iterator
from typing import Any

from tiles.gltf import read
from tiles.gltf.faults import Fault
from tiles.gltf.loose import as_dict, as_list, dicts_of
from tiles.gltf.read import Gltf

IMAGE_STARTS: dict[str, bytes] = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/webp": b"RIFF",
    "image/ktx2": b"\xabKTX 20\xbb\r\n\x1a\n",
}
"""First bytes of images by media type; the last two need an extension of the texture."""

SOURCES = ("EXT_texture_webp", "KHR_texture_basisu")
"""Extensions of a texture that name another image."""


def check_textures(gltf: Gltf, _: dict[str, Any] | None) -> Iterator[Fault]:
    """Faults of images, textures and of what uses them."""
    yield from _check_images(gltf)
    images, samplers = (len(as_list(gltf.document.get(each))) for each in ("images", "samplers"))
    textures = dicts_of(gltf.document.get("textures"))
    for number, texture in enumerate(textures):
        named = [texture.get("source"), *(_source(texture, name) for name in SOURCES)]
        sources = [each for each in named if each is not None]
        if not sources:
            yield Fault("texture", f"textures[{number}] has no image")
        for source in sources:
            if not _exists(source, images):
                yield Fault("texture", f"textures[{number}]: image {source!r} does not exist")
        sampler = texture.get("sampler")
        if sampler is not None and not _exists(sampler, samplers):
            yield Fault("texture", f"textures[{number}]: sampler {sampler!r} does not exist")
    yield from _check_materials(gltf, len(textures))


def _check_images(gltf: Gltf) -> Iterator[Fault]:
    """Images in the glb begin as their media type wants it."""
    for number, image in enumerate(dicts_of(gltf.document.get("images"))):
        if "uri" in image:
            continue
        data = read.view_bytes(gltf, image.get("bufferView"))
        media = str(image.get("mimeType"))
        start = IMAGE_STARTS.get(media)
        if start is None:
            legal = ", ".join(IMAGE_STARTS)
            yield Fault("texture", f"images[{number}].mimeType {media!r}; legal: {legal}")
        elif not data.startswith(start):
            yield Fault("texture", f"images[{number}] is not {media}")


def _check_materials(gltf: Gltf, textures: int) -> Iterator[Fault]:
    """Materials name textures that exist, and their primitives have the coordinates for them."""
    materials = dicts_of(gltf.document.get("materials"))
    used = [list(_texture_infos(material)) for material in materials]
    for number, infos in enumerate(used):
        for info in infos:
            if not _exists(info.get("index"), textures):
                message = f"materials[{number}]: texture {info.get('index')!r} does not exist"
                yield Fault("texture", message)
    for number, primitive in enumerate(read.primitives(gltf)):
        material = primitive.get("material")
        if material is None:
            continue
        if not _exists(material, len(materials)):
            yield Fault("material", f"primitive {number}: material {material!r} does not exist")
            continue
        for info in used[material]:
            name = f"TEXCOORD_{info.get('texCoord', 0)}"
            if name not in as_dict(primitive.get("attributes")):
                yield Fault("texture", f"primitive {number} has a texture but no {name}")


def _texture_infos(value: object) -> Iterator[dict[str, Any]]:
    """Objects in a material that name a texture, wherever an extension puts them."""
    for name, each in as_dict(value).items():
        if name.endswith("Texture") and isinstance(each, dict):
            yield each
        elif isinstance(each, dict):
            yield from _texture_infos(each)


def _source(texture: dict[str, Any], extension: str) -> object:
    return as_dict(as_dict(texture.get("extensions")).get(extension)).get("source")


def _exists(index: object, count: int) -> bool:
    return isinstance(index, int) and not isinstance(index, bool) and 0 <= index < count
