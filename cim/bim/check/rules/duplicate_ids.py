"""Objects that share one GlobalId: IFC wants it to be unique in the world."""

from collections import Counter
from collections.abc import Iterator

from cim.bim.check.base import Finding, Parameters, RuleKind, Subject, Test, Words


class DuplicateIds:
    """Finds objects whose GlobalId another object bears, or that have none."""

    def test(self, parameters: Parameters) -> Test:
        """The test; there are no parameters."""
        parameters.finish()
        return Test(_find, lambda subject: len(subject.model.objects))


def _find(subject: Subject) -> Iterator[Finding]:
    counts = Counter(one.global_id for one in subject.model.objects.values())
    for one in subject.model.objects.values():
        count = counts[one.global_id]
        if not one.global_id:
            yield Finding(one.key, Words("无 GlobalId", "no GlobalId"))
        elif count > 1:
            yield Finding(one.key, Words(f"{count} 个对象共用", f"shared by {count} objects"))


PLUGIN: RuleKind = DuplicateIds()
