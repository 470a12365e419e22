"""Who asks: a person, a program, or nobody in particular."""

from dataclasses import dataclass
from typing import Final, Literal

type Proof = Literal["none", "key", "token"]


@dataclass(frozen=True, slots=True)
class Principal:
    """The one that a request comes from."""

    name: str
    roles: frozenset[str] = frozenset()
    proof: Proof = "none"
    """What showed who it is."""

    key: str = ""
    """Id of the API key, or issuer and subject of the token; empty for nobody in particular."""

    @property
    def is_known(self) -> bool:
        """Whether the request showed who it comes from."""
        return self.proof != "none"


ANONYMOUS: Final = Principal("anonymous")
