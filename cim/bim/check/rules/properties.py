"""Property sets and properties that objects of some classes must have.

Source: IFC4 ADD2 TC1, property sets such as Pset_WallCommon; which of them a city wants is data.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cim.bim.check.base import Finding, Parameters, RuleKind, Subject, Test, Words, is_of
from cim.bim.model import IfcObject, Value


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What objects of some classes must have."""

    classes: tuple[str, ...]
    property_set: str
    properties: tuple[str, ...]
    values: tuple[str, ...]

    def of(self, subject: Subject) -> list[IfcObject]:
        """The objects of the classes."""
        return [one for one in subject.model.objects.values() if is_of(one, self.classes)]

    def find(self, subject: Subject) -> Iterator[Finding]:
        """Objects that lack the set, a property or a legal value."""
        for one in self.of(subject):
            values = subject.model.psets_of(one).get(self.property_set)
            if values is None:
                words = (f"缺属性集 {self.property_set}", f"no property set {self.property_set}")
                yield Finding(one.key, Words(*words))
                continue
            lacking = [name for name in self.properties if _is_blank(values.get(name))]
            if lacking:
                text = ", ".join(f"{self.property_set}.{name}" for name in lacking)
                yield Finding(one.key, Words(f"缺属性 {text}", f"no property {text}"))
                continue
            yield from self._illegal(one, values)

    def _illegal(self, one: IfcObject, values: dict[str, Value]) -> Iterator[Finding]:
        """Properties whose value is not one of the legal ones."""
        for name in self.properties if self.values else ():
            if str(values[name]) not in self.values:
                text, legal = f"{name} = {str(values[name])[:60]}", ", ".join(self.values)
                yield Finding(
                    one.key, Words(f"{text}；合法值：{legal}", f"{text}; legal: {legal}")
                )


class RequiredProperties:
    """Finds objects that lack a property set or property, or have another value than wanted."""

    def test(self, parameters: Parameters) -> Test:
        """The test: `classes`, `property_set`, `properties`, and where limited `values`."""
        wanted = _Wanted(
            classes=parameters.texts("classes"),
            property_set=parameters.text("property_set"),
            properties=parameters.texts("properties", ()),
            values=parameters.texts("values", ()),
        )
        parameters.finish()
        return Test(wanted.find, lambda subject: len(wanted.of(subject)))


def _is_blank(value: Value) -> bool:
    return value is None or (isinstance(value, str | list) and not value)


PLUGIN: RuleKind = RequiredProperties()
