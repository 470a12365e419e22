"""The steps of a build, each a function of a part of the data."""
