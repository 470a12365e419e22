"""The `cim` command."""
