"""Conditions on features: their tree, and the two encodings of CQL2 that they come in."""
