"""The features of a layer into a file, by the formats and the words of the HTTP interface."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyproj
from pyproj.exceptions import CRSError

from api.ogc import offers
from api.ogc import parameters as params
from api.ogc.crs import Crs, crs_of
from api.ogc.formats.base import ENCODINGS, FORMULAS, Export, Options
from api.ogc.parameters import LANGUAGES, Limits
from api.ogc.reading import batches
from api.ogc.selection import NO_LIMIT, Selector
from cim.errors import BackendError, InputError
from cim.features import FeatureBatch
from cim.progress import Progress
from cim.store.base import Store

LIMITS = Limits(NO_LIMIT, NO_LIMIT)


@dataclass(frozen=True, slots=True)
class Wish:
    """What to write of a layer, and how."""

    values: Mapping[str, str] = field(default_factory=dict)
    """Parameters of items, such as `filter`, `bbox` and `properties`."""

    crs: str = ""
    """CRS of the file; empty for the layer's own."""

    encoding: str = "utf-8"
    formulas: str = "guard"
    language: str = "zh"

    def options(self) -> Options:
        """The options of the file.

        Raises:
            InputError: One is not legal.
        """
        legal = {"encoding": ENCODINGS, "formulas": FORMULAS, "language": LANGUAGES}
        said = {name: getattr(self, name) for name in legal}
        for name, value in said.items():
            if value not in legal[name]:
                raise InputError(f"{name} {value!r} is not legal; legal: {', '.join(legal[name])}")
        return Options(**said)


@dataclass(frozen=True, slots=True)
class Written:
    """What an export did."""

    file: str
    format: str
    layer: str
    features: int
    crs: str
    bytes: int


def export_to(path: Path, store: Store, name: str, wish: Wish, tell: Progress) -> Written:
    """Write features of a layer to a file, whose suffix names the format.

    The file appears when it is whole; until then the old one stays.

    Raises:
        InputError: No format has this suffix, or the wish is malformed.
        NotFoundError: There is no such layer.
        BackendError: The file cannot be written.
    """
    kind = _format_of(path)
    layer, options = store.layer(name), wish.options()
    request = params.parse_items(wish.values, layer, LIMITS)
    fids = Selector(store).select(layer, request).fids
    shape = replace(request.representation, crs=_crs(wish.crs or layer.crs))

    def read() -> Iterator[FeatureBatch]:
        done = 0
        tell(0, len(fids))
        for batch in batches(store, layer, fids, shape.properties):
            yield batch
            done += len(batch)
            tell(done, len(fids))

    export = Export(layer, shape, read, options)
    size = _write(path, offers.formats()[kind].stream(export))
    return Written(str(path), kind, name, len(fids), shape.crs.code, size)


def _format_of(path: Path) -> str:
    kind = offers.of_suffix(path.name)
    if kind is None:
        known = ", ".join(each.suffix for each in offers.formats().values())
        raise InputError(f"{path}: no format has this suffix; known: {known}")
    return kind


def _crs(text: str) -> Crs:
    try:
        code = ":".join(pyproj.CRS.from_user_input(text).to_authority(min_confidence=100) or ())
        return crs_of(code)
    except CRSError as error:
        raise InputError(f"CRS {text!r} is unknown; legal: such as EPSG:4547") from error


def _write(path: Path, pieces: Iterator[bytes]) -> int:
    """Number of bytes written."""
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            size = sum(file.write(piece) for piece in pieces)
        part.replace(path)
    except OSError as error:
        raise BackendError(f"{path}: cannot write: {error}") from error
    finally:
        part.unlink(missing_ok=True)
    return size
