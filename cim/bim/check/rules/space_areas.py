"""Floor areas of spaces: stated at all, and as large as the shape is.

Source: IFC4 ADD2 TC1, Qto_SpaceBaseQuantities and Pset_SpaceCommon; `cim.bim.areas` lists the
names that are looked for.
"""

from collections.abc import Iterator

from cim.bim.areas import stated_areas
from cim.bim.check.base import Finding, Parameters, RuleKind, Subject, Test, Words
from cim.bim.model import IfcObject


class SpaceAreas:
    """Finds spaces whose area is missing, or off by more than some per cent.

    Where several areas are stated (net, gross), the nearest to that of the shape counts.
    """

    def test(self, parameters: Parameters) -> Test:
        """The test; `fault` is `missing` or `differs`, the latter beyond `percent`."""
        fault = parameters.text("fault", ("missing", "differs"))
        percent = parameters.number("percent", 1.0, least=0.0, most=100.0)
        parameters.finish()
        if fault == "missing":
            return Test(_missing, lambda subject: len(subject.of("space")))

        def find(subject: Subject) -> Iterator[Finding]:
            for one, stated, name, computed in _compared(subject):
                off = 100 * abs(computed - stated) / stated
                if off > percent:
                    yield Finding(one.key, _off(stated, name, computed, off))

        return Test(find, lambda subject: sum(1 for _ in _compared(subject)))


def _missing(subject: Subject) -> Iterator[Finding]:
    for one in subject.of("space"):
        if not stated_areas(subject.model, one):
            yield Finding(one.key, Words("未给出面积", "no area stated"))


def _compared(subject: Subject) -> Iterator[tuple[IfcObject, float, str, float]]:
    """Spaces with the nearest stated area, where it stands, and the computed one."""
    for one in subject.of("space"):
        stated = stated_areas(subject.model, one)
        shape = subject.shapes.get(one.key)
        if stated and shape is not None:
            computed = float(shape.outline.area)
            area, name = min(stated, key=lambda found: abs(found[0] - computed))
            yield one, area, name, computed


def _off(stated: float, name: str, computed: float, percent: float) -> Words:
    return Words(
        f"给出 {stated:.2f} m²（{name}），计算 {computed:.2f} m²，相差 {percent:.1f} %",
        f"stated {stated:.2f} m² ({name}), computed {computed:.2f} m², off by {percent:.1f} %",
    )


PLUGIN: RuleKind = SpaceAreas()
