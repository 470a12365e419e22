"""Editing features over the OGC API: Features Part 4, create, replace, update, delete."""
