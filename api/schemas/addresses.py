"""Bodies about addresses."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field


class AddressesToRead(BaseModel):
    """Addresses to read."""

    model_config = ConfigDict(extra="forbid")

    address: list[str] = Field(description="Texts as they were written")
    profile: str = Field(default="auto", description="City profile, or `auto`")
    division: list[str] = Field(
        default_factory=list, description="Division codes that all addresses lie in"
    )


class ElementOut(BaseModel):
    """One element of an address."""

    type: str = Field(description="Type, from `province` to `poi`")
    value: str = Field(description="Number or letter without its unit word, or the name")
    text: str = Field(description="As written")
    start: int = Field(description="Place of its first character in the address")
    end: int = Field(description="Place behind its last character")
    name: str = Field(description="Official name when known, else as written")
    code: str | None = Field(description="Code of a known element")
    ga_code: str | None = Field(description="Element type code of GA/T 2000.32 when known")
    known: bool = Field(description="Whether it is a known name or a number, not only a form")
    rule: str = Field(description="Rule that told its type")


class UnparsedOut(BaseModel):
    """A stretch that was not read."""

    start: int
    end: int
    text: str
    hint: str = Field(description="Type it looks like, or empty")


class NoiseOut(BaseModel):
    """A stretch that is no part of the address."""

    start: int
    end: int
    text: str
    rule: str


class AddressOut(BaseModel):
    """An address taken apart."""

    address: str
    canonical: str = Field(description="One text for all ways to write this address")
    standard: str = Field(description="As the city writes it")
    short: str = Field(description="Without divisions above and below the county")
    english: str = Field(description="From small to large in Latin letters")
    elements: list[ElementOut]
    rest: str = Field(description="What was not read")
    unparsed: list[UnparsedOut]
    noise: list[NoiseOut]
    problems: list[str] = Field(description="`empty`, `two_addresses`, `contradiction`, …")
    others: list[str] = Field(description="Further addresses in the text")
    division_codes: list[str] = Field(description="Deepest division; several when not certain")
    rules: list[str] = Field(description="Rules that changed or read something")
    profile: str
    version: int = Field(description="Version of the rules")

    @classmethod
    def from_report(cls, told: dict[str, Any]) -> Self:
        """The body of a report."""
        return cls.model_validate(told)


class AddressesOut(BaseModel):
    """Addresses taken apart, in the order asked."""

    addresses: list[AddressOut]
