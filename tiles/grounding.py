"""Features on the ground, with bases in the column that the builder reads."""

from dataclasses import dataclass, field, replace

import numpy as np

from cim.arrays import Bool
from cim.clamping import Clamping, clamp, with_columns
from cim.features import FeatureBatch
from cim.placing import ELEVATION_FIELD
from tiles.heights import BASE_FIELD, read_bases
from tiles.options import BuildOptions


@dataclass(frozen=True, slots=True)
class Grounding:
    """How footprints and models come to their heights."""

    options: BuildOptions
    """Columns and defaults of bases."""

    clamping: Clamping = field(default_factory=Clamping)


def on_ground(batch: FeatureBatch, grounding: Grounding, raised_m: float) -> FeatureBatch:
    """The batch clamped, with ellipsoidal bases in the column that the builder reads.

    Args:
        batch: Features at their place.
        grounding: Columns, defaults and clamping.
        raised_m: What heights of a local frame lack, but for those that were placed with it.
    """
    options, clamping = grounding.options, grounding.clamping
    if raised_m == 0.0 and clamping.method == "none":
        return batch
    name = options.base_field or BASE_FIELD
    bases, missing = read_bases(batch.attributes, options)
    if name not in batch.attributes.column_names:
        untold = np.ones(len(batch), np.bool_)
    else:
        untold = missing
    if clamping.method == "terrain":
        bases = np.where(untold, np.nan, bases)
    is_raised = ~untold & (name == ELEVATION_FIELD)
    bases = np.where(is_raised, bases, bases + raised_m)
    told = replace(
        batch,
        attributes=with_columns(batch.attributes, {name: bases}),
        tallies={**batch.tallies, **_untold(missing, clamping)},
    )
    return clamp(told, bases, name, clamping)


def _untold(missing: Bool, clamping: Clamping) -> dict[str, int]:
    """What became of footprints whose column tells no usable ground height."""
    count = int(missing.sum())
    if not count:
        return {}
    taken = "the terrain" if clamping.method == "terrain" else "the default"
    return {f"no usable ground height, {taken} used": count}
