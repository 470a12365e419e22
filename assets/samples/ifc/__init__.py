"""The one building of the sample city that comes as an IFC4 model."""
