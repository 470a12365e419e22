"""Languages that addresses are written in: one file is one language."""
