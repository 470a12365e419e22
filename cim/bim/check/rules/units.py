"""Units that make the model as large as a region or as small as a brick."""

from collections.abc import Iterator

import numpy as np

from cim.bim.check.base import Finding, Parameters, RuleKind, Subject, Test, Words, whole

_LEAST_UNIT_M = 1e-6
_MOST_UNIT_M = 10_000.0


class Units:
    """Finds length units and sizes that nobody builds in."""

    def test(self, parameters: Parameters) -> Test:
        """The test: bounds of the model's size."""
        size = (
            parameters.number("least_size_m", 0.1, least=0.0, most=1e9),
            parameters.number("most_size_m", 50_000.0, least=0.0, most=1e9),
        )
        parameters.finish()

        def find(subject: Subject) -> Iterator[Finding]:
            yield from _unit(subject)
            yield from _size(subject, *size)

        return Test(find, whole)


def _unit(subject: Subject) -> Iterator[Finding]:
    unit = subject.model.unit
    if not unit.name:
        yield Finding("", Words("未给出长度单位，按米读取", "no length unit stated, metre taken"))
    if not _LEAST_UNIT_M <= unit.metres <= _MOST_UNIT_M:
        text = f"{unit.name or '?'} = {unit.metres:g} m"
        yield Finding("", Words(f"长度单位 {text}", f"length unit {text}"))


def _size(subject: Subject, least: float, most: float) -> Iterator[Finding]:
    several = [shape for key, shape in subject.shapes.items() if _is_element(subject, key)]
    if not several:
        return
    low = np.array([shape.low for shape in several]).min(axis=0)
    high = np.array([shape.high for shape in several]).max(axis=0)
    across = float((high - low).max())
    if not least <= across <= most:
        text = f"{across:.3g} m"
        yield Finding("", Words(f"模型总尺寸 {text}", f"the model is {text} across"))


def _is_element(subject: Subject, key: str) -> bool:
    return subject.model.objects[key].kind == "element"


PLUGIN: RuleKind = Units()
