"""Tilesets: documents, checks."""
