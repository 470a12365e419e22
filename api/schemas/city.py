"""The body about the city."""

from pydantic import BaseModel

from api.schemas.common import BoundsOut, Titles


class CityOut(BaseModel):
    """What this server is about."""

    name: str
    title: Titles
    division_code: str
    bounds: BoundsOut | None
    sample: bool
    version: str
    entity_count: int
