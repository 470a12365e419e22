"""The registry of standard addresses in a city's store."""
