"""Bodies about 3D tilesets."""

from typing import Any, Self

from pydantic import BaseModel, Field

from api.schemas.common import BoundsOut, Titles


class TilesetOut(BaseModel):
    """A 3D tileset."""

    id: str
    title: Titles
    layer: str | None = Field(description="Layer it was built from")
    href: str = Field(description="Path of tileset.json")
    bounds: BoundsOut | None
    feature_count: int | None
    height_reference: str | None

    @classmethod
    def from_extras(cls, name: str, extras: dict[str, Any], root_path: str) -> Self:
        """The tileset `name` with what its root document says about it.

        Raises:
            ValueError: The document says something else than it should.
        """
        title = extras.get("title") or {}
        return cls(
            id=name,
            title=Titles(zh=title.get("zh") or name, en=title.get("en") or name),
            layer=extras.get("layer"),
            href=f"{root_path}/3dtiles/{name}/tileset.json",
            bounds=extras.get("bounds"),
            feature_count=extras.get("feature_count"),
            height_reference=extras.get("height_reference"),
        )


class TilesetList(BaseModel):
    """All tilesets of the city."""

    tilesets: list[TilesetOut]
