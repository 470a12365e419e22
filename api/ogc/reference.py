"""Operations of an OpenAPI document, as the documentation pages show them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

type Document = Mapping[str, Any]

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation."""

    name: str
    where: str
    """`path`, `query` or `header`."""

    description: str
    required: bool
    kind: str
    """Type, and what is legal."""

    default: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path."""

    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    tag: str
    body: str = ""
    """Media type of the body it takes, empty when it takes none."""


def operations(document: Document) -> tuple[Operation, ...]:
    """All operations of a document, in its order."""
    return tuple(
        Operation(
            method=method.upper(),
            path=path,
            summary=entry.get("summary", ""),
            description=entry.get("description", ""),
            parameters=tuple(_parameters(document, entry)),
            tag=(entry.get("tags") or [""])[0],
            body=next(iter(entry.get("requestBody", {}).get("content", {})), ""),
        )
        for path, methods in document.get("paths", {}).items()
        for method, entry in methods.items()
        if method in METHODS
    )


def _parameters(document: Document, entry: Document) -> Iterator[Parameter]:
    for given in entry.get("parameters", []):
        parameter = _resolved(document, given)
        schema = _resolved(document, parameter.get("schema", {}))
        default = schema.get("default", "")
        yield Parameter(
            name=parameter["name"],
            where=parameter["in"],
            description=parameter.get("description", ""),
            required=parameter.get("required", False),
            kind=_kind(schema),
            default="" if default is None else str(default),
        )


def _resolved(document: Document, value: Document) -> Document:
    """The value, or what its `$ref` points to within the document."""
    reference = value.get("$ref")
    if reference is None:
        return value
    found: Any = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    target: Document = found
    return target


def _kind(schema: Document) -> str:
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(_kind(option) for option in schema["anyOf"])
    low, high = schema.get("minimum"), schema.get("maximum")
    ends = f" {'' if low is None else low}–{'' if high is None else high}"
    return f"{schema.get('type', '')}{ends if (low, high) != (None, None) else ''}"
