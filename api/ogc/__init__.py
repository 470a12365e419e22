"""OGC API: documents, features and pages of our own; JSON-LD by pygeoapi."""
