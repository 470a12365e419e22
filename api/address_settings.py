"""What `cim.toml` says of standard addresses."""

import re
from typing import Literal

from pydantic import Field, field_validator

from addressing.plate.link import HOST, HOST_LEGAL
from api.section import Section

SERVICE_PARTS = 3
_LINK = re.compile(r"(https?://|/)[^\s\"'<>]+")


class AddressSettings(Section):
    """Standard addresses: door plates, the page behind a plate, quality checks."""

    host: str = Field(
        default="",
        max_length=200,
        description="Public host of the server in the QR codes of plates, such as "
        "dz.example.gov.cn; without it no plate is made.",
    )
    plate: Literal["large", "medium", "small"] = Field(
        default="medium",
        description="Size of plates when none is asked for: large, medium or small.",
    )
    font: str = Field(
        default="",
        description="TrueType file for the text of plates, relative to the workspace or "
        "absolute; empty for the font of this program.",
    )
    services: tuple[str, ...] = Field(
        default=(),
        description="Links on the page behind a plate, each written 中文 | English | https://….",
    )
    reports: bool = Field(
        default=True, description="Whether the page behind a plate takes reports of faults."
    )
    reports_per_day: int = Field(
        default=1000, ge=1, description="Most reports that are taken in a day, from everybody."
    )
    boundaries: str = Field(
        default="",
        pattern=r"^([a-z][a-z0-9_]*\.[^.]+)?$",
        description="Layer of division boundaries and its field of division codes, as "
        "layer.field, for the check that doors lie in their division.",
    )
    stale_days: int = Field(
        default=1826,
        ge=1,
        description="Days after which an address that nobody made or changed is stale.",
    )

    @field_validator("host")
    @classmethod
    def _is_host(cls, value: str) -> str:
        if value and not HOST.fullmatch(value):
            raise ValueError(f"must be {HOST_LEGAL}")
        return value

    @field_validator("services")
    @classmethod
    def _are_links(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for line in value:
            parts = [part.strip() for part in line.split("|")]
            if len(parts) != SERVICE_PARTS or not all(parts) or not _LINK.fullmatch(parts[2]):
                raise ValueError(f"{line!r} must be 中文 | English | https://…")
        return value
