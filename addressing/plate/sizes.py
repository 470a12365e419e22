"""Sizes of door plates and the shares of their face.

Source of the sizes and of the symbol's: notice 津公人口函[2021]484号 of Tianjin. Source of the
shares: municipal rules that repeat GB 17733; the text of GB 17733-2008 itself was not at hand,
nor does any public copy say where the name in Pinyin stands on a door plate. It stands, as on
other plates of the standard, in two of five parts below the name; on the large plate, whose
lowest fifth the rules give to the postcode, it stands there.
"""

from dataclasses import dataclass
from types import MappingProxyType

from cim.errors import InputError


@dataclass(frozen=True, slots=True)
class PlateSize:
    """A kind of plates."""

    name: str
    width_mm: float
    height_mm: float
    symbol_mm: float
    """Side of the white square of the QR code, its quiet zone included."""

    name_share: float
    """Share of the height, from the top, for the name of street or estate."""

    number_share: float
    """Share of the height, below it, for the number."""


_ALL = (
    PlateSize("large", 570, 370, 120, 0.2, 0.6),
    PlateSize("medium", 270, 170, 75, 0.4, 0.6),
    PlateSize("small", 150, 90, 40, 0.4, 0.6),
)

SIZES = MappingProxyType({size.name: size for size in _ALL})
"""Sizes by name, from large to small."""


def plate_size(name: str) -> PlateSize:
    """The size of a name.

    Raises:
        InputError: There is none.
    """
    if name not in SIZES:
        raise InputError(f"plate size {name!r} is unknown; legal: {', '.join(SIZES)}")
    return SIZES[name]
