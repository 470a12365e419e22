"""From a place to what is there: the building around it, doors, the road, divisions."""
