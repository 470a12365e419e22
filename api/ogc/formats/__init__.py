"""Forms in which features leave the server, one file a format."""
