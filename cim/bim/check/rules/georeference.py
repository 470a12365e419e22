"""Where a model stands: whether its file says so, and how sure that is."""

from collections.abc import Iterator

from cim.bim.check.base import Finding, Parameters, RuleKind, Subject, Test, Words, whole

_RANKS = ("low", "medium", "high")
_RANKS_ZH = {"low": "低", "medium": "中", "high": "高"}


class GeoreferenceRule:
    """Finds models without a place of their own, or with one that is doubtful."""

    def test(self, parameters: Parameters) -> Test:
        """The test; `fault` is `absent`, or `doubtful` below the confidence `least`."""
        fault = parameters.text("fault", ("absent", "doubtful"))
        least = parameters.text("least", _RANKS, "medium")
        parameters.finish()
        if fault == "absent":
            return Test(_absent, whole)
        return Test(lambda subject: _doubtful(subject, least), whole)


def _absent(subject: Subject) -> Iterator[Finding]:
    if subject.place.place is None:
        told = "; ".join(subject.place.faults)
        no_zh, no_en = "文件未给出空间定位信息", "the file does not say where the model stands"
        yield Finding(
            "", Words(f"{no_zh}：{told}" if told else no_zh, f"{no_en}: {told}" if told else no_en)
        )


def _doubtful(subject: Subject, least: str) -> Iterator[Finding]:
    place = subject.place.place
    if place is None or _RANKS.index(place.confidence) >= _RANKS.index(least):
        return
    told = "; ".join((*place.notes, *subject.place.faults))
    yield Finding(
        "",
        Words(
            f"{place.basis}，可信度{_RANKS_ZH[place.confidence]}：{told}",
            f"{place.basis}, confidence {place.confidence}: {told}",
        ),
    )


PLUGIN: RuleKind = GeoreferenceRule()
