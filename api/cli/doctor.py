"""`cim doctor`: is the installation sound, is the workspace whole, and what to do if not."""

import importlib.util
import platform
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
import pyogrio
import pyproj
import typer

from api.cli.options import CURRENT_FOLDER, Workspace
from api.cli.output import show_rows
from api.names import SETTINGS_FILE
from api.routes.tile_files import Tilesets, both
from api.settings import Settings, load_settings
from api.workspace import open_store
from cim.entities.classes import REGISTERED
from cim.errors import CimError, ConfigError

VIEWER = Path(__file__).resolve().parents[2] / "assets" / "viewer" / "dist" / "index.html"
LEAST_FREE_BYTES = 2_000_000_000

app = typer.Typer(add_completion=False)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    check: str
    status: str
    """`ok`, `warning` or `fault`."""

    found: str
    advice: str = ""


@app.command()
def doctor(*, workspace: Workspace = CURRENT_FOLDER) -> None:
    """Check the installation, and the workspace if there is one; exit 1 on a fault.

    Example: cim doctor -w city
    """
    findings = [*_installation()]
    if (workspace / SETTINGS_FILE).exists():
        findings += _workspace(workspace)
    else:
        advice = f"make one with: cim init {workspace}"
        findings.append(Finding("workspace", "warning", f"no {SETTINGS_FILE} here", advice))
    show_rows(asdict(finding) for finding in findings)
    faults = [finding for finding in findings if finding.status == "fault"]
    if faults:
        raise CimError(f"faults: {', '.join(fault.check for fault in faults)}")


def _installation() -> Iterator[Finding]:
    yield Finding("python", "ok", platform.python_version())
    yield _sqlite()
    gdal = ".".join(str(number) for number in pyogrio.__gdal_version__)
    drivers = pyogrio.list_drivers(read=True)
    yield Finding("gdal", "ok", f"{gdal}, {len(drivers)} formats")
    yield Finding("proj", "ok", f"{pyproj.proj_version_str}, network off")
    bim = importlib.util.find_spec("ifcopenshell") is not None
    yield Finding("ifc", "ok" if bim else "warning", "ifcopenshell" if bim else "not installed")
    built = VIEWER.exists()
    yield Finding(
        "map page",
        "ok" if built else "fault",
        "built" if built else "not built",
        "" if built else "build it with: make setup",
    )


def _sqlite() -> Finding:
    with closing(sqlite3.connect(":memory:")) as connection:
        options = {row[0] for row in connection.execute("PRAGMA compile_options")}
        json = connection.execute("SELECT count(*) FROM json_each('[1]')").fetchone() == (1,)
    if "ENABLE_RTREE" in options and json and sqlite3.sqlite_version_info >= (3, 35):
        return Finding("sqlite", "ok", f"{sqlite3.sqlite_version} with R-tree")
    advice = "use a Python whose SQLite is 3.35 or newer, with R-tree and JSON"
    return Finding("sqlite", "fault", sqlite3.sqlite_version, advice)


def _workspace(workspace: Path) -> Iterator[Finding]:
    try:
        settings = load_settings(workspace)
    except ConfigError as error:
        yield Finding(SETTINGS_FILE, "fault", str(error), "mend the file")
        return
    yield Finding(SETTINGS_FILE, "ok", settings.city.title_zh)
    free = shutil.disk_usage(workspace).free
    enough = free > LEAST_FREE_BYTES
    yield Finding(
        "disk",
        "ok" if enough else "warning",
        f"{free / 1e9:.1f} GB free",
        "" if enough else "a load needs about twice the size of its source",
    )
    yield from _store(workspace, settings)
    yield from _tilesets(workspace)


def _store(workspace: Path, settings: Settings) -> Iterator[Finding]:
    path = settings.database_path(workspace)
    try:
        store = open_store(workspace, settings)
        layers = store.layers()
    except CimError as error:
        yield Finding("store", "fault", str(error), "restore it from a backup")
        return
    with closing(sqlite3.connect(path)) as connection:
        (whole,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        orphans = len(connection.execute("PRAGMA foreign_key_check").fetchall())
        sound = whole == "ok" and not orphans
        yield Finding(
            "store",
            "ok" if sound else "fault",
            f"{path.name}: {len(layers)} layers, integrity {whole}",
            "" if sound else "restore it from a backup",
        )
        for name, layer in layers.items():
            if layer.class_code == REGISTERED:
                continue
            (bare,) = connection.execute(
                f'SELECT count(*) FROM "{name}" WHERE entity_id IS NULL AND valid_to IS NULL'
            ).fetchone()
            if bare:
                advice = f"code them with: cim entity code {name} -w {workspace}"
                yield Finding(name, "warning", f"features without entity id: {bare}", advice)
    store.close()


def _tilesets(workspace: Path) -> Iterator[Finding]:
    tilesets = Tilesets(workspace / "tiles")
    hidden = set(both(workspace / "tiles"))
    for name in tilesets.names():
        check = f"tileset {name}"
        try:
            version = orjson.loads(tilesets.root_document(name))["asset"]["version"]
        except (CimError, OSError, ValueError, KeyError, TypeError) as error:
            found = str(error) if isinstance(error, CimError) else "tileset.json is torn"
            yield Finding(check, "fault", found, "build it again: cim tiles build")
            continue
        if name in hidden:
            found = f"the folder {name} is served, {name}.3tz is not"
            yield Finding(check, "warning", found, "remove one of the two")
        else:
            advice = f"check it with: cim tiles validate {tilesets.path(name)}"
            yield Finding(check, "ok", f"3D Tiles {version}", advice)
