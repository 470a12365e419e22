"""OGC API: pygeoapi as protocol core, our own hot routes."""
