"""OGC API - DGGS (21-038r1): the grids of `cim.grids` as discrete global grid systems."""
