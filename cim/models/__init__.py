"""Building models as entities: read once, placed, compared with the version before, stored."""
