"""Grid systems, one file each."""
