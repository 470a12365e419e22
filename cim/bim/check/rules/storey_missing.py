"""Elements that stand in no storey, so that a building cut open by storey does not show them."""

from collections.abc import Iterator

from cim.bim.check.base import Finding, Parameters, RuleKind, Subject, Test, Words, is_of
from cim.bim.model import IfcObject


class StoreyMissing:
    """Finds elements of buildings without a storey; parts of facilities count as one."""

    def test(self, parameters: Parameters) -> Test:
        """The test.

        `of` is `building` (elements of a building, or of nothing) or `site` (elements that a site
        holds directly, as trees and kerbs do); `except_classes` names classes that need no storey.
        """
        of = parameters.text("of", ("building", "site"), "building")
        excepted = parameters.texts("except_classes", ())
        parameters.finish()

        def concerned(subject: Subject) -> list[IfcObject]:
            return [
                one
                for one in subject.of("element")
                if not is_of(one, excepted) and _is_in_site(subject, one) == (of == "site")
            ]

        def find(subject: Subject) -> Iterator[Finding]:
            for one in concerned(subject):
                if one.storey is None and not _in_part(subject, one):
                    yield Finding(one.key, _where(subject, one))

        return Test(find, lambda subject: len(concerned(subject)))


def _is_in_site(subject: Subject, one: IfcObject) -> bool:
    """Whether it belongs to a site, and to no building in it."""
    if one.building is not None:
        return False
    above = subject.model.objects.get(one.parent or "")
    while above is not None and above.kind != "site":
        above = subject.model.objects.get(above.parent or "")
    return above is not None


def _in_part(subject: Subject, one: IfcObject) -> bool:
    """Whether one of its parents is a part of a facility."""
    above = subject.model.objects.get(one.parent or "")
    while above is not None and above.kind != "part":
        above = subject.model.objects.get(above.parent or "")
    return above is not None


def _where(subject: Subject, one: IfcObject) -> Words:
    parent = subject.model.objects.get(one.parent or "")
    if parent is None:
        return Words("不属于任何空间结构", "contained in nothing")
    name = f"{parent.ifc_class} {parent.name or parent.key}"
    return Words(f"直接属于 {name}", f"directly in {name}")


PLUGIN: RuleKind = StoreyMissing()
