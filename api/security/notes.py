"""What a request turns out to do, noted for the audit trail."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Notes:
    """Filled while a request is answered."""

    verb: str = ""
    """What was asked for that not everyone may, such as `update`."""

    layers: set[str] = field(default_factory=set)
    """Layers that were to be changed."""

    restricted: set[str] = field(default_factory=set)
    """Restricted layers of which something was read."""

    link_key: str = ""
    """The key that came in the query: links that a client follows by itself must have it too."""

    detail: str = ""
    """What was changed, in short."""
