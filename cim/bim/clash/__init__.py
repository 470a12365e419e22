"""Clash test: which elements of one or two models take the same room, or stand too near."""
