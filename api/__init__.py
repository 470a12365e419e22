"""HTTP, OGC API, command line and web page."""
