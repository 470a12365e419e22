"""Which rows of a layer changed between two of its versions."""

from dataclasses import dataclass

import numpy as np

from api.ogc.cache import FeatureCache
from cim.arrays import Int64
from cim.catalog import Layer

NO_ROWS: Int64 = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Changes:
    """The rows of a layer that changed from one version to another."""

    version: int
    since: int
    changed: Int64
    """Row numbers, ascending."""

    def fits(self, layer: Layer, cache: FeatureCache) -> bool:
        """Whether these are the changes between a cache and the layer as it is."""
        return self.version == layer.version and self.since == cache.version

    def leads_to(self, layer: Layer, cache: FeatureCache) -> bool:
        """Whether these are the first of the changes between a cache and the layer."""
        return self.version < layer.version and self.since == cache.version


def joined(known: Int64, more: Int64) -> Int64:
    """Row numbers of either, ascending; those of new features are behind all others."""
    if not len(known) or not len(more):
        return more if len(more) else known
    if more[0] > known[-1]:
        return np.concatenate([known, more])
    return np.union1d(known, more)
