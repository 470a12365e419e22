"""Entity ids of this program: `cim.entities.ids` says how they are made."""

from dataclasses import dataclass, field

from cim.codes._texts import compact
from cim.codes.base import CheckedCode, CodeError, Scheme
from cim.entities.classes import entity_class
from cim.entities.ids import CELL_LEVEL, PREFIX_LENGTH, check_id
from cim.errors import InputError
from cim.grids.beidou import PLUGIN as BEIDOU


@dataclass(frozen=True, slots=True)
class EntityScheme:
    """Class, BeiDou cell of level 8, sequence, check character (ISO/IEC 7064 MOD 37,36)."""

    name: str = "entity"
    title: dict[str, str] = field(default_factory=lambda: {"zh": "实体编码", "en": "Entity id"})
    source: str = "cim-server"
    distinctive: bool = True

    def check(self, text: str) -> CheckedCode:
        """The id, with its class and cell looked up.

        Raises:
            CodeError: Form, check character, class or cell is wrong.
        """
        try:
            value = check_id(compact(text))
            kind = entity_class(value[:4])
            cell = value[4:PREFIX_LENGTH]
            codes = BEIDOU.from_text([cell])
        except InputError as error:
            raise CodeError(str(error)) from error
        if int(BEIDOU.level_of(codes)[0]) != CELL_LEVEL:
            raise CodeError(f"entity id {value!r}: {cell!r} is no cell of level {CELL_LEVEL}")
        lon, lat = BEIDOU.centers(codes)[0]
        return CheckedCode(
            value,
            {
                "class": kind.code,
                "class_zh": kind.title_zh,
                "class_en": kind.title_en,
                "cell": cell,
                "place_of_birth": f"{lon:.6f} {lat:.6f}",
                "sequence": value[PREFIX_LENGTH:-1],
                "check": value[-1],
            },
        )


PLUGIN: Scheme = EntityScheme()
