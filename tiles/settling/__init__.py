"""Settled features: one kind of shape a file, and one layout of the rows they all become."""
