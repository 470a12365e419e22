"""What clients say of a table that a job is to answer."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

type Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class TableOptions(BaseModel):
    """How a table is answered: the parameters of `POST /api/geocode/batch` by the same names."""

    model_config = ConfigDict(extra="forbid", strict=True)

    direction: Literal["search", "reverse"] = Field(
        default="search", description="From addresses to places, or from places to addresses"
    )
    field: list[Name] = Field(
        default_factory=list,
        max_length=20,
        description="Columns of the address, from large to small, or of longitude and latitude",
    )
    f: Literal["csv", "ndjson", "parquet", "xlsx"] | None = Field(
        default=None, description="Kind of the result; else that of the table"
    )
    encoding: Name | None = Field(default=None, description="Of a CSV file; else found out")
    coordsys: Literal["cgcs2000", "wgs84", "gcj02", "bd09"] = Field(
        default="cgcs2000", description="Coordinate system of the points"
    )
    radius_m: float = Field(
        default=200.0, ge=0, le=50_000, strict=False, description="How far away a door may be"
    )

    def words(self, kind: str, layers: tuple[str, ...]) -> dict[str, Any]:
        """Options of `cim geocode batch`.

        Args:
            kind: Of the table.
            layers: Whose buildings may be told.
        """
        told: dict[str, Any] = {
            "format": self.f or kind,
            "field": self.field,
            "coordsys": self.coordsys,
            "radius-m": self.radius_m,
            "layer": list(layers) or [""],
        }
        if self.encoding:
            told["encoding"] = self.encoding
        if self.direction == "reverse":
            told["reverse"] = True
        return told
