"""3D Tiles and vector tiles from features."""
