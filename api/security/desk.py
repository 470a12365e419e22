"""Everything about access of one server: made from the settings, closed with the server."""

import re
from collections.abc import Mapping
from pathlib import Path

import anyio.to_thread
import shapely
from shapely.geometry.base import BaseGeometry

from addressing.boundaries import Boundaries
from api.access_settings import AccessSettings, RoleSettings
from api.address_sources import boundaries_of
from api.errors import UnauthorizedError
from api.security.credentials import Credential
from api.security.keys import FOLDER, Keys
from api.security.limits import RateLimit
from api.security.principals import Principal
from api.security.recording import TRAIL, Recorder
from api.security.rights import BUILT_IN, Role
from api.security.sight import Sights
from api.security.tokens import Tokens
from api.settings import Settings
from cim.audit import AuditTrail
from cim.errors import ConfigError
from cim.store.base import Store


class Access:
    """Who may come in to one server, and what is written down of it."""

    def __init__(self, workspace: Path, settings: Settings, store: Store) -> None:
        """The access to `store` as `settings` say.

        Raises:
            ConfigError: A role names a division that is not there, or keys of tokens are missing.
        """
        access = settings.access
        self.settings = access
        self.roles = roles_of(settings, store)
        self.sights = Sights(store, self.roles, settings.jobs.writes)
        self.keys = Keys(workspace)
        self.tokens = Tokens(access, workspace) if access.oidc_issuer else None
        self.limit = RateLimit(access.burst_s)
        self.trail = open_trail(workspace)
        self.recorder = Recorder(self.trail)

    async def principal(self, credential: Credential) -> Principal:
        """Who shows this.

        Raises:
            UnauthorizedError: It does not hold.
            BackendError: The keys that tokens are checked with cannot be read.
        """
        if not credential.is_token:
            return self.keys.principal(credential.text)
        if self.tokens is None:
            raise UnauthorizedError(
                "the bearer token is no key of this server, and it takes no others; "
                "legal: cim_<id>_<secret>"
            )
        return await anyio.to_thread.run_sync(self.tokens.principal, credential.text)

    def allowance(self, principal: Principal) -> tuple[float, int]:
        """Requests a second and bytes of a body that a caller may send; 0 is any number."""
        if not principal.is_known:
            return self.settings.requests_per_s, int(self.settings.max_body_mb * 1e6)
        held = [self.settings.roles[n] for n in principal.roles if n in self.settings.roles]
        rates = [role.requests_per_s for role in held]
        sizes = [role.max_body_mb or self.settings.max_body_mb for role in held]
        rate = max(rates) if rates and all(rates) else 0.0
        return rate, int(max(sizes, default=self.settings.max_body_mb) * 1e6)

    def close(self) -> None:
        """Write what is to be written, and release files."""
        self.recorder.close()
        self.keys.close()


def open_trail(workspace: Path) -> AuditTrail:
    """The audit trail of a workspace."""
    return AuditTrail(workspace / FOLDER / TRAIL)


def role_names(settings: AccessSettings) -> tuple[str, ...]:
    """Names of all roles that a key may have."""
    return tuple({**BUILT_IN, **settings.roles})


def roles_of(settings: Settings, store: Store) -> Mapping[str, Role]:
    """The roles by name.

    Raises:
        ConfigError: A role names a division that is not there.
    """
    made = {
        name: _role(name, role, settings, store) for name, role in settings.access.roles.items()
    }
    return {**BUILT_IN, **made}


def _role(name: str, role: RoleSettings, settings: Settings, store: Store) -> Role:
    return Role(
        name=name,
        layers=role.layers,
        themes=role.themes,
        classification=role.classification,
        attributes=role.attributes,
        hidden=role.hidden,
        area=_area(name, role, settings, store),
        verbs=frozenset(role.verbs),
        duties=frozenset(role.duties),
    )


def _area(name: str, role: RoleSettings, settings: Settings, store: Store) -> BaseGeometry | None:
    """Where a role holds: degrees CGCS2000, None for everywhere."""
    if role.bbox is not None:
        return shapely.box(*role.bbox)
    if role.polygon:
        return shapely.from_wkt(role.polygon)
    if not role.divisions:
        return None
    boundaries = boundaries_of(store, settings.addresses.boundaries)
    if boundaries is None:
        raise ConfigError(f"access.roles.{name}.divisions needs addresses.boundaries")
    return shapely.union_all([_division(boundaries, code, name) for code in role.divisions])


def _division(boundaries: Boundaries, code: str, role: str) -> BaseGeometry:
    """The area of a division: of all boundaries whose codes begin with its own.

    Raises:
        ConfigError: There is none.
    """
    stem = re.sub(r"(?<=^\d\d)(0000|(\d\d)00)$", r"\2", code)
    areas = boundaries.tree.geometries
    chosen = [
        area for one, area in zip(boundaries.codes, areas, strict=True) if one.startswith(stem)
    ]
    if not chosen:
        known = ", ".join(boundaries.codes[:5])
        raise ConfigError(f"access.roles.{role}.divisions: {code!r}; there are: {known} …")
    return shapely.union_all(chosen)
