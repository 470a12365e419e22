"""A workspace: one folder is one city."""

from pathlib import Path

from api.settings import Settings, load_settings
from cim import plugins
from cim.coding import CodeLevels
from cim.store.base import Store, StoreFactory


def open_store(workspace: Path, settings: Settings | None = None) -> Store:
    """The store of a workspace.

    Raises:
        ConfigError: There is no workspace here, or its settings or store are wrong.
    """
    settings = settings or load_settings(workspace)
    factory: StoreFactory = plugins.load("gpkg", "cim.store")
    return factory.open(settings.database_path(workspace))


def levels_of(settings: Settings) -> CodeLevels:
    """Levels of the grid codes that the workspace keeps."""
    codes = settings.codes
    return CodeLevels(beidou=codes.beidou_level, geosot=codes.geosot_level, h3=codes.h3_level)
