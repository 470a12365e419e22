"""A table of `cim.toml`."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A table of `cim.toml`: unknown keys are refused, values are checked, nothing changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
