"""Entities: their classes, permanent ids and meshes."""
