"""Addresses in scripts that part words by spaces: read by words, found by words."""
