"""A workspace: one folder is one city."""

from pathlib import Path
from typing import TYPE_CHECKING

from cim import plugins
from cim.coding import CodeLevels
from cim.store.base import Store, StoreFactory

if TYPE_CHECKING:
    from api.settings import Settings


def open_store(workspace: Path, settings: "Settings | None" = None) -> Store:
    """The store of a workspace.

    Raises:
        ConfigError: There is no workspace here, or its settings or store are wrong.
    """
    if settings is None:
        from api.settings import load_settings  # noqa: PLC0415 - heavy, and files need no workspace

        settings = load_settings(workspace)
    factory: StoreFactory = plugins.load("gpkg", "cim.store")
    return factory.open(settings.database_path(workspace))


def levels_of(settings: "Settings") -> CodeLevels:
    """Levels of the grid codes that the workspace keeps."""
    codes = settings.codes
    return CodeLevels(beidou=codes.beidou_level, geosot=codes.geosot_level, h3=codes.h3_level)
