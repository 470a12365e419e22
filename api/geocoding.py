"""The geocoder of a workspace."""

from pathlib import Path

from addressing.registry.store import Registry
from api.settings import Settings, load_settings
from geocode.city import CityGeocoder


def index_folder(workspace: Path) -> Path:
    """Where a workspace keeps the geocoder's index."""
    return workspace / "index" / "geocode"


def open_registry(workspace: Path, settings: Settings | None = None) -> Registry:
    """The addresses of a workspace.

    Raises:
        ConfigError: There is no workspace here, or its settings or store are wrong.
    """
    settings = settings or load_settings(workspace)
    return Registry(settings.database_path(workspace))


def open_geocoder(workspace: Path) -> CityGeocoder:
    """The geocoder of a workspace.

    Raises:
        ConfigError: There is no workspace here, or its settings or store are wrong.
    """
    return CityGeocoder(open_registry(workspace), index_folder(workspace))
