"""Building information models (IFC, ISO 16739): what they hold, where they stand, their shapes."""
