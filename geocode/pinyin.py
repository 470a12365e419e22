"""Ways to type a name in Latin letters: whole syllables, first letters, both."""

from collections.abc import Iterator
from functools import lru_cache


@lru_cache(1 << 16)
def typed(name: str) -> tuple[str, ...]:
    """What a typist may type for a name: 人民路 gives renminlu, rminlu, rmlu, rml."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - 50 MB, used seldom

    syllables = [syllable.lower() for syllable in lazy_pinyin(name)]
    return tuple(dict.fromkeys(_mixed(syllables)))


def _mixed(syllables: list[str]) -> Iterator[str]:
    for whole_from in range(len(syllables) + 1):
        first = "".join(one[0] for one in syllables[:whole_from])
        yield first + "".join(syllables[whole_from:])
