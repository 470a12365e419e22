"""Opens a project or a layer definition in QGIS, with no screen; tells what it finds as JSON.

Run by Debian's Python 3.11, which has QGIS: `/usr/bin/python3 -P qgis_project.py FILE PICTURE`.
"""

import json
import os
import sys
import tempfile
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp())

from qgis.core import (
    QgsApplication,
    QgsLayerDefinition,
    QgsLayerTreeGroup,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QEventLoop, QSize

WIDTH, HEIGHT = 900, 700


def main(source: str, picture: str) -> None:
    """What is in `source`, and a picture of what is drawn from the start."""
    app = QgsApplication([], False)  # noqa: FBT003 - QGIS's way
    app.initQgis()
    project = QgsProject.instance()
    if source.endswith(".qlr"):
        good, message = QgsLayerDefinition.loadLayerDefinition(
            source, project, project.layerTreeRoot()
        )
    else:
        good, message = project.read(source), project.error()
    found = {
        "good": good,
        "message": message,
        "title": project.title(),
        "crs": project.crs().authid(),
        "groups": groups(project.layerTreeRoot()),
        "layers": {layer.name(): about(layer) for layer in project.mapLayers().values()},
        "colours": draw(project, picture),
    }
    print(json.dumps(found))  # noqa: T201 - the result
    sys.stdout.flush()
    os._exit(0)


def groups(root: Any) -> dict[str, list[str]]:
    """Names of layers by group."""
    return {
        group.name(): [layer.name() for layer in group.children()]
        for group in root.children()
        if isinstance(group, QgsLayerTreeGroup)
    }


def about(layer: Any) -> dict[str, Any]:
    """What QGIS knows of a layer."""
    return {
        "valid": layer.isValid(),
        "features": layer.featureCount(),
        "read": sum(1 for _ in layer.getFeatures()),
        "geometry": QgsWkbTypes.displayString(layer.wkbType()),
        "crs": layer.crs().authid(),
        "renderer": layer.renderer().type(),
        "legend": [item.label() for item in layer.renderer().legendSymbolItems()],
        "aliases": {field.name(): field.alias() for field in layer.fields()},
        "name": layer.displayField(),
        "key": layer.id(),
    }


def draw(project: Any, picture: str) -> int:
    """Number of the colours in a picture of the layers that are on."""
    root = project.layerTreeRoot()
    shown = [layer for layer in root.layerOrder() if root.findLayer(layer.id()).isVisible()]
    settings = QgsMapSettings()
    settings.setLayers(shown)
    settings.setOutputSize(QSize(WIDTH, HEIGHT))
    settings.setBackgroundColor(project.backgroundColor())
    settings.setDestinationCrs(project.crs() if project.crs().isValid() else shown[0].crs())
    view = project.viewSettings().defaultViewExtent()
    settings.setExtent(shown[0].extent() if view.isEmpty() else view)
    job, loop = QgsMapRendererParallelJob(settings), QEventLoop()
    job.finished.connect(loop.quit)
    job.start()
    loop.exec_()
    image = job.renderedImage()
    image.save(picture)
    pixels = (image.pixel(x, y) for x in range(0, WIDTH, 3) for y in range(0, HEIGHT, 3))
    return len(set(pixels))


main(*sys.argv[1:])
