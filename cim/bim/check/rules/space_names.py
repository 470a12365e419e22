"""Spaces that nobody can name: without a name or number."""

from collections.abc import Iterator

from cim.bim.check.base import Finding, Parameters, RuleKind, Subject, Test, Words


class SpaceNames:
    """Finds spaces that have neither Name nor LongName."""

    def test(self, parameters: Parameters) -> Test:
        """The test; there are no parameters."""
        parameters.finish()
        return Test(_find, lambda subject: len(subject.of("space")))


def _find(subject: Subject) -> Iterator[Finding]:
    for one in subject.of("space"):
        if not (one.name or "").strip() and not (one.long_name or "").strip():
            yield Finding(one.key, Words("Name、LongName 均为空", "Name and LongName are empty"))


PLUGIN: RuleKind = SpaceNames()
