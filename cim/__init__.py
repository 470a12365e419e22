"""The ground of every other package: entities, grids, frames, readers, store, catalogue."""
