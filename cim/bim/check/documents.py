"""Reports of checks as JSON, and back; places are GeoJSON (RFC 7946)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import shapely

from cim.bim.check.base import Words
from cim.bim.check.report import CheckReport, Located, Place, RuleResult, StoreyPlan


def to_json(report: CheckReport) -> dict[str, Any]:
    """The report as plain values; places are GeoJSON (RFC 7946)."""
    return {
        "file": report.file,
        "schema": report.schema,
        "application": report.application,
        "objects": dict(report.objects),
        "georeference": {"basis": report.place, "confidence": report.confidence},
        "counts": report.counts,
        "notes": list(report.notes),
        "north_deg": report.north_deg,
        "rules": [_rule_json(rule) for rule in report.rules],
        "storeys": [
            {
                "key": one.key,
                "name": one.name,
                "elevation_m": one.elevation_m,
                "outline_m": shapely.to_wkt(one.outline, rounding_precision=3),
            }
            for one in report.storeys
        ],
        "map": {"type": "FeatureCollection", "features": list(_features(report))},
    }


def from_json(document: Mapping[str, Any]) -> CheckReport:
    """A report that `to_json` made; the outlines of storeys on the map are not read back."""
    return CheckReport(
        file=document["file"],
        schema=document["schema"],
        application=document["application"],
        objects=document["objects"],
        place=document["georeference"]["basis"],
        confidence=document["georeference"]["confidence"],
        north_deg=document["north_deg"],
        rules=tuple(_rule_from(one) for one in document["rules"]),
        storeys=tuple(
            StoreyPlan(
                one["key"],
                one["name"],
                one["elevation_m"],
                shapely.from_wkt(one["outline_m"]),
                None,
            )
            for one in document["storeys"]
        ),
        notes=tuple(document["notes"]),
    )


def _rule_from(one: Mapping[str, Any]) -> RuleResult:
    findings = tuple(
        Located(
            **{
                **finding,
                "value": Words(**finding["value"]),
                "position_m": _triple(finding["position_m"]),
                "lon_lat_height": _triple(finding["lon_lat_height"]),
            }
        )
        for finding in one["findings"]
    )
    title = Words(**one["title"])
    return RuleResult(one["id"], one["kind"], one["severity"], title, one["looked_at"], findings)


def _triple(values: Sequence[float] | None) -> Place | None:
    if values is None:
        return None
    x, y, z = values
    return (x, y, z)


def _rule_json(rule: RuleResult) -> dict[str, Any]:
    return {
        "id": rule.id,
        "kind": rule.kind,
        "severity": rule.severity,
        "title": {"zh": rule.title.zh, "en": rule.title.en},
        "looked_at": rule.looked_at,
        "count": len(rule.findings),
        "findings": [
            {
                "global_id": one.global_id,
                "key": one.key,
                "ifc_class": one.ifc_class,
                "name": one.name,
                "storey": one.storey,
                "storey_key": one.storey_key,
                "value": {"zh": one.value.zh, "en": one.value.en},
                "position_m": _rounded(one.position_m, (3, 3, 3)),
                "lon_lat_height": _rounded(one.lon_lat_height, (9, 9, 3)),
            }
            for one in rule.findings
        ],
    }


def _features(report: CheckReport) -> Iterator[dict[str, Any]]:
    """Outlines of storeys and points of findings that have a place on the Earth."""
    for plan in report.storeys:
        if plan.lon_lat is not None:
            shape = shapely.set_precision(plan.lon_lat, 1e-9, mode="pointwise")
            told = {"storey": plan.name, "elevation_m": plan.elevation_m}
            yield _feature(shapely.geometry.mapping(shape), {"what": "storey", **told})
    for rule in report.rules:
        for one in rule.findings:
            if one.lon_lat_height is not None:
                point = {"type": "Point", "coordinates": _rounded(one.lon_lat_height, (9, 9, 3))}
                told = {"rule": rule.id, "severity": rule.severity, "global_id": one.global_id}
                yield _feature(point, {"what": "finding", **told})


def _feature(geometry: Mapping[str, Any], properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _rounded(values: Place | None, digits: Place) -> list[float] | None:
    if values is None:
        return None
    return [round(value, int(n)) for value, n in zip(values, digits, strict=True)]
