"""What `cim.toml` says of edits over the OGC API."""

from pydantic import Field

from api.section import Section


class EditingSettings(Section):
    """Edits of features over the OGC API."""

    require_if_match: bool = Field(
        default=False,
        description="true refuses changes that do not say by If-Match which state of a feature "
        "they change (428).",
    )
    max_features: int = Field(
        default=10_000, ge=1, le=100_000, description="Most features in one request."
    )
    max_body_mb: float = Field(
        default=64.0, gt=0, le=1024, description="Largest body in megabytes (1,000,000 bytes)."
    )
