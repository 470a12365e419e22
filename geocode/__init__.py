"""The geocoder: from text to places and back."""
