"""Layers and whole cities as files that QGIS opens."""
