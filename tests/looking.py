"""Looking at tilesets in CesiumJS in a real browser."""

import functools
import json
import subprocess
import threading
from collections.abc import Mapping
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BROWSER = ROOT / "tests" / "e2e" / "browser"
CESIUM = ROOT / "assets" / "viewer" / "node_modules" / "cesium" / "Build" / "Cesium"


def look(
    tilesets: Mapping[str, Path], shots: Path, cuts: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What CesiumJS shows of tilesets, by name.

    Args:
        tilesets: Folders with a `tileset.json`.
        shots: Folder for the pictures `NAME-far.png`, `NAME-near.png` and `NAME-cut.png`.
        cuts: By name what a style shows (3D Tiles Styling) in a third view, `cut`, from afar; and
            a view `away` from sixty radii tells what stands for the whole.
    """
    places = {"cesium": CESIUM, **{f"t/{name}": path for name, path in tilesets.items()}}
    handler = functools.partial(_Files, places)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        task = {
            "base": f"http://127.0.0.1:{server.server_port}",
            "tilesets": {name: f"t/{name}/tileset.json" for name in tilesets},
            "shots": str(shots),
            "cuts": dict(cuts or {}),
        }
        done = subprocess.run(
            ["node", BROWSER / "look.mjs"],
            input=json.dumps(task), capture_output=True, text=True, check=False,
        )  # fmt: skip
        server.shutdown()
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


class _Files(SimpleHTTPRequestHandler):
    """The page, the CesiumJS of the map page, and the tilesets."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".mjs": "text/javascript"}

    def __init__(self, places: Mapping[str, Path], *rest: Any) -> None:
        self._places = places
        super().__init__(*rest)

    def translate_path(self, path: str) -> str:
        """The file of an address."""
        plain = path.partition("?")[0].lstrip("/")
        for prefix, folder in self._places.items():
            if plain.startswith(f"{prefix}/"):
                return str(folder / plain.removeprefix(f"{prefix}/"))
        return str(BROWSER / plain)

    def log_message(self, *_words: Any) -> None:
        """Say nothing."""
