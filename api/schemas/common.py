"""Parts that several bodies share."""

from pydantic import BaseModel, Field

type BoundsOut = tuple[float, float, float, float]
"""West, south, east, north; degrees CGCS2000."""

type PositionOut = tuple[float, float]
"""Longitude, latitude; degrees CGCS2000."""


class Titles(BaseModel):
    """A name in both languages."""

    zh: str
    en: str


class LinkOut(BaseModel):
    """A link (RFC 8288)."""

    rel: str
    href: str = Field(description="Path on this server")
    title: str
