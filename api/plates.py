"""Plates of addresses in the registry, with the city's settings."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from addressing.model import Status
from addressing.plate.drawing import Drawing
from addressing.plate.layout import draw_plate
from addressing.plate.sizes import PlateSize, plate_size
from addressing.plate.typeface import Typeface, plate_typeface
from addressing.plate.wording import PlateText, plate_text
from addressing.registry.texts import load_profile_once
from addressing.registry.walk import Walked
from api.address_settings import AddressSettings
from cim.errors import ConflictError, InputError

FORMATS: Final = {
    "svg": "image/svg+xml",
    "png": "image/png",
    "pdf": "application/pdf",
}
"""Media types by suffix."""

DEFAULT_DPI: Final = 200


@dataclass(frozen=True, slots=True)
class PlateMaker:
    """Draws plates."""

    host: str
    size: PlateSize
    face: Typeface

    @classmethod
    def of(cls, settings: AddressSettings, workspace: Path, size: str = "") -> "PlateMaker":
        """A maker by the settings of a city.

        Args:
            settings: Of the city.
            workspace: Its folder.
            size: Another size than that of the settings.

        Raises:
            ConflictError: The settings name no host.
            InputError: There is no such size.
            ConfigError: The font cannot be used.
        """
        if not settings.host:
            raise ConflictError(
                "no plate can be made: addresses.host in cim.toml is empty; set it to the public "
                'host of this server, such as host = "dz.example.gov.cn"'
            )
        font = workspace / settings.font if settings.font else None
        return cls(settings.host, plate_size(size or settings.plate), plate_typeface(font))

    def text(self, address: Walked) -> PlateText:
        """What the plate of a valid address says.

        Raises:
            ConflictError: The address is a draft or retired.
            InputError: It has divisions only.
        """
        if address.status is not Status.VALID:
            raise ConflictError(
                f"address {address.code} is {address.status.value}; only valid ones get a plate"
            )
        profile = load_profile_once(address.profile)
        return plate_text(address.elements, profile, code=address.code, host=self.host)

    def draw(self, address: Walked) -> Drawing:
        """The plate of a valid address.

        Raises:
            ConflictError: As `text`.
            InputError: As `text`; or a character has no shape, or the link is too long.
        """
        return draw_plate(self.text(address), self.size, self.face)


def drawings(
    maker: PlateMaker, addresses: Iterable[Walked], refuse: Callable[[str, str], None]
) -> Iterator[Drawing]:
    """Plates of addresses.

    Args:
        maker: Draws them.
        addresses: Whose plates.
        refuse: Told the code and the reason of each that gets none.
    """
    for address in addresses:
        try:
            yield maker.draw(address)
        except (ConflictError, InputError) as error:
            refuse(address.code, str(error))


def write_plate(drawing: Drawing, face: Typeface, form: str, dpi: int = DEFAULT_DPI) -> bytes:
    """A plate as a file.

    Args:
        drawing: The plate.
        face: The font of its text.
        form: One of `FORMATS`.
        dpi: Dots an inch of a picture.

    Raises:
        InputError: The resolution is out of range.
    """
    if form == "png":
        from addressing.plate.png import write_png  # noqa: PLC0415 - Pillow only for pixels

        return write_png(drawing, face, dpi)
    if form == "pdf":
        from addressing.plate.pdf import write_pdf  # noqa: PLC0415 - ReportLab only for PDF

        return write_pdf(drawing, face)
    from addressing.plate.svg import write_svg  # noqa: PLC0415 - as its sisters

    return write_svg(drawing, face).encode()
