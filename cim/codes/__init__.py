"""Identity codes of this program and of other authorities: one file is one scheme."""
