"""Shapes that cannot be drawn, measured or cut: lost, flat, open, inside out, not finite."""

from collections.abc import Iterator

from cim.bim.check.base import (
    Finding,
    Parameters,
    RuleKind,
    ShapeFacts,
    Subject,
    Test,
    Words,
    is_of,
)
from cim.bim.model import IfcObject

_FAULTS = ("lost", "not_finite", "flat", "open", "inside_out", "none")


class Shapes:
    """Finds objects whose shape has one of the faults that the rule names."""

    def test(self, parameters: Parameters) -> Test:
        """The test.

        `faults` lists: `lost` (no kernel makes it), `not_finite`, `flat` (closed without volume,
        or without area), `open` (its surface does not close), `inside_out`, `none` (the file
        gives an element neither a shape nor parts). `least_volume_m3` is what counts as volume;
        `except_classes` names classes that may be so.
        """
        faults = parameters.texts("faults", legal=_FAULTS)
        least = parameters.number("least_volume_m3", 1e-9, least=0.0, most=1e3)
        excepted = parameters.texts("except_classes", ())
        parameters.finish()

        def concerned(subject: Subject) -> list[IfcObject]:
            several = subject.model.objects.values()
            wanted = (one for one in several if one.kind in {"element", "space", "site"})
            return [one for one in wanted if not is_of(one, excepted)]

        def find(subject: Subject) -> Iterator[Finding]:
            for one in concerned(subject):
                for fault, words in _faults_of(subject, one, least):
                    if fault in faults:
                        yield Finding(one.key, words)

        return Test(find, lambda subject: len(concerned(subject)))


def _faults_of(subject: Subject, one: IfcObject, least: float) -> Iterator[tuple[str, Words]]:
    if one.key in subject.lost:
        reason = subject.lost[one.key]
        yield "lost", Words(f"几何无法生成：{reason}", f"no shape can be made: {reason}")
    elif one.key in subject.not_finite:
        yield "not_finite", Words("坐标不是有限数", "a coordinate is not a finite number")
    elif one.kind == "element" and not one.has_body and not subject.children.get(one.key):
        yield "none", Words("没有几何，也没有组成部分", "neither a shape nor parts")
    elif one.key in subject.shapes:
        yield from _measured(subject.shapes[one.key], least)


def _measured(shape: ShapeFacts, least: float) -> Iterator[tuple[str, Words]]:
    """Faults of a shape that is there."""
    if all(mesh.triangles == 0 for mesh in shape.meshes):
        yield "flat", Words("没有面积", "no area")
        return
    edges = sum(mesh.open_edges for mesh in shape.meshes)
    if edges:
        yield (
            "open",
            Words(f"表面未封闭，开口边 {edges} 条", f"does not close: {edges} open edges"),
        )
        return
    volume = sum(mesh.volume_m3 for mesh in shape.meshes)
    if abs(volume) <= least:
        yield "flat", Words(f"体积为 {abs(volume):.2g} m³", f"its volume is {abs(volume):.2g} m³")
    elif volume < 0:
        yield "inside_out", Words("表面朝内", "its surface faces inwards")


PLUGIN: RuleKind = Shapes()
