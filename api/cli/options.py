"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Workspace = Annotated[
    Path,
    typer.Option(
        "--workspace",
        "-w",
        envvar="CIM_WORKSPACE",
        help="Folder of the city.",
        show_default="the current folder",
    ),
]
CURRENT_FOLDER = Path()
