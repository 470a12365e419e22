"""Quality checks of standard addresses: one file, one rule; found by their file names."""
