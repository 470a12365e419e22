"""Rules of address text: one file is one rule; their order and options are data."""
