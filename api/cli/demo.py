"""`cim demo`: a sample city, made by code and loaded through the commands a user has."""

import os
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from api.cli import address, init, layer, load, tiles
from api.cli.output import say
from api.cli.serve import run
from api.names import SETTINGS_FILE
from api.workspace import open_store
from cim.errors import BackendError, ConfigError
from cim.extras import check

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_FOLDER = Path("demo-city")
_MODEL = ".ifc"
_PLATES = "doorplates"
_CATALOGUE = ROOT / "assets" / "samples" / "catalogue.toml"
_COMMANDS = {
    "address": address.app,
    "init": init.app,
    "layer": layer.app,
    "load": load.app,
    "tiles": tiles.app,
}
_MAPPING = """\
source = "doorplates"
profile = "mainland"

[columns]
source_id = "{id_field}"
text = "full_address"
lon = "{lon_field}"
lat = "{lat_field}"

[elements]
city = "city"
county = "district"
township = "subdistrict"
community = "community"
road = "street"
number = "number"

[[links]]
column = "bldg_id"
layer = "buildings"
"""

app = typer.Typer(add_completion=False)


@app.command()
def demo(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="Folder of the sample city.")
    ] = DEFAULT_FOLDER,
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "",
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one.")] = None,
    serve: Annotated[bool, typer.Option(help="Serve the city when it is made.")] = True,
) -> None:
    """Make the sample city (示例数据) if it is not there yet, and serve it.

    Example: cim demo demo-city --port 8000
    """
    if not (folder / SETTINGS_FILE).exists():
        make(folder)
    if serve:
        run(folder, host=host, port=port)


def make(folder: Path) -> None:
    """The sample city in a folder; the folder appears whole or not at all.

    Raises:
        BackendError: The generator failed.
    """
    building = folder.with_name(f"{folder.name}.making")
    if building.exists():
        shutil.rmtree(building)
    sources = building / "sources"
    say("示例数据 sample data, made by a program")
    _generate(sources)
    manifest = orjson.loads((sources / "manifest.json").read_bytes())
    _cim(
        "init",
        str(building),
        *("--name", "sample", "--sample", "--division-code", manifest["division_code"]),
        *("--title-zh", manifest["title_zh"], "--title-en", manifest["title_en"]),
    )
    for entry in manifest["layers"]:
        if entry["file"].endswith(_MODEL):
            _load_model(sources, entry, building)
        else:
            _cim("load", *_load_arguments(sources, entry, manifest), "-w", str(building))
    _register(sources, manifest, building)
    _describe(building)
    _cim("tiles", "build", "layer:buildings", "-w", str(building))
    building.rename(folder)


def _register(sources: Path, manifest: dict[str, Any], workspace: Path) -> None:
    """Make standard addresses of the door plates, and give the buildings theirs."""
    plates = next(entry for entry in manifest["layers"] if entry["layer"] == _PLATES)
    mapping = sources / f"{_PLATES}.mapping.toml"
    mapping.write_text(_MAPPING.format_map(plates), encoding="utf-8")
    words = ("--mapping", str(mapping), "--who", "cim demo", "-w", str(workspace))
    _cim("address", "import", str(sources / plates["file"]), *words)
    streets = ("--streets", "roads", "--who", "cim demo", "-w", str(workspace))
    _cim("address", "assign", "buildings", *streets)


def _describe(workspace: Path) -> None:
    """Say in the catalogue what the layers are, and measure them."""
    said = tomllib.loads(_CATALOGUE.read_text("utf-8"))
    where = ("-w", str(workspace))
    for name, titles in said["workspaces"].items():
        words = ("--title-zh", titles["title_zh"], "--title-en", titles["title_en"])
        _cim("layer", "workspace", name, *words, *where)
    known = open_store(workspace).layers()
    for name, entry in said["layers"].items():
        if name in known:
            _cim("layer", "alter", name, *_sets(entry), "--who", "cim demo", *where)
    _cim("layer", "measure", *where)


def _sets(entry: Mapping[str, Any]) -> Iterator[str]:
    """The options that say an entry."""
    for name, value in entry.items():
        yield from ("--set", f"{name}={','.join(value) if isinstance(value, list) else value}")


def _load_model(sources: Path, entry: dict[str, Any], workspace: Path) -> None:
    """Load the sample's building model, where the extra that reads it is installed."""
    try:
        check("ifcopenshell", "bim")
    except ConfigError as error:
        say(f"  {entry['file']} is left out: {error}")
        return
    options = {
        "title-zh": entry["title_zh"],
        "title-en": entry["title_en"],
        "authority": entry["authority"],
        "source-date": entry["source_date"],
    }
    given = ((f"--{name}", value) for name, value in options.items() if value)
    words = (str(sources / entry["file"]), *(word for pair in given for word in pair))
    _cim("load", *words, "-w", str(workspace))


def _load_arguments(sources: Path, entry: dict[str, Any], manifest: dict[str, Any]) -> list[str]:
    """What a user would type to load one file of the manifest."""
    fields = sources / f"{entry['layer']}.fields.json"
    titles = {
        field["name"]: {"zh": field["title_zh"], "en": field["title_en"], "unit": field["unit"]}
        for field in entry["fields"]
    }
    fields.write_bytes(orjson.dumps(titles, option=orjson.OPT_INDENT_2))
    options = {
        "layer": entry["layer"],
        "class": entry["class_code"],
        "title-zh": entry["title_zh"],
        "title-en": entry["title_en"],
        "crs": entry["crs"],
        "id-field": entry["id_field"],
        "name-field": entry["name_field"],
        "height-field": entry["height_field"],
        "lon-field": entry["lon_field"],
        "lat-field": entry["lat_field"],
        "authority": entry["authority"],
        "source-date": entry["source_date"],
        "licence": manifest["licence"],
        "fields": str(fields),
    }
    given = ((f"--{name}", value) for name, value in options.items() if value)
    return [str(sources / entry["file"]), *(word for pair in given for word in pair)]


def _generate(sources: Path) -> None:
    """Write the source files.

    Raises:
        BackendError: The generator failed.
    """
    command = [sys.executable, "-m", "assets.samples", str(sources.resolve())]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=False)  # noqa: S603 - our own program
    if done.returncode:
        raise BackendError(f"the sample city could not be made: exit {done.returncode}")


def _cim(*words: str) -> None:
    """Run one of our commands as typed, and show it; its result is told in words only."""
    noun, *arguments = words
    say(f"$ cim {shlex.join(words)}")
    command = typer.main.get_command(_COMMANDS[noun])
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        command.main(arguments, prog_name=f"cim {noun}", standalone_mode=False)
