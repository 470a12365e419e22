"""The text and the key of an address, written from its elements."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b

from addressing.cities import profile_for
from addressing.format import canonical_one, place_number, write_one
from addressing.kinds import KINDS
from addressing.registry.values import Part
from addressing.resources import load_grammar, load_profile

_PIECES = 1 << 17
"""Pieces kept; the addresses of a city share nearly all of theirs."""


@lru_cache(4096)
def profile_name(division_code: str) -> str:
    """Name of the profile by which addresses of a division are written."""
    return profile_for((division_code,))


def rank(one: Part) -> int:
    """Place of an element in the order from large to small."""
    return KINDS[one.type].rank


def canonical_text(parts: Iterable[Part]) -> str:
    """The canonical text of elements from large to small."""
    return "".join([canonical_piece(one.type, one.value) for one in place_number([*parts])])


def local_text(parts: Sequence[Part], profile: str) -> str:
    """The text as the city writes it, of elements from large to small."""
    parts = place_number(parts)
    if load_profile_once(profile).places_last:
        parts = sorted(parts, key=lambda one: one.type == "poi")
    texts: list[str] = []
    before = ""
    for one in parts:
        texts.append(local_piece(one, profile, before))
        before = one.type
    return "".join(texts)


load_profile_once = lru_cache(load_profile)


@lru_cache(_PIECES)
def canonical_piece(kind: str, value: str) -> str:
    """One element in canonical text, kept for the next address that has it."""
    return canonical_one(kind, value)


@lru_cache(_PIECES)
def local_piece(one: Part, profile: str, before: str) -> str:
    """One element as the city writes it, kept for the next address that has it."""
    named = one if one.name else one._replace(name=one.value)
    return write_one(named, load_profile_once(profile), before)


def key_of(text: str) -> int:
    """The 64-bit key of a canonical text, as SQLite's signed integer."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), signed=True)


def grammar_version() -> int:
    """Version of the canonical form; keys of another version are written anew."""
    return load_grammar().version
