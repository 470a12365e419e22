"""Bodies about checks of addresses."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from addressing.checking import Outcome
from api.schemas.common import Titles


class CheckOutcomeOut(BaseModel):
    """What became of one check."""

    rule: str
    title: Titles
    about: Literal["addresses", "buildings"]
    count: int | None = Field(description="Findings; null when the check could not run")
    absent: str = Field(description="What it lacked, empty when it ran")

    @classmethod
    def from_outcome(cls, outcome: Outcome) -> "CheckOutcomeOut":
        """The body of an outcome."""
        found = outcome.findings
        return cls(
            rule=outcome.check.name,
            title=Titles(zh=outcome.check.title["zh"], en=outcome.check.title["en"]),
            about=outcome.check.about,
            count=None if found is None else len(found.rows),
            absent=outcome.absent,
        )


class ChecksOut(BaseModel):
    """All checks."""

    addresses: int = Field(description="Valid addresses and drafts that were looked at")
    checks: list[CheckOutcomeOut]


class FindingOut(BaseModel):
    """One finding."""

    rule: str
    address_code: str | None = Field(description="Null for a finding about a building")
    text: str | None
    lon: float | None
    lat: float | None
    detail: dict[str, Any]


class FindingsOut(BaseModel):
    """Findings of one check."""

    rule: str
    count: int
    findings: list[FindingOut]
    next: int | None = Field(description="`offset` of the next page, null at the end")
