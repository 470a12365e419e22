"""The registry brought to another version of the canonical form.

Rules of writing get better; then the keys by which doubles are told must be written anew, or two
ways to write one door would both be valid.
"""

from typing import Final

from addressing.registry.elements import ElementRow
from addressing.registry.merging import grammar_of
from addressing.registry.rewriting import rewrite
from addressing.registry.table import Addresses
from addressing.registry.texts import grammar_version
from addressing.registry.values import Reason, Rekeyed
from addressing.text import normal_name
from cim.errors import ConfigError
from cim.own_tables import Connection

VERSION_SETTING: Final = "address_canonical"


def require_version(connection: Connection) -> None:
    """Refuse to write where the keys are of another version.

    Raises:
        ConfigError: They are; the message names the command that mends it.
    """
    (stored,) = connection.execute(
        "SELECT value FROM cim_setting WHERE name = ?", (VERSION_SETTING,)
    ).fetchone()
    if int(stored) != grammar_version():
        raise ConfigError(
            f"the addresses are keyed by version {stored} of the canonical form, this program "
            f"has {grammar_version()}: run cim address rekey"
        )


def rekey(addresses: Addresses, reason: Reason) -> Rekeyed:
    """Write canonical names, texts and keys anew.

    An element whose new canonical name another one beside it has keeps its old one, and is told:
    a person merges the two.
    """
    elements = addresses.elements
    clashing: list[str] = []
    renamed = 0
    for row in elements.present_rows():
        value = normal_name(grammar_of(addresses, row), row.name)
        if value == row.value:
            continue
        if elements.exact_child(row.parent_id, row.kind, value) is not None:
            clashing.append(row.code)
            continue
        renamed += 1
        _set_value(addresses, row, value)
    changed, queued = rewrite(addresses, "1", reason, f"address rekeyed by {reason.who}")
    addresses.connection.execute(
        "UPDATE cim_setting SET value = ? WHERE name = ?",
        (str(grammar_version()), VERSION_SETTING),
    )
    return Rekeyed(renamed, changed, queued, tuple(clashing))


def _set_value(addresses: Addresses, row: ElementRow, value: str) -> None:
    addresses.connection.execute(
        "UPDATE cim_address_element SET value = ?, version = version + 1 WHERE id = ?",
        (value, row.id),
    )
    addresses.elements.forget()
