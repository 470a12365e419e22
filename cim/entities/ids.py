"""Permanent entity ids: class, place of birth, sequence in that place, check character.

An id has 24 characters: 4 of the class, 16 of the BeiDou 2D code of level 8 (about one metre) of
the representative point when the entity was first seen, 3 of a base-36 sequence within that class
and cell, and 1 check character (ISO/IEC 7064 MOD 37,36). It is never changed and never reused.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from stdnum.iso7064 import mod_37_36

from cim.arrays import Int64, Text
from cim.errors import InputError

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LENGTH: Final = 24
CELL_LEVEL: Final = 8
CELL_LENGTH: Final = 16
PREFIX_LENGTH: Final = 4 + CELL_LENGTH
SEQUENCES: Final = 36**3
"""Ids that one class can have in one cell."""

_VALUE_OF_BYTE: Final = np.array(
    [ALPHABET.find(chr(byte)) % 256 for byte in range(128)], dtype=np.int64
)
_BYTE_OF_VALUE: Final = np.frombuffer(ALPHABET.encode(), dtype=np.uint8)


class EntityIdError(InputError):
    """A text is not an entity id, or no further id fits into a cell."""


def make_ids(prefixes: Text, sequences: Int64) -> Text:
    """(n,) ids of prefixes (class code + cell text, 20 characters) and sequences.

    Raises:
        EntityIdError: A sequence does not fit into three base-36 digits.
    """
    if len(sequences) and int(sequences.max()) >= SEQUENCES:
        crowded = prefixes[int(sequences.argmax())]
        raise EntityIdError(
            f"cell {crowded[4:]} has more than {SEQUENCES} entities of class {crowded[:4]}"
        )
    body = np.zeros((len(prefixes), LENGTH), np.uint8)
    body[:, :PREFIX_LENGTH] = _bytes_of(prefixes, PREFIX_LENGTH)
    for place, weight in enumerate((36 * 36, 36, 1)):
        body[:, PREFIX_LENGTH + place] = _BYTE_OF_VALUE[sequences // weight % 36]
    body[:, -1] = _BYTE_OF_VALUE[_check_values(body[:, :-1])]
    return body.view(f"S{LENGTH}").ravel().astype(f"U{LENGTH}")


def next_sequences(prefixes: Text, taken: dict[str, int]) -> Int64:
    """(n,) sequence of each new entity: those of one prefix count on in the given order.

    Args:
        prefixes: (n,) class code + cell text of each new entity.
        taken: Number of sequences already used, by prefix; a prefix that is missing has none.
    """
    unique, group = np.unique(prefixes, return_inverse=True)
    first = np.array([taken.get(str(prefix), 0) for prefix in unique], dtype=np.int64)
    order = np.argsort(group, kind="stable")
    starts = np.concatenate(([0], np.cumsum(np.bincount(group, minlength=len(unique)))[:-1]))
    rank = np.zeros(len(prefixes), np.int64)
    rank[order] = np.arange(len(prefixes)) - starts[group[order]]
    return np.asarray(first[group] + rank, np.int64)


def sequence_of(entity_id: str) -> int:
    """The sequence number inside an id."""
    return int(entity_id[PREFIX_LENGTH : LENGTH - 1], 36)


def check_id(text: str) -> str:
    """The id in its normal form (upper case, no surrounding space).

    Raises:
        EntityIdError: Wrong length, character or check character; the message says which.
    """
    entity_id = text.strip().upper()
    if len(entity_id) != LENGTH:
        raise EntityIdError(f"entity id {text!r} has {len(entity_id)} characters; legal: {LENGTH}")
    bad = sorted({character for character in entity_id if character not in ALPHABET})
    if bad:
        raise EntityIdError(f"entity id {text!r} holds {''.join(bad)!r}; legal: 0-9 and A-Z")
    expected = mod_37_36.calc_check_digit(entity_id[:-1])
    if entity_id[-1] != expected:
        raise EntityIdError(
            f"entity id {text!r} ends with check character {entity_id[-1]!r}; legal: {expected!r}"
        )
    return entity_id


def _bytes_of(texts: Text, length: int) -> NDArray[np.uint8]:
    """(n, length) ASCII bytes of texts of exactly that length."""
    return np.ascontiguousarray(texts.astype(f"S{length}")).view(np.uint8).reshape(-1, length)


def _check_values(body: NDArray[np.uint8]) -> Int64:
    """(n,) value of the check character of each row (ISO/IEC 7064, hybrid system MOD 37,36)."""
    check = np.full(len(body), 18, np.int64)
    for column in body.T:
        check = np.where(check == 0, 36, check) * 2 % 37 + _VALUE_OF_BYTE[column]
        check %= 36
    return (1 - np.where(check == 0, 36, check) * 2 % 37) % 36
