"""Point cloud formats, one file each."""
