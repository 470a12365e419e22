"""Heights of storeys that no building has: a wrong unit, or storeys that are none."""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from cim.bim.check.base import Finding, Parameters, RuleKind, Subject, Test, Words


class StoreyHeights:
    """Finds buildings whose storeys usually are lower or higher than any."""

    def test(self, parameters: Parameters) -> Test:
        """The test: bounds of the usual (median) height of the storeys of one building."""
        least = parameters.number("least_m", 1.5, least=0.0, most=1e6)
        most = parameters.number("most_m", 30.0, least=0.0, most=1e6)
        parameters.finish()

        def find(subject: Subject) -> Iterator[Finding]:
            for building, usual in _heights(subject).items():
                if not least <= usual <= most:
                    text = f"{usual:.3g} m"
                    words = (f"层高一般为 {text}", f"storeys are usually {text} high")
                    yield Finding(building, Words(*words))

        return Test(find, lambda subject: len(_heights(subject)))


def _heights(subject: Subject) -> dict[str, float]:
    """Usual height of the storeys by key of the building, of those with several."""
    elevations: dict[str, set[float]] = defaultdict(set)
    for one in subject.of("storey"):
        if one.elevation_m is not None:
            elevations[one.building or ""].add(round(one.elevation_m, 3))
    return {
        building: float(np.median(np.diff(sorted(several))))
        for building, several in elevations.items()
        if len(several) > 1
    }


PLUGIN: RuleKind = StoreyHeights()
