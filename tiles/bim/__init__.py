"""Building models as tiles: outline, then shell, then what is inside, storey by storey."""
