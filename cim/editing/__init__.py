"""Editing features: from what a client wants to values that a store takes."""
