"""What a request turns out to do, noted for the audit trail."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Notes:
    """Filled while a request is answered."""

    verb: str = ""
    """What was asked for that not everyone may, such as `update`."""

    restricted: set[str] = field(default_factory=set)
    """Restricted layers of which something was read."""

    detail: str = ""
    """What was changed, in short."""
