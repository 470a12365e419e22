"""The servers of `bench_items`: this one, pygeoapi, tipg on PostGIS, and nginx as the limit."""

import contextlib
import importlib.util
import os
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyogrio
import shapely

from benchmarks.wrk import ROOT, free_port, running, wait_for, wait_until

PEER = Path(__file__).with_name("peer_pygeoapi.py")
TIPG = ROOT / "build" / "peers" / "tipg" / "bin" / "python"
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]
POSTGIS = sorted(Path("/usr/share/postgresql").glob("*/extension/postgis.control"))


@dataclass(frozen=True, slots=True)
class Server:
    """A server under test."""

    title: str
    items: str
    """URL of its items."""

    filters: bool = True
    """Whether it heeds `filter`; stock pygeoapi drops it."""

    boxes: bool = True
    pid: int = 0


@contextlib.contextmanager
def own_server(folder: Path, source: Path) -> Iterator[Server]:
    """This server over a workspace loaded by its own commands, once its cache is made."""
    workspace = folder / "city"
    cim = (sys.executable, "-m", "api.cli.main")
    subprocess.run((*cim, "init", str(workspace)), cwd=ROOT, check=True, capture_output=True)
    load = ("load", str(source), "--layer", "buildings", "--class", "BLDG", "--id-field", "code")
    subprocess.run((*cim, *load, "-w", str(workspace)), cwd=ROOT, check=True, capture_output=True)
    port = free_port()
    with running((*cim, "serve", "-w", str(workspace), "--port", str(port))) as process:
        items = f"http://127.0.0.1:{port}/ogc/collections/buildings/items"
        wait_for(items)
        wait_until(lambda: any(workspace.glob("index/items/*.items")), "the feature cache")
        time.sleep(2)  # the server looks for a new cache once a second
        yield Server("cim-server", items, pid=process.pid)


@contextlib.contextmanager
def pygeoapi(source: Path, name: str) -> Iterator[Server]:
    """Stock pygeoapi with one of its providers."""
    port = free_port()
    with running((sys.executable, str(PEER), str(source), name, str(port))):
        items = f"http://127.0.0.1:{port}/collections/buildings/items"
        wait_for(items)
        yield Server(f"pygeoapi 0.24 {name}", items, filters=False)


@contextlib.contextmanager
def nginx(folder: Path, own: Server, limits: tuple[int, ...]) -> Iterator[Server]:
    """Nginx with one worker that sends the bytes of our pages from files: the limit."""
    pages = folder / "pages"
    pages.mkdir()
    for limit in limits:
        with urllib.request.urlopen(f"{own.items}?limit={limit}&f=json", timeout=60) as answer:  # noqa: S310 - our own server
            (pages / f"{limit}.json").write_bytes(answer.read())
    folder.chmod(0o755)
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(
        f"worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log stderr;\n"
        "events { worker_connections 1024; }\n"
        "http { access_log off; sendfile on; types { application/geo+json json; }\n"
        f"server {{ listen 127.0.0.1:{port}; root {pages};\n"
        "location /items { rewrite ^ /$arg_limit.json break; } } }\n"
    )
    with running((NGINX, "-p", str(folder), "-c", str(config))):
        items = f"http://127.0.0.1:{port}/items"
        wait_until(lambda: _is_there(f"{items}?limit={limits[0]}"), items)
        yield Server("nginx, our bytes from files", items, filters=False, boxes=False)


@contextlib.contextmanager
def tipg(folder: Path, source: Path) -> Iterator[Server]:
    """Tipg with one worker, over the same table in PostGIS."""
    port = free_port()
    with _postgres(folder / "postgres", source) as database:
        environment = {
            **os.environ,
            "DATABASE_URL": database,
            "TIPG_MAX_FEATURES_PER_QUERY": "10000",
        }
        command = (str(TIPG), "-m", "uvicorn", "tipg.main:app", "--port", str(port))
        quiet = ("--log-level", "warning", "--no-access-log")
        with running((*command, *quiet), cwd=folder, env=environment):
            items = f"http://127.0.0.1:{port}/collections/public.buildings/items"
            wait_until(lambda: _is_there(f"{items}?limit=1"), items)
            yield Server("tipg 1.6.1, PostGIS", items)


