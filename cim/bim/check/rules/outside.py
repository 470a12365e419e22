"""Elements that stand where nothing of the model should: off the site, or far from the rest."""

from collections.abc import Iterator

import numpy as np
import shapely

from cim.bim.check.base import Finding, Parameters, RuleKind, ShapeFacts, Subject, Test, Words
from cim.bim.model import IfcObject


class Outside:
    """Finds elements beyond the outline of the site, or far from the middle of the model."""

    def test(self, parameters: Parameters) -> Test:
        """The test.

        `of` is `site` (with `tolerance_m`; a model whose site has no shape has no findings) or
        `model` (farther from its middle than `least_m`, and than `times` the distance that three
        quarters of the elements keep).
        """
        of = parameters.text("of", ("site", "model"))
        tolerance = parameters.number("tolerance_m", 0.5, least=0.0, most=1e6)
        times = parameters.number("times", 10.0, least=1.0, most=1e6)
        least = parameters.number("least_m", 500.0, least=0.0, most=1e7)
        parameters.finish()
        if of == "site":
            return Test(
                lambda subject: _off_site(subject, tolerance),
                lambda subject: len(_elements(subject)) if _sites(subject) else 0,
            )
        return Test(
            lambda subject: _lonely(subject, times, least),
            lambda subject: len(_elements(subject)),
        )


def _elements(subject: Subject) -> list[tuple[IfcObject, ShapeFacts]]:
    several = ((one, subject.shapes.get(one.key)) for one in subject.of("element"))
    return [(one, shape) for one, shape in several if shape is not None]


def _sites(subject: Subject) -> list[shapely.Geometry]:
    """Outlines of the sites that have a surface; terrain often has a hole under the building."""
    found = (subject.shapes.get(one.key) for one in subject.of("site"))
    return [shape.outline for shape in found if shape is not None]


def _off_site(subject: Subject, tolerance: float) -> Iterator[Finding]:
    sites = _sites(subject)
    if not sites:
        return
    parts = shapely.get_parts(np.array(sites, object))
    ground = shapely.union_all(shapely.polygons(shapely.get_exterior_ring(parts)))
    near = shapely.buffer(ground, tolerance)
    shapely.prepare(near)
    for one, shape in _elements(subject):
        if not shapely.covers(near, shape.outline):
            yield Finding(one.key, _beyond(float(shapely.distance(ground, shape.outline))))


def _beyond(away: float) -> Words:
    if away > 0:
        return Words(f"在用地范围外 {away:.1f} m", f"{away:.1f} m off the site")
    return Words("部分超出用地范围", "partly off the site")


def _lonely(subject: Subject, times: float, least: float) -> Iterator[Finding]:
    elements = _elements(subject)
    if not elements:
        return
    middles = np.array([shape.middle for _, shape in elements])
    away = np.linalg.norm(middles - np.median(middles, axis=0), axis=1)
    most = max(least, times * float(np.percentile(away, 75)))
    for (one, _), distance in zip(elements, away.tolist(), strict=True):
        if distance > most:
            words = (f"距模型中心 {distance:.0f} m", f"{distance:.0f} m from the model's middle")
            yield Finding(one.key, Words(*words))


PLUGIN: RuleKind = Outside()
