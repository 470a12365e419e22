"""Models without any shape: they cannot stand in a city."""

from collections.abc import Iterator

from cim.bim.check.base import Finding, Parameters, RuleKind, Subject, Test, Words, whole


class NoShapes:
    """Finds models none of whose objects has a surface or solid."""

    def test(self, parameters: Parameters) -> Test:
        """The test; there are no parameters."""
        parameters.finish()
        return Test(_find, whole)


def _find(subject: Subject) -> Iterator[Finding]:
    if not any(one.has_body for one in subject.model.objects.values()):
        count = len(subject.model.objects)
        words = (f"{count} 个对象均无几何", f"none of its {count} objects has a surface or solid")
        yield Finding("", Words(*words))


PLUGIN: RuleKind = NoShapes()
