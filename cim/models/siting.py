"""Where a building model stands: by what its file says, or by what the user says."""

from pathlib import Path
from typing import Final

import numpy as np
import shapely

from cim import plugins
from cim.bim.georeference import Frame, Verdict, frame_for, georeference
from cim.bim.model import IfcModel
from cim.crs import LOCAL, named_crs
from cim.loading import LoadOptions
from cim.models.reading import ModelReading
from cim.placing import FALSE_ORIGIN_M
from cim.readers.base import Reader, ReadOptions, SourceInfo
from cim.readers.ifc import IfcReader
from cim.siting import Site, sited

ID_RULE: Final = "GlobalId, with a number after it where several objects share one"


def reader_of_models() -> IfcReader:
    """The reader whose files are models."""
    reader: Reader = plugins.load("ifc", "cim.readers")
    if not isinstance(reader, IfcReader):
        raise TypeError("cim.readers.ifc is no IFC reader")
    return reader


def verdict_of(model: IfcModel, options: LoadOptions) -> Verdict:
    """What the file says of its place, with the CRS that the user names.

    Raises:
        InputError: There is no such CRS.
    """
    given = None if options.read.crs is None else named_crs(options.read.crs)
    return georeference(model, None if given == LOCAL else given)


def model_site(
    path: Path,
    model: IfcModel,
    options: LoadOptions,
    middle: tuple[float, float, float] | None,
) -> tuple[Site, Frame]:
    """The way of a model to its place, and the coordinates of its batches.

    Args:
        path: Its file.
        model: Its facts are used.
        options: What the user says of it.
        middle: What stands at an anchor where the origin is too far away.

    Raises:
        SourceDataError: It has no place, and no anchor gives it one.
        InputError: There is no such CRS.
    """
    crs = options.read.crs
    verdict = verdict_of(model, options)
    frame = frame_for(verdict, crs)
    info = SourceInfo(
        layer="",
        layers=(),
        count=len(model.objects),
        crs=frame.crs,
        id_rule=ID_RULE,
        notes=(*model.notes, *verdict.faults),
        place=verdict.place if frame.crs == LOCAL and crs is None else None,
    )
    read = ReadOptions(crs=crs)
    site = sited(path, reader_of_models(), read, info, options.siting, lambda: middle)
    return site, frame


def false_origin(reading: ModelReading) -> tuple[float, float, float] | None:
    """The middle of a model that lies far from its origin, as tiles take it; None for others."""
    objects = reading.model.objects
    shapes = [
        body.footprint for key, body in reading.bodies.items() if objects[key].kind != "space"
    ]
    if not shapes:
        return None
    west, south, east, north = shapely.total_bounds(np.array(shapes, object)).tolist()
    middle = ((west + east) / 2, (south + north) / 2, 0.0)
    return middle if float(np.hypot(middle[0], middle[1])) > FALSE_ORIGIN_M else None
