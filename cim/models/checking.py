"""A model that is being loaded: checked by rules, its level judged, from what was read anyway."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from cim.bim.check.base import ShapeFacts, Subject
from cim.bim.check.report import CheckReport, check_model
from cim.bim.check.rulebook import Rule
from cim.bim.georeference import Verdict
from cim.bim.levels.judge import LevelVerdict, house_levels, judge
from cim.bim.model import IfcObject
from cim.models.reading import NOT_FINITE, Body, ModelReading
from cim.siting import Site


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found out about a model as a whole."""

    report: CheckReport
    level: LevelVerdict


def checked(reading: ModelReading, site: Site, place: Verdict, rules: Iterable[Rule]) -> Checked:
    """A model checked by rules, and its level.

    Args:
        reading: The model with its bodies.
        site: How it comes to its place.
        place: What its file says of that.
        rules: To check it by.
    """
    subject = subject_of(reading, place)
    anchored = site.placement if site.georeference.method == "anchor" else None
    report = check_model(reading.path.name, subject, rules, anchored)
    return Checked(report, judge(subject, house_levels()))


def subject_of(reading: ModelReading, place: Verdict) -> Subject:
    """What was read, for rules: nothing is read or measured again.

    Args:
        reading: The model with its bodies.
        place: Where it stands.
    """
    model = reading.model
    keys = {one.step_id: one.key for one in model.objects.values()}
    children: dict[str, list[IfcObject]] = defaultdict(list)
    for one in model.objects.values():
        if one.parent is not None:
            children[one.parent].append(one)
    lost = {keys[one.step_id]: one.reason for one in reading.lost if one.step_id in keys}
    return Subject(
        model=model,
        shapes={key: _shape(body) for key, body in reading.bodies.items()},
        lost={key: reason for key, reason in lost.items() if reason != NOT_FINITE},
        place=place,
        not_finite=frozenset(key for key, reason in lost.items() if reason == NOT_FINITE),
        children={key: tuple(several) for key, several in children.items()},
    )


def _shape(body: Body) -> ShapeFacts:
    return ShapeFacts(
        np.array(body.form.low), np.array(body.form.high), body.meshes, body.footprint
    )
