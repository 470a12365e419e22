"""Point clouds: an octree of points, and its contents."""
