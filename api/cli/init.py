"""`cim init`: a new workspace."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.output import say
from api.names import SETTINGS_FILE
from api.settings import parse_settings
from cim import plugins
from cim.errors import ConfigError
from cim.store.base import StoreFactory

app = typer.Typer(add_completion=False)


@app.command()
def init(  # noqa: PLR0913 - each argument is an option a user knows by its name
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make.")],
    *,
    name: Annotated[str, typer.Option(help="Short name, ASCII.")] = "city",
    title_zh: Annotated[str, typer.Option(help="Title on Chinese pages.")] = "城市时空一张图",
    title_en: Annotated[str, typer.Option(help="Title on English pages.")] = "City map",
    division_code: Annotated[str, typer.Option(help="Division code, 6 digits.")] = "000000",
    crs: Annotated[str, typer.Option(help="Storage CRS of layers.")] = "EPSG:4490",
    sample: Annotated[bool, typer.Option(help="Mark the data as sample data.")] = False,
) -> None:
    """Make a new workspace: cim.toml and an empty store.

    Example: cim init city --title-zh 云杉区 --division-code 420106
    """
    if (folder / SETTINGS_FILE).exists():
        raise ConfigError(f"{folder / SETTINGS_FILE}: exists already; this is a workspace")
    city = {
        "name": name,
        "title_zh": title_zh,
        "title_en": title_en,
        "division_code": division_code,
        "sample": sample,
    }
    settings = parse_settings({"city": city, "store": {"crs": crs}}, {}, where="cim init")
    folder.mkdir(parents=True, exist_ok=True)
    factory: StoreFactory = plugins.load("gpkg", "cim.store")
    factory.create(settings.database_path(folder), settings.store.crs)
    (folder / SETTINGS_FILE).write_text(settings.to_toml(), encoding="utf-8")
    say(f"made {folder / SETTINGS_FILE} and {settings.database_path(folder)}")
