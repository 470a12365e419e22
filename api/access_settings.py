"""What `cim.toml` says of access: roles, tokens, limits."""

import re
from typing import Annotated, Literal, Self

import shapely
from pydantic import Field, field_validator, model_validator

from api.section import Section

type Verb = Literal["read", "create", "update", "delete", "publish"]
type Corner = Annotated[float, Field(allow_inf_nan=False)]

SIGNATURES = ("RS256", "PS256", "ES256", "EdDSA")
"""Usual algorithms. Those with a shared secret (HS…) and `none` are never legal."""

ROLE_NAME = r"^[a-z][a-z0-9_-]{0,62}$"


class RoleSettings(Section):
    """What a role allows."""

    layers: tuple[str, ...] = Field(
        default=(), description="Layers that it sees, by name or pattern such as road_*."
    )
    themes: tuple[str, ...] = Field(default=(), description="Themes whose layers it sees.")
    classification: Literal["public", "internal", "restricted"] = Field(
        default="public", description="Layers and attributes it sees without naming them."
    )
    attributes: tuple[str, ...] = Field(
        default=(), description="Attributes of a higher class seen all the same: layer.attribute."
    )
    hidden: tuple[str, ...] = Field(
        default=(), description="Attributes that it does not show: layer.attribute."
    )
    bbox: tuple[Corner, Corner, Corner, Corner] | None = Field(
        default=None, description="Only features in this box: west, south, east, north, degrees."
    )
    polygon: str = Field(
        default="", description="Only features that meet this polygon: WKT, degrees, lon lat."
    )
    divisions: tuple[str, ...] = Field(
        default=(), description="Only features in these divisions of addresses.boundaries."
    )
    verbs: tuple[Verb, ...] = Field(
        default=("read",), description="read, create, update, delete, publish."
    )
    duties: tuple[Literal["audit"], ...] = Field(
        default=(), description="audit: may read the audit trail."
    )
    requests_per_s: float = Field(
        default=0.0, ge=0, description="Requests a second that its holder may make; 0 for any."
    )
    max_body_mb: float = Field(
        default=0.0, ge=0, description="Largest body of its holder's requests; 0 for the server's."
    )

    @field_validator("bbox")
    @classmethod
    def _is_box(cls, value: tuple[float, ...] | None) -> tuple[float, ...] | None:
        if value is not None and not (value[0] < value[2] and value[1] < value[3]):
            raise ValueError("must be west, south, east, north")
        return value

    @field_validator("polygon")
    @classmethod
    def _is_polygon(cls, value: str) -> str:
        found = shapely.from_wkt(value, on_invalid="ignore") if value else None
        if value and (found is None or found.is_empty or not found.is_valid or not found.area):
            raise ValueError("must be a valid POLYGON or MULTIPOLYGON in WKT")
        return value

    @model_validator(mode="after")
    def _has_one_area(self) -> Self:
        given = [self.bbox is not None, bool(self.polygon), bool(self.divisions)]
        if sum(given) > 1:
            raise ValueError("one of bbox, polygon and divisions, not several")
        return self


class AccessSettings(Section):
    """Who may see and change what: roles, tokens of an OpenID provider, limits."""

    roles: dict[str, RoleSettings] = Field(
        default={}, description="Roles by name; write each as a table [access.roles.NAME]."
    )
    tilesets: dict[str, Literal["public", "internal", "restricted"]] = Field(
        default={},
        description="Class of tilesets made from files, by name; public when not named. Those "
        "made from a layer have the layer's.",
    )
    oidc_issuer: str = Field(
        default="", description="Issuer of bearer tokens (OpenID Connect); empty for none."
    )
    oidc_audience: str = Field(
        default="", description="What tokens must name as their audience: this server's client id."
    )
    oidc_keys: str = Field(
        default="",
        description="The issuer's public keys (JWKS): an https address, or a file relative to "
        "the workspace.",
    )
    oidc_algorithms: tuple[str, ...] = Field(
        default=SIGNATURES, description="Signature algorithms of tokens that are taken."
    )
    oidc_roles_claim: str = Field(
        default="roles",
        min_length=1,
        description="Where a token lists roles, with dots between levels: realm_access.roles.",
    )
    oidc_name_claim: str = Field(
        default="preferred_username", min_length=1, description="Where a token has the name."
    )
    requests_per_s: float = Field(
        default=0.0,
        ge=0,
        description="Requests a second from one address without a key; 0 for any number.",
    )
    burst_s: float = Field(
        default=10.0, ge=1, description="Seconds of allowed requests that may come at once."
    )
    max_body_mb: float = Field(
        default=1100.0, gt=0, description="Largest body of any request in megabytes."
    )

    @field_validator("roles")
    @classmethod
    def _have_names(cls, value: dict[str, RoleSettings]) -> dict[str, RoleSettings]:
        for name in value:
            if name == "everyone" or not _is_name(name):
                raise ValueError(f"{name!r}: legal: a-z, 0-9, - and _, but not everyone")
        return value

    @field_validator("oidc_algorithms")
    @classmethod
    def _are_asymmetric(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if name not in LEGAL_SIGNATURES:
                raise ValueError(f"{name!r}; legal: {', '.join(LEGAL_SIGNATURES)}")
        return value

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.oidc_issuer and not (self.oidc_audience and self.oidc_keys):
            raise ValueError("oidc_issuer needs oidc_audience and oidc_keys")
        if "://" in self.oidc_keys and not self.oidc_keys.startswith(("https://", "http://127.")):
            raise ValueError("oidc_keys: an address must begin with https://")
        return self


LEGAL_SIGNATURES = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"),
    "EdDSA",
    "Ed25519",
)


def _is_name(text: str) -> bool:
    return re.fullmatch(ROLE_NAME, text) is not None
