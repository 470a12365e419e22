"""Runs in QGIS's own Python: its Nominatim geocoder and `native:batchnominatimgeocoder`.

The algorithm has no parameter for the service and asks nominatim.qgis.org. QGIS lets programs
change requests before they leave; so the very algorithm is pointed to the server under test.

Usage: qgis_geocode.py ENDPOINT TABLE.csv; one line of JSON is the result.
"""

import json
import sys
from typing import Any

from qgis.analysis import QgsNativeAlgorithms
from qgis.core import (
    QgsApplication,
    QgsGeocoderContext,
    QgsNetworkAccessManager,
    QgsNominatimGeocoder,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProject,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QUrl

PUBLIC = "nominatim.qgis.org"


def main(endpoint: str, table: str) -> None:
    """Print what both find."""
    app = QgsApplication([], False)  # noqa: FBT003 - no window; Qt takes no names
    app.initQgis()
    found = {"geocoder": _one(endpoint), "batch": _batch(endpoint, table)}
    print(json.dumps(found))  # noqa: T201 - the result


def _one(endpoint: str) -> dict[str, Any]:
    """What the geocoder of the locator bar finds."""
    geocoder = QgsNominatimGeocoder("", endpoint)
    context = QgsGeocoderContext(QgsProject.instance().transformContext())
    first = geocoder.geocodeString("文三路20号", context)[0]
    point = first.geometry().asPoint()
    road = first.additionalAttributes()["road"]
    return {"text": first.identifier(), "point": [point.x(), point.y()], "road": road}


def _batch(endpoint: str, table: str) -> list[dict[str, Any]]:
    """The rows of a table as the algorithm gives them."""

    def redirect(request: Any) -> None:
        url = request.url()
        if url.host() == PUBLIC:
            there = QUrl(endpoint)
            there.setQuery(url.query())
            request.setUrl(there)

    QgsNetworkAccessManager.setRequestPreprocessor(redirect)
    registry = QgsApplication.processingRegistry()
    registry.addProvider(QgsNativeAlgorithms(registry))
    algorithm = registry.createAlgorithmById("native:batchnominatimgeocoder")
    layer = QgsVectorLayer(
        f"file://{table}?type=csv&detectTypes=no&geomType=none", "rows", "delimitedtext"
    )
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    QgsProject.instance().addMapLayer(layer)
    parameters = {"INPUT": layer.id(), "FIELD": "address", "OUTPUT": "memory:"}
    results, good = algorithm.run(parameters, context, QgsProcessingFeedback())
    if not good:
        sys.exit("the algorithm failed")
    output = context.takeResultLayer(results["OUTPUT"])
    return [_row(feature) for feature in output.getFeatures()]


def _row(feature: Any) -> dict[str, Any]:
    """A feature as plain values."""
    point = None if feature.geometry().isNull() else feature.geometry().asPoint()
    name = feature["display_name"]
    return {
        "id": feature["id"],
        "display_name": str(name) if name else None,
        "point": point and [point.x(), point.y()],
    }


main(*sys.argv[1:])
