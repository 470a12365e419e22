"""How a layer is used from programs, ready to be copied."""

from dataclasses import dataclass
from typing import Final

from cim.catalog import Layer


@dataclass(frozen=True, slots=True)
class Snippet:
    """A few lines for one tool."""

    tool: str
    text: str


CURL: Final = """\
curl '{items}?limit=10'
curl '{items}?limit=100&bbox={bbox}'"""

PYTHON: Final = """\
import json
from urllib.request import urlopen

features, address = [], "{items}?f=json&limit=1000"
while address:
    with urlopen(address) as answer:
        page = json.load(answer)
    features += page["features"]
    links = {{link["rel"]: link["href"] for link in page["links"]}}
    address = links.get("next")
print(len(features))

# geopandas does the same by itself:
# import geopandas
# frame = geopandas.read_file("OAPIF:{base}", layer="{name}")"""

JAVASCRIPT: Final = """\
const features = [];
let address = "{items}?f=json&limit=1000";
while (address) {{
  const page = await (await fetch(address)).json();
  features.push(...page.features);
  address = page.links.find((link) => link.rel === "next")?.href;
}}
console.log(features.length);"""

GDAL: Final = """\
ogrinfo -so "OAPIF:{base}" {name}
ogr2ogr -f GPKG {name}.gpkg "OAPIF:{base}" {name} -spat {spat}"""

EVERYWHERE: Final = (-180.0, -90.0, 180.0, 90.0)


def snippets(base: str, layer: Layer) -> tuple[Snippet, ...]:
    """For each tool what reads the layer.

    Args:
        base: URL of the API's root, without a slash at the end.
        layer: The layer.
    """
    bounds = [f"{value:.5f}".rstrip("0").rstrip(".") for value in layer.bounds or EVERYWHERE]
    values = {
        "base": base,
        "name": layer.name,
        "items": f"{base}/collections/{layer.name}/items",
        "bbox": ",".join(bounds),
        "spat": " ".join(bounds),
    }
    tools = {"curl": CURL, "Python": PYTHON, "JavaScript": JAVASCRIPT, "GDAL": GDAL}
    return tuple(Snippet(tool, text.format(**values)) for tool, text in tools.items())
