"""The report of a check: what each rule found, and where that is."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from cim.arrays import Float64
from cim.bim.check.base import SEVERITIES, Finding, Severity, Subject, Words
from cim.bim.check.rulebook import Rule
from cim.bim.outlines import gathered
from cim.frames import geodetic_from_ecef
from cim.placing import Placement

type Place = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Located:
    """A finding with the object it concerns and its place."""

    key: str
    global_id: str
    ifc_class: str
    name: str
    storey: str
    storey_key: str
    value: Words
    position_m: Place | None
    """In the model's frame; None for the model as a whole and what has no shape."""

    lon_lat_height: Place | None
    """Degrees EPSG:4490 and ellipsoidal height; None where the model has no place."""


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What one rule found."""

    id: str
    kind: str
    severity: Severity
    title: Words
    looked_at: int
    findings: tuple[Located, ...]


@dataclass(frozen=True, slots=True)
class StoreyPlan:
    """The outline of a storey, for maps."""

    key: str
    name: str
    elevation_m: float | None
    outline: shapely.Geometry
    """In the model's frame."""

    lon_lat: shapely.Geometry | None


@dataclass(frozen=True, slots=True)
class CheckReport:
    """All that a check found."""

    file: str
    schema: str
    application: str
    objects: Mapping[str, int]
    """Number of objects by kind."""

    place: str | None
    """What the place rests on, None where there is none."""

    confidence: str | None
    north_deg: float | None
    """Compass direction of the model's y axis."""

    rules: tuple[RuleResult, ...]
    storeys: tuple[StoreyPlan, ...]
    notes: tuple[str, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Findings by severity."""
        found = Counter[Severity]()
        for rule in self.rules:
            found[rule.severity] += len(rule.findings)
        return {severity: found[severity] for severity in SEVERITIES}

    @property
    def has_errors(self) -> bool:
        """Whether a rule of severity error found something."""
        return self.counts["error"] > 0


def check_model(
    file: str, subject: Subject, rules: Iterable[Rule], placement: Placement | None = None
) -> CheckReport:
    """What rules find in a model.

    Args:
        file: Name of the file, for the report.
        subject: The model and its shapes (`cim.bim.check.watch`).
        rules: Of `cim.bim.check.rulebook`.
        placement: Where the model stands; None: where its file says.
    """
    place = subject.place.place
    where = placement or (place.placement if place else None)
    found = [(rule, tuple(rule.test.find(subject))) for rule in rules]
    results = [
        RuleResult(
            rule.id, rule.kind, rule.severity, rule.title, rule.test.looked_at(subject),
            tuple(_located(findings, subject, where)),
        )
        for rule, findings in found
    ]  # fmt: skip
    return CheckReport(
        file=file,
        schema=subject.model.schema,
        application=subject.model.application,
        objects=Counter(one.kind for one in subject.model.objects.values()),
        place=place.basis if place and placement is None else ("anchor" if placement else None),
        confidence=place.confidence if place and placement is None else None,
        north_deg=where.heading_deg if where else None,
        rules=tuple(results),
        storeys=storey_plans(subject, where),
        notes=subject.model.notes,
    )


def storey_plans(subject: Subject, placement: Placement | None) -> tuple[StoreyPlan, ...]:
    """Outlines of the storeys that hold something with a shape, from below upwards."""
    owned = (
        (one.storey, one.ifc_class, subject.shapes[one.key].outline)
        for one in subject.of("element")
        if one.storey is not None and one.key in subject.shapes
    )
    outlines = gathered(owned)
    plans = [
        StoreyPlan(
            one.key, one.name or one.key, one.elevation_m, outlines[one.key],
            None if placement is None else _on_map(outlines[one.key], placement),
        )
        for one in subject.of("storey")
        if one.key in outlines
    ]  # fmt: skip
    return tuple(sorted(plans, key=lambda plan: (plan.elevation_m or 0.0, plan.name)))


def lon_lat_height(points: Float64, placement: Placement) -> Float64:
    """(n, 3) degrees EPSG:4490 and ellipsoidal heights of points of the model's frame."""
    matrix = placement.matrix
    return geodetic_from_ecef(points @ matrix[:3, :3].T + matrix[:3, 3])


def _located(
    findings: Sequence[Finding], subject: Subject, placement: Placement | None
) -> Iterator[Located]:
    middles = [_middle(finding.key, subject) for finding in findings]
    known = np.array([middle for middle in middles if middle is not None]).reshape(-1, 3)
    placed = iter([] if placement is None else lon_lat_height(known, placement).tolist())
    for finding, middle in zip(findings, middles, strict=True):
        one = subject.model.objects.get(finding.key)
        storey = None if one is None else subject.model.objects.get(one.storey or "")
        if one is not None and one.kind == "storey":
            storey = one
        yield Located(
            key=finding.key,
            global_id=one.global_id if one else "",
            ifc_class=one.ifc_class if one else "",
            name=(one.long_name or one.name or "") if one else "",
            storey=(storey.name or storey.key) if storey else "",
            storey_key=storey.key if storey else "",
            value=finding.value,
            position_m=None if middle is None else (middle[0], middle[1], middle[2]),
            lon_lat_height=None if middle is None or placement is None else tuple(next(placed)),
        )


def _middle(key: str, subject: Subject) -> Place | None:
    """The middle of an object's shape, in the model's frame."""
    shape = subject.shapes.get(key)
    if shape is None:
        return None
    x, y, z = shape.middle.tolist()
    return (x, y, z)


def _on_map(shape: shapely.Geometry, placement: Placement) -> shapely.Geometry:
    """An outline of the model's frame in longitude and latitude."""

    def moved(xy: Float64) -> Float64:
        height = np.full((len(xy), 1), placement.origin[2])
        return np.asarray(lon_lat_height(np.hstack((xy, height)), placement)[:, :2])

    return shapely.transform(shape, moved)
