"""Levels of a city information model: how detailed a building model is, and why."""
