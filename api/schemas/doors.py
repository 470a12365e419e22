"""Bodies about the page behind a plate, and about reports."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from addressing.registry.reports import LONGEST, Report
from api.doors.facts import DoorFacts
from api.schemas.common import Titles

type ReportKind = Literal[
    "plate_damaged", "number_wrong", "name_wrong", "place_wrong", "gone", "other"
]


class PartOut(BaseModel):
    """An element of the path."""

    type: str
    title: Titles
    name: str
    code: str | None = Field(description="Division code, of divisions only")


class OldNameOut(BaseModel):
    """A name that an element had."""

    type: str
    name: str
    now: str
    until: date | None


class PositionOut(BaseModel):
    """CGCS2000 degrees, rounded to about a metre."""

    lon: float
    lat: float


class SuccessorOut(BaseModel):
    """An address that took the place of a retired one."""

    code: str
    text: str


class DoorOut(BaseModel):
    """What everybody may know of an address."""

    code: str
    text: str
    status: Literal["valid", "retired"]
    valid_from: date | None
    valid_to: date | None
    elements: list[PartOut]
    old_names: list[OldNameOut]
    position: PositionOut | None
    beidou: str | None = Field(description="BeiDou grid code of level 7")
    successors: list[SuccessorOut]

    @classmethod
    def from_facts(cls, facts: DoorFacts) -> "DoorOut":
        """The body of public facts."""
        at = facts.position
        return cls(
            code=facts.code,
            text=facts.text,
            status="retired" if facts.status == "retired" else "valid",
            valid_from=facts.begin,
            valid_to=facts.end,
            elements=[
                PartOut(
                    type=part.kind,
                    title=Titles(zh=part.zh, en=part.en),
                    name=part.name,
                    code=part.code or None,
                )
                for part in facts.parts
            ],
            old_names=[
                OldNameOut(type=old.kind, name=old.name, now=old.now, until=old.until)
                for old in facts.old_names
            ],
            position=PositionOut(lon=at[0], lat=at[1]) if at else None,
            beidou=facts.grid or None,
            successors=[SuccessorOut(code=one.code, text=one.text) for one in facts.successors],
        )


class ReportIn(BaseModel):
    """A report of a fault; no personal data is wanted."""

    kind: ReportKind
    note: str = Field(default="", max_length=LONGEST)


class ReportMade(BaseModel):
    """A report that was kept."""

    id: int


class Settlement(BaseModel):
    """What was done about a report."""

    who: str = Field(min_length=1, max_length=LONGEST)
    outcome: str = Field(min_length=1, max_length=LONGEST)


class ReportOut(BaseModel):
    """A report as the steward sees it."""

    id: int
    address_code: str
    kind: str
    note: str
    at: str
    settled_at: str | None
    who: str
    outcome: str

    @classmethod
    def from_report(cls, report: Report) -> "ReportOut":
        """The body of a report."""
        return cls(
            id=report.id,
            address_code=report.code,
            kind=report.kind,
            note=report.note,
            at=report.at,
            settled_at=report.settled_at,
            who=report.who,
            outcome=report.outcome,
        )


class ReportsOut(BaseModel):
    """Reports by number."""

    reports: list[ReportOut]
    next: int | None = Field(description="`after` of the next page, null at the end")