def peers(
    source: Path, folder: Path
) -> Iterator[tuple[str, str, contextlib.AbstractContextManager[Server]]]:
    """Title of each peer, what keeps it from running here, if anything does, and its server."""
    extensible = hasattr(sqlite3.Connection, "enable_load_extension")
    has_stand_in = importlib.util.find_spec("pysqlite3") is not None
    why = "this Python's sqlite3 loads no extensions and pysqlite3-binary is not installed"
    gpkg = pygeoapi(source, "SQLiteGPKG")
    yield "pygeoapi SQLiteGPKG", "" if extensible or has_stand_in else why, gpkg
    has_gdal = importlib.util.find_spec("osgeo") is not None
    why = "GDAL's Python bindings (osgeo) are not installed"
    yield "pygeoapi OGR", "" if has_gdal else why, pygeoapi(source, "OGR")
    missing = [
        name
        for name, there in {
            "PostgreSQL": POSTGRES,
            "PostGIS": POSTGIS,
            "tipg (make build/peers/tipg/.installed)": TIPG.exists(),
        }.items()
        if not there
    ]
    yield "tipg", f"missing: {', '.join(missing)}" if missing else "", tipg(folder, source)


@contextlib.contextmanager
def _postgres(folder: Path, source: Path) -> Iterator[str]:
    """A cluster with the source's table; its address. PostgreSQL refuses to be root."""
    folder.mkdir()
    folder.parent.chmod(0o755)
    port, programs = free_port(), POSTGRES[0]
    as_user: tuple[str, ...] = ()
    if os.getuid() == 0:
        shutil.chown(folder, "postgres")
        as_user = ("runuser", "-u", "postgres", "--")
    data = folder / "data"
    made = (*as_user, str(programs / "initdb"), "-D", str(data), "-U", "bench", "-A", "trust")
    subprocess.run((*made, "-E", "UTF8"), cwd=folder, check=True, capture_output=True)
    address = f"postgresql://bench@127.0.0.1:{port}/postgres"
    command = (*as_user, str(programs / "postgres"), "-D", str(data), "-p", str(port))
    with running((*command, "-k", str(folder), "-c", "shared_buffers=512MB"), cwd=folder):
        psql = (str(programs / "psql"), address, "-v", "ON_ERROR_STOP=1", "-q")
        ready = (str(programs / "pg_isready"), "-h", "127.0.0.1", "-p", str(port), "-q")
        wait_until(lambda: subprocess.run(ready, check=False).returncode == 0, "PostgreSQL")
        _fill(psql, source)
        yield address


def _fill(psql: tuple[str, ...], source: Path) -> None:
    """Copy the source into the table `buildings`."""
    meta, fids, wkb, columns = pyogrio.raw.read(source, return_fids=True)
    kinds: Mapping[str, str] = {
        "int32": "integer",
        "int64": "bigint",
        "float64": "double precision",
    }
    names = [str(name) for name in meta["fields"]]
    declared = ", ".join(
        f'"{name}" {kinds.get(str(dtype), "text")}'
        for name, dtype in zip(names, meta["dtypes"], strict=True)
    )
    shapes = shapely.to_wkb(
        shapely.set_srid(shapely.from_wkb(wkb), 4326), hex=True, include_srid=True
    )
    create = f"CREATE TABLE buildings (id bigint PRIMARY KEY, {declared}, geom geometry)"
    subprocess.run((*psql, "-c", "CREATE EXTENSION postgis", "-c", create), check=True)
    rows = zip(
        fids.tolist(), *(column.tolist() for column in columns), shapes.tolist(), strict=True
    )
    text = "".join("\t".join("\\N" if v is None else str(v) for v in row) + "\n" for row in rows)
    copy = (*psql, "-c", "COPY buildings FROM STDIN")
    subprocess.run(copy, input=text.encode(), check=True)
    typed = "ALTER TABLE buildings ALTER geom TYPE geometry(Geometry, 4326)"
    indexed = "CREATE INDEX ON buildings USING gist (geom)"
    subprocess.run((*psql, "-c", typed, "-c", indexed, "-c", "ANALYZE buildings"), check=True)


def _is_there(address: str) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5):  # noqa: S310 - our own server
        return True
    return False
