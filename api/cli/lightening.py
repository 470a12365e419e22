"""Options of `cim tiles build` that make building models lighter."""

from typing import Annotated

import typer

from tiles.lightening.options import Lightening

DropSmaller = Annotated[
    float,
    typer.Option("--drop-smaller-m", help="Leave elements out that are smaller, m; 0: none."),
]
Simplify = Annotated[
    float, typer.Option(help="Share of the triangles of meshes to aim at; 1: as they are.")
]
SimplifyError = Annotated[
    float,
    typer.Option("--simplify-error-m", help="How far simplified meshes may lie from theirs, m."),
]
Merge = Annotated[
    bool,
    typer.Option("--merge", help="Make elements of one storey, class and material one feature."),
]

LEAST = Lightening()
"""What the options are where nobody says anything."""


def lightening_of(
    drop_smaller_m: float, simplify: float, simplify_error_m: float, *, merge: bool
) -> Lightening | None:
    """What is to be made lighter, None for nothing.

    Raises:
        InputError: An option is out of its bounds.
    """
    asked = Lightening(drop_smaller_m, simplify, simplify_error_m, merge)
    return None if asked.is_idle else asked
