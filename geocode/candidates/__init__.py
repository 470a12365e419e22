"""Ways to find candidates, from the surest; the first that finds any is the last asked."""
