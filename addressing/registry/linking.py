"""Addresses and the buildings they belong to, in the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from addressing.assigning import Doors
from addressing.model import Link
from addressing.registry.schema import CODE, LAYER
from addressing.registry.table import Addresses
from cim.catalog import Field
from cim.own_tables import points_of, quote, write_column

COLUMN: Final = Field("address_code", "string", "标准地址编码", "Address code")
"""Column of a layer of buildings: the code of the main address of each."""

_DOORS: Final = f"""
SELECT address_code, geom, coalesce(building, ''),
  unit IS NOT NULL OR floor IS NOT NULL OR room IS NOT NULL
FROM {LAYER} a WHERE status = 'valid' AND geom IS NOT NULL
"""
_UNLINKED: Final = """
AND NOT EXISTS (SELECT 1 FROM cim_address_link l JOIN cim_entity e ON e.entity_id = l.entity
  WHERE l.fid = a.fid AND e.layer = ?)
"""


@dataclass(frozen=True, slots=True)
class OpenDoors:
    """Addresses whose building is to be found."""

    doors: Doors
    linked: int
    """Addresses that are linked to an entity of the layer already."""


def open_doors(addresses: Addresses, layer: str, *, renew: bool) -> OpenDoors:
    """Valid addresses with a place.

    Args:
        addresses: The city's.
        layer: Of the buildings.
        renew: Those that are linked to one of them too.
    """
    connection = addresses.connection
    (total,) = connection.execute(f"SELECT count(*) FROM ({_DOORS})").fetchone()
    values = () if renew else (layer,)
    rows = connection.execute(_DOORS + ("" if renew else _UNLINKED), values).fetchall()
    codes, blobs, buildings, inner = zip(*rows, strict=True) if rows else ((), (), (), ())
    doors = Doors(codes, points_of(blobs), buildings, np.array(inner, np.bool_))
    return OpenDoors(doors, total - len(rows))


def drop_links(addresses: Addresses, layer: str) -> None:
    """Take the links of valid addresses to a layer's entities away."""
    addresses.connection.execute(
        "DELETE FROM cim_address_link WHERE entity IN "
        "(SELECT entity_id FROM cim_entity WHERE layer = ?) AND fid IN "
        f"(SELECT fid FROM {LAYER} WHERE status = 'valid')",
        (layer,),
    )


def write_links(addresses: Addresses, links: Sequence[tuple[str, Link]]) -> int:
    """Write links of address codes; the number of those that are new or have another role."""
    before = addresses.connection.total_changes
    addresses.connection.executemany(
        "INSERT INTO cim_address_link (fid, entity, role) "
        f"SELECT fid, ?, ? FROM {LAYER} WHERE {CODE} = ? "
        "ON CONFLICT (fid, entity) DO UPDATE SET role = excluded.role WHERE role <> excluded.role",
        ((link.entity, link.role, int(code)) for code, link in links),
    )
    return addresses.connection.total_changes - before


def main_holders(addresses: Addresses, layer: str) -> frozenset[str]:
    """Entities of a layer that have a main address."""
    rows = addresses.connection.execute(
        "SELECT l.entity FROM cim_address_link l JOIN cim_entity e ON e.entity_id = l.entity "
        f"JOIN {LAYER} a ON a.fid = l.fid "
        "WHERE e.layer = ? AND l.role = 'main' AND a.status = 'valid'",
        (layer,),
    )
    return frozenset(entity for (entity,) in rows)


def write_codes(addresses: Addresses, layer: str, origin: str) -> int:
    """Bring the column of address codes of a layer up to date; the number of rows changed."""
    code = (
        f"(SELECT a.address_code FROM cim_address_link l JOIN {LAYER} a ON a.fid = l.fid "
        f"WHERE l.entity = {quote(layer)}.entity_id AND l.role = 'main' AND a.status = 'valid' "
        "ORDER BY a.fid LIMIT 1)"
    )
    return write_column(addresses.connection, layer, COLUMN, code, origin)
