"""What every kind of rules keeps: `cim/bim/check/rules`."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import pytest

from cim import plugins
from cim.bim.check.base import Parameters, RuleKind, Subject
from cim.bim.check.rulebook import HOUSE_RULES, KINDS
from cim.bim.check.run import read_subject
from cim.bim.georeference import Verdict
from cim.bim.limits import Limits
from cim.errors import InputError
from tests.cim.bim.reading import path_of

HOUSE: list[Mapping[str, Any]] = tomllib.loads(HOUSE_RULES.read_text("utf-8"))["rule"]
MODELS = ("s09_ifc4_duplicate_globalid.ifc", "s11_ifc4_no_geometry_at_all.ifc", "duplex.ifc")

rules = pytest.mark.parametrize("rule", HOUSE, ids=[rule["id"] for rule in HOUSE])


@lru_cache(maxsize=len(MODELS))
def subject_of(name: str) -> Subject:
    return read_subject(path_of(name), Limits())


def kind_of(rule: Mapping[str, Any]) -> RuleKind:
    kind: RuleKind = plugins.load(rule["kind"], KINDS)
    return kind


def given(rule: Mapping[str, Any], **more: object) -> Parameters:
    return Parameters(rule["id"], {**rule.get("parameters", {}), **more})


@rules
def test_a_parameter_that_nobody_knows_is_refused(rule: Mapping[str, Any]) -> None:
    with pytest.raises(InputError, match="no parameter 'nope'; known: "):
        kind_of(rule).test(given(rule, nope=1))


@rules
@pytest.mark.parametrize("name", MODELS)
def test_findings_name_objects_of_the_model_in_both_languages(
    rule: Mapping[str, Any], name: str
) -> None:
    subject = subject_of(name)
    test = kind_of(rule).test(given(rule))
    found = list(test.find(subject))
    assert found == list(test.find(subject)), "the same twice"
    assert len({one.key for one in found}) <= max(test.looked_at(subject), 0)
    for one in found:
        assert one.key == "" or one.key in subject.model.objects
        assert one.value.zh
        assert one.value.en


@rules
def test_an_empty_model_is_no_error(rule: Mapping[str, Any]) -> None:
    some = subject_of(MODELS[0])
    nothing = replace(some.model, objects={}, types={}, groups=(), relations=())
    empty = Subject(nothing, {}, {}, Verdict(None))
    test = kind_of(rule).test(given(rule))
    keys = {one.key for one in test.find(empty)}
    assert keys <= {""}
    assert test.looked_at(empty) in {0, 1}
