"""What `cim address plate` does."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import orjson

from addressing.model import Status
from addressing.plate.drawing import Drawing
from addressing.plate.sheets import Arrangement, arrange
from addressing.registry.search import MOST, Query
from addressing.registry.store import Registry
from addressing.registry.walk import Walked, look_up, walk
from api.cli.output import progress_bar, say, show
from api.plates import DEFAULT_DPI, FORMATS, PlateMaker, drawings, write_plate
from cim.catalog import Bounds
from cim.errors import InputError

PLATES_A_FILE = 2_000
"""Plates in one PDF; ReportLab keeps a document in memory until it is written."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the user wants printed."""

    codes: tuple[str, ...]
    road: str
    element: str
    bounds: Bounds | None
    sheet: str
    dpi: int
    output: Path


def print_plates(order: Order, registry: Registry, maker: PlateMaker) -> None:
    """Write the plates of an order, and say what was written.

    Raises:
        InputError: The order contradicts itself, or no address is left.
    """
    form = order.output.suffix.lower().removeprefix(".")
    if form not in FORMATS:
        raise InputError(f"{order.output}: plates are .svg, .png or .pdf files")
    one = len(order.codes) == 1 and not (order.road or order.element or order.bounds)
    if one and not order.sheet:
        address = look_up(registry, order.codes[0])
        order.output.write_bytes(write_plate(maker.draw(address), maker.face, form, order.dpi))
        show({"plates": 1, "file": str(order.output), "link": maker.text(address).link})
        return
    if form != "pdf":
        raise InputError(f"{order.output}: several plates come as a .pdf, on sheets")
    if order.dpi != DEFAULT_DPI:
        raise InputError("--dpi is for .png; sheets are drawn in vectors")
    sheets = arrange(maker.size, order.sheet or "A3")
    _print_sheets(_wanted(order, registry), maker, sheets, order.output)


def _wanted(order: Order, registry: Registry) -> Iterator[Walked]:
    """The addresses of an order: those named, then those found; only valid ones are found.

    Raises:
        InputError: The order names nothing.
    """
    if not (order.codes or order.road or order.element or order.bounds):
        raise InputError(
            "give address codes, --road, --element or --bbox; see: cim address plate --help"
        )
    named: Iterable[Walked] = (look_up(registry, code) for code in order.codes)
    if not (order.road or order.element or order.bounds):
        return iter(named)
    query = Query(
        text=order.road,
        element=order.element,
        bounds=order.bounds,
        status=Status.VALID,
        limit=MOST,
    )
    return chain(named, walk(registry, query))


def _print_sheets(
    wanted: Iterator[Walked], maker: PlateMaker, sheets: Arrangement, output: Path
) -> None:
    """Write files of `PLATES_A_FILE` plates each; a single one bears the name that was given."""
    from addressing.plate.pdf import write_sheets  # noqa: PLC0415 - ReportLab only for PDF

    refusals = _Refusals(output.with_name(f"{output.stem}-refused.jsonl"))
    drawn = drawings(maker, wanted, refusals.add)
    written: list[Path] = []
    plates = pages = 0
    with progress_bar("plates") as report:
        while (first := next(drawn, None)) is not None:
            path = output.with_name(f"{output.stem}-{len(written) + 1:04d}{output.suffix}")
            part: Iterable[Drawing] = chain([first], islice(drawn, PLATES_A_FILE - 1))
            with path.open("wb") as file:
                more, turned = write_sheets(part, sheets, maker.face, file)
            written.append(path)
            plates, pages = plates + more, pages + turned
            report(plates, None)
    refusals.tell()
    if not written:
        raise InputError(f"no plate: {refusals.first or 'no valid address found'}")
    if len(written) == 1:
        written = [written[0].replace(output)]
    show(
        {
            "plates": plates,
            "sheets": pages,
            "files": [str(path) for path in written],
            "refused": refusals.count,
        }
    )


class _Refusals:
    """Addresses without a plate: counted, and listed with their reasons in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.count = 0
        self.first = ""

    def add(self, code: str, reason: str) -> None:
        """Put an address down."""
        mode = "ab" if self.count else "wb"
        with self._path.open(mode) as file:
            file.write(orjson.dumps({"address_code": code, "reason": reason}) + b"\n")
        self.first = self.first or reason
        self.count += 1

    def tell(self) -> None:
        """Say how many there are and where they are listed."""
        if self.count:
            say(f"{self.count} addresses without a plate, listed in {self._path}: {self.first}")
