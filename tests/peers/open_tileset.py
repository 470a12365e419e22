"""Open every content of a tileset with py3dtiles; print what it found as JSON.

Run by py3dtiles' own Python: `open_tileset.py TILESET_JSON`.
"""

import json
import sys
from pathlib import Path

from py3dtiles.tileset import TileSet
from py3dtiles.tileset.tile import Tile


def contents(tile: Tile, folder: Path) -> list[dict[str, str]]:
    """Class and document of the contents of a tile and all below it."""
    found: list[dict[str, str]] = []
    if tile.content_uri is not None:
        content = tile.get_or_fetch_content(folder)
        found.append({"type": type(content).__name__, "text": str(content)})
    for child in tile.children:
        found += contents(child, folder)
    return found


def main() -> None:
    """Print the contents of a tileset."""
    path = Path(sys.argv[1])
    tileset = TileSet.from_file(path)
    sys.stdout.write(json.dumps(contents(tileset.root_tile, path.parent)))


if __name__ == "__main__":
    main()
