"""What a user may say about lightening, and what it did."""

from dataclasses import dataclass

from cim.errors import InputError

_LARGEST_M = 1_000.0


@dataclass(frozen=True, slots=True)
class Lightening:
    """How a building model is made lighter; nothing is done that is not asked for."""

    drop_smaller_m: float = 0.0
    """Elements whose box is shorter than this along every axis are left out."""

    simplify: float = 1.0
    """Share of the triangles of each mesh that is aimed at; 1 leaves meshes as they are."""

    most_error_m: float = 0.02
    """How far a simplified mesh may lie from its original; else it stays as it is."""

    merge: bool = False
    """Elements of one storey, class and material become one feature."""

    def __post_init__(self) -> None:
        if not 0 <= self.drop_smaller_m <= _LARGEST_M:
            told = f"drop_smaller_m: {self.drop_smaller_m:g}; legal: 0 to {_LARGEST_M:g}"
            raise InputError(told)
        if not 0 < self.simplify <= 1:
            raise InputError(f"simplify: {self.simplify:g}; legal: above 0, at most 1")
        if not 0 < self.most_error_m <= _LARGEST_M:
            told = f"most_error_m: {self.most_error_m:g}; legal: above 0, at most {_LARGEST_M:g}"
            raise InputError(told)

    @property
    def is_idle(self) -> bool:
        """Whether it changes nothing."""
        return not self.drop_smaller_m and self.simplify == 1 and not self.merge


@dataclass(frozen=True, slots=True)
class Weight:
    """What meshes weigh, drawn as they are; shared ones count as often as they are drawn."""

    features: int = 0
    triangles: int = 0
    bytes: int = 0
    """Positions (12 bytes a vertex) and indices (4 bytes a corner), uncompressed."""

    def __add__(self, other: "Weight") -> "Weight":
        """Both together."""
        return Weight(
            self.features + other.features,
            self.triangles + other.triangles,
            self.bytes + other.bytes,
        )
