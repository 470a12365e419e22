"""Storeys that hold nothing."""

from collections.abc import Iterator

from cim.bim.check.base import Finding, Parameters, RuleKind, Subject, Test, Words


class EmptyStoreys:
    """Finds storeys without an element or space, at any depth."""

    def test(self, parameters: Parameters) -> Test:
        """The test; there are no parameters."""
        parameters.finish()
        return Test(_find, lambda subject: len(subject.of("storey")))


def _find(subject: Subject) -> Iterator[Finding]:
    taken = {one.storey for one in subject.model.objects.values()}
    for one in subject.of("storey"):
        if one.key not in taken:
            yield Finding(one.key, Words("没有构件和空间", "no element and no space"))


PLUGIN: RuleKind = EmptyStoreys()
