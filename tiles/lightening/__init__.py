"""Lighter building models: small parts left out, meshes simplified, elements joined."""
