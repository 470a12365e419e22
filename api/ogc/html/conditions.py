"""Conditions on features as the form of the page of items gives them, as CQL2 text.

Source: OGC 21-065r2 (CQL2), clauses 6.3-6.4, Annex B.
"""

from collections.abc import Mapping

from api.errors import ParameterError
from api.ogc import parameters as params
from cim.catalog import Field, Layer

FIELD, OPERATOR, VALUE, FILTER = "field", "operator", "value", "filter"
PARAMETERS = (*params.COMMON, FIELD, OPERATOR, VALUE, FILTER)
CONTAINS = "contains"
OPERATORS: Mapping[str, str] = {
    "=": "=",
    "<>": "≠",
    "<": "<",
    "<=": "≤",
    ">": ">",
    ">=": "≥",
    CONTAINS: "∋",
}
"""Operators of the form, and how they are shown."""

BARE = frozenset({"integer", "number", "boolean"})
"""Types whose values stand without quotation marks."""


def combined(values: Mapping[str, str], layer: Layer) -> str:
    """The conditions so far and the one that the form adds, as one.

    Raises:
        ParameterError: The form is not filled in as it must be.
    """
    params.refuse_unknown(values, PARAMETERS)
    names = params.filterable(layer)
    name = params.choose(values, FIELD, names)
    operator = params.choose(values, OPERATOR, tuple(OPERATORS))
    if name is None or operator is None:
        raise ParameterError(FIELD, f"a field and an operator are needed; fields: {names}")
    field = next(one for one in layer.fields if one.name == name)
    one = condition(field, operator, values.get(VALUE, ""))
    before = values.get(FILTER, "").strip()
    return f"({before}) AND {one}" if before else one


def condition(field: Field, operator: str, value: str) -> str:
    """One condition: a field, one of `OPERATORS`, and what it is compared with.

    Raises:
        ParameterError: The value is none of the field's type.
    """
    if operator == CONTAINS:
        return f'"{field.name}" LIKE {_quoted(f"%{_literal(value)}%")}'
    form = params.VALUE_FORMS.get(field.type)
    if form is not None and not form.fullmatch(value):
        raise ParameterError(VALUE, f"{value[:40]!r} is no {field.type}")
    if field.type == "date":
        return f'"{field.name}" {operator} DATE({_quoted(value)})'
    if field.type == "datetime":
        return f'"{field.name}" {operator} TIMESTAMP({_quoted(value)})'
    return f'"{field.name}" {operator} {value if field.type in BARE else _quoted(value)}'


def _literal(value: str) -> str:
    """Text that stands for itself in a pattern of LIKE."""
    return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
