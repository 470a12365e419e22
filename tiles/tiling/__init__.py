"""Which feature goes into which tile."""
