"""The index: what the geocoder looks things up in, made from the store alone."""
