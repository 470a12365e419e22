"""Model check: rules as data over an IFC model and its shapes, findings with their places."""
