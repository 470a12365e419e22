"""Bodies about identity codes and their schemes."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.common import Titles
from cim.code_checks import Verdict
from cim.codes.base import Scheme


class SchemeOut(BaseModel):
    """A scheme of codes."""

    name: str
    title: Titles
    source: str = Field(description="Document that defines the codes")

    @classmethod
    def from_scheme(cls, scheme: Scheme) -> Self:
        """The body of a scheme."""
        return cls(name=scheme.name, title=Titles(**scheme.title), source=scheme.source)


class SchemeList(BaseModel):
    """All schemes."""

    schemes: list[SchemeOut]


class VerdictOut(BaseModel):
    """What one scheme says of a text."""

    scheme: str
    valid: bool
    normalized: str | None = Field(description="The code as it is stored")
    parts: dict[str, str] = Field(description="What the code says")
    notes: list[str]
    reason: str | None = Field(description="Why the text is no code of the scheme")

    @classmethod
    def from_verdict(cls, verdict: Verdict) -> Self:
        """The body of a verdict."""
        checked = verdict.checked
        return cls(
            scheme=verdict.scheme,
            valid=verdict.valid,
            normalized=None if checked is None else checked.value,
            parts={} if checked is None else dict(checked.parts),
            notes=[] if checked is None else list(checked.notes),
            reason=verdict.reason or None,
        )


class CheckOut(BaseModel):
    """What became of a text."""

    value: str
    scheme: str = Field(description="The scheme asked for, or `auto`")
    valid: bool
    could_be: list[str] = Field(description="Schemes whose rule the text fits")
    verdicts: list[VerdictOut] = Field(description="Those it fits first")

    @classmethod
    def from_verdicts(cls, value: str, scheme: str, verdicts: tuple[Verdict, ...]) -> Self:
        """The body of a check."""
        could_be = [verdict.scheme for verdict in verdicts if verdict.valid]
        return cls(
            value=value,
            scheme=scheme,
            valid=bool(could_be),
            could_be=could_be,
            verdicts=[VerdictOut.from_verdict(verdict) for verdict in verdicts],
        )


class CodesToCheck(BaseModel):
    """Texts to check against one scheme, or to identify."""

    model_config = ConfigDict(extra="forbid")

    scheme: str = "auto"
    value: list[str]


class ChecksOut(BaseModel):
    """What became of many texts, as columns in their order."""

    valid: list[bool]
    scheme: list[str | None] = Field(description="First scheme whose rule each text fits")
    normalized: list[str | None]
    reason: list[str | None]
