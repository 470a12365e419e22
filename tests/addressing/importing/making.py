"""Registers to import, and cities to import them into."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from addressing.importing.mapping import RegisterMapping, to_mapping
from addressing.importing.report import ImportReport
from addressing.importing.run import ImportOptions, Surroundings, import_register
from addressing.model import Status
from addressing.registry.search import Query
from addressing.registry.store import Registry
from cim.store.gpkg import PLUGIN

OPTIONS = ImportOptions(who="李雷", why="门牌普查", home="330106")

PLATES = (
    "id,address,lon,lat",
    "A1,杭州市西湖区文三路259号,120.13,30.27",
    "A2,杭州市西湖区文三路259号3幢2单元501室,120.131,30.27",
    "A3,西湖区学院路8号,120.12,30.28",
)


@contextmanager
def city(folder: Path) -> Iterator[Registry]:
    """The registry of an empty city."""
    path = folder / "city.gpkg"
    if not path.exists():
        PLUGIN.create(path, "EPSG:4490")
    registry = Registry(path)
    yield registry
    registry.close()


def register(folder: Path, lines: Sequence[str], name: str = "plates.csv") -> Path:
    """A register of lines of CSV."""
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def run(
    registry: Registry, path: Path, options: ImportOptions = OPTIONS, **changes: object
) -> ImportReport:
    """Import a register."""
    around = Surroundings(reject_path=path.with_name("plates.rejects.csv"))
    return import_register(registry, path, replace(options, **changes), around)  # type: ignore[arg-type]


def mapped(**table: object) -> RegisterMapping:
    """A mapping of a table."""
    return to_mapping(table, "map.toml")


def texts(registry: Registry, status: Status = Status.VALID) -> list[str]:
    """Texts of the addresses, sorted."""
    return sorted(row.text for row in registry.search(Query(status=status)).rows)
