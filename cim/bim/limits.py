"""What a model may cost before it is given up."""

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on the child process that reads a file."""

    element_s: float = 120.0
    """CPU seconds without a new element before the one at work is given up."""

    file_s: float = 7_200.0
    """CPU seconds for a file."""

    memory_mib: int = 4_096
    """Resident memory of the child."""

    unpacked_mib: int = 4_096
    """Size of the model inside an .ifczip."""

    packing: int = 250
    """Times that a model may be smaller in its .ifczip; a real one is 4 to 30 times."""

    @property
    def memory_bytes(self) -> int:
        """Resident memory in bytes."""
        return self.memory_mib * MIB

    @property
    def unpacked_bytes(self) -> int:
        """Unpacked size in bytes."""
        return self.unpacked_mib * MIB


NO_PROGRESS_WALL = 20
"""Wall seconds for each CPU second of `element_s` before a child that sleeps is given up."""
