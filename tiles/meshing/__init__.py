"""Footprints and surfaces to triangles."""
