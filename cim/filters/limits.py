"""How large a condition may be: enough for people and GIS programs, too little to do harm."""

import shapely

from cim.errors import InputError
from cim.filters.model import Expression, Like, Literal, Shape, Spatial, walk

LONGEST = 32_768
"""Characters."""

DEEPEST = 40
"""Parentheses, functions and `NOT` in one another."""

LONGEST_SUM = 100
"""Operators of arithmetic in a row."""

MOST_VERTICES = 5_000
"""Of all literal geometries together."""

DEEPEST_GEOMETRY = 8
"""Parentheses or brackets of a geometry in one another."""

MOST_SHAPES = 32
"""Conditions on shapes: each is asked of every candidate."""

MOST_NODES = 10_000
LONGEST_PATTERN = 1_000
MOST_WILDCARDS = 32


def check_length(text: str) -> str:
    """The text, if it is not too long.

    Raises:
        InputError: It is.
    """
    if len(text) > LONGEST:
        raise InputError(f"{len(text)} characters; legal: up to {LONGEST}")
    return text


def check_size(expression: Expression) -> Expression:
    """The condition, if it is not too large.

    Raises:
        InputError: It is.
    """
    nodes = shapes = vertices = 0
    for node in walk(expression):
        nodes += 1
        shapes += isinstance(node, Spatial)
        if isinstance(node, Shape):
            vertices += _vertices(node)
        if isinstance(node, Like):
            _check_pattern(node)
    _check(nodes, MOST_NODES, "operators and operands")
    _check(shapes, MOST_SHAPES, "conditions on shapes")
    _check(vertices, MOST_VERTICES, "vertices")
    return expression


def too_many(count: int, most: int, what: str) -> InputError:
    """The error that says that there are too many of something."""
    return InputError(f"{count} {what}; legal: up to {most}")


def _check(count: int, most: int, what: str) -> None:
    if count > most:
        raise too_many(count, most, what)


def _vertices(shape: Shape) -> int:
    return int(shapely.get_num_coordinates(shape.geometry))


def _check_pattern(node: Like) -> None:
    text = "".join(str(each.value) for each in walk(node.pattern) if isinstance(each, Literal))
    _check(len(text), LONGEST_PATTERN, "characters in a pattern of LIKE")
    _check(text.count("%"), MOST_WILDCARDS, "'%' in a pattern of LIKE")
