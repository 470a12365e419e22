"""Sets of grid cells, over any grid system: cover, compaction, conversion."""
