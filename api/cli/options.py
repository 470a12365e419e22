"""Options that several commands share."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cim import plugins

if TYPE_CHECKING:
    from api.settings import Settings
    from cim.coding import CodeLevels
    from cim.store.base import Store, StoreFactory

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


def open_store(workspace: Path, settings: "Settings | None" = None) -> "Store":
    """The store of a workspace.

    Raises:
        ConfigError: There is no workspace here, or its settings or store are wrong.
    """
    from api.settings import load_settings  # noqa: PLC0415 - pydantic is slow to import

    settings = settings or load_settings(workspace)
    factory: StoreFactory = plugins.load("gpkg", "cim.store")
    return factory.open(settings.database_path(workspace))


def levels_of(settings: "Settings") -> "CodeLevels":
    """Levels of the grid codes that the workspace keeps."""
    from cim.coding import CodeLevels  # noqa: PLC0415 - pyarrow is slow to import

    codes = settings.codes
    return CodeLevels(beidou=codes.beidou_level, geosot=codes.geosot_level, h3=codes.h3_level)
