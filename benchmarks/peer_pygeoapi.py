"""Stock pygeoapi over one GeoPackage layer, as a peer: `peer_pygeoapi.py GPKG PROVIDER PORT`.

pygeoapi's SQLiteGPKG provider loads an SQLite extension. Many builds of Python cannot do that;
the package pysqlite3 stands in for their sqlite3 when it is installed.
"""

import importlib
import json
import os
import sqlite3
import sys
import tempfile
from pathlib import Path
from typing import Any

import uvicorn

LAYER = "buildings"
BBOX = [121.18, 30.98, 121.81, 31.51]


def provider(gpkg: Path, name: str) -> dict[str, Any]:
    """Definition of a provider as pygeoapi's documentation writes it."""
    common = {"type": "feature", "name": name, "id_field": "fid"}
    if name == "SQLiteGPKG":
        return {**common, "data": str(gpkg), "table": LAYER}
    source = {"source_type": "GPKG", "source": str(gpkg), "source_capabilities": {"paging": True}}
    return {**common, "data": source, "layer": LAYER}


def config(gpkg: Path, name: str, port: int) -> dict[str, Any]:
    """The configuration of pygeoapi, JSON being YAML too."""
    address = f"http://127.0.0.1:{port}"
    words = {"title": "peer", "description": "peer", "keywords": ["peer"]}
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": port},
            "url": address,
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "languages": ["en-US"],
            "limits": {"default_items": 10, "max_items": 10000},
            "map": {"url": address, "attribution": ""},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {**words, "terms_of_service": "", "url": address},
            "license": {"name": "", "url": address},
            "provider": {"name": "peer", "url": address},
            "contact": {"name": "peer"},
        },
        "resources": {
            LAYER: {
                **words,
                "type": "collection",
                "links": [],
                "extents": {"spatial": {"bbox": BBOX}},
                "providers": [provider(gpkg, name)],
            }
        },
    }


def use_extensible_sqlite() -> None:
    """Put pysqlite3 in the place of an sqlite3 that cannot load extensions."""
    if not hasattr(sqlite3.Connection, "enable_load_extension"):
        sys.modules["sqlite3"] = importlib.import_module("pysqlite3")


def main() -> None:
    """Serve until stopped."""
    gpkg, name, port = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    if name == "SQLiteGPKG":
        use_extensible_sqlite()
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "config.yml"
        settings.write_text(json.dumps(config(gpkg, name, port)), encoding="utf-8")
        openapi = Path(folder) / "openapi.yml"
        os.environ["PYGEOAPI_CONFIG"] = str(settings)
        os.environ["PYGEOAPI_OPENAPI"] = str(openapi)
        openapi.write_text(json.dumps({"openapi": "3.0.2", "info": {}, "paths": {}}))
        uvicorn.run("pygeoapi.starlette_app:APP", port=port, log_level="error", access_log=False)


if __name__ == "__main__":
    main()
