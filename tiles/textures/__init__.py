"""Pictures on surfaces: the parts that are used, at the size that is seen, in a few atlases."""
