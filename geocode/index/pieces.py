"""Names by pieces of two characters, for texts in which no key and no spelling finds anything.

A tantivy index lies beside the index of keys and is of the same making: its folder carries that
one's mark. What is missing or torn is made anew; names that came since are looked through as they
are, for they are few.
"""

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, pairwise
from pathlib import Path
from tempfile import mkdtemp
from typing import Final, NamedTuple

import tantivy

from geocode.index.read import Index, Placed

_TOKENS: Final = 10
"""The rarest pieces of a text, so many, are looked for."""

_HITS: Final = 40
_LEAST: Final = 0.5
"""Share of a name's pieces that the text must have."""

_LAST: Final = "last"
_HEAP: Final = 32_000_000


class Piecewise(NamedTuple):
    """A name some pieces of which a text has."""

    name: Placed
    share: float
    """Of the pieces of the name."""

    is_part: bool
    """Whether all that the text says is part of the name."""


class Pieces:
    """The names of a city by their pieces.

    Args:
        index: The index that names come from.
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        folder = folder_of(index)
        try:
            self._opened(folder)
        except (OSError, ValueError):
            write_pieces(index)
            self._opened(folder)

    def _opened(self, folder: Path) -> None:
        """Open the files.

        Raises:
            OSError: They are missing.
            ValueError: They are torn.
        """
        self._last = int((folder / _LAST).read_text("ascii"))
        found = tantivy.Index.open(str(folder))
        self._schema = found.schema
        self._searcher = found.searcher()

    def find(self, text: str, county: str = "") -> list[Piecewise]:
        """Names that have pieces in common with a text, the likeliest first.

        Args:
            text: Normal text.
            county: Where they are; empty for anywhere.
        """
        own = {piece for piece in _pieces(text) if not piece.isdigit()}
        found = {
            name: share
            for name in chain(self._hits(own, county), self._index.names_after(self._last))
            if (not county or name.county == county) and (share := _share(own, name)) >= _LEAST
        }
        ranked = sorted(found.items(), key=lambda one: (-one[1], -len(one[0].value)))
        return [Piecewise(name, share, own <= set(_pieces(name.value))) for name, share in ranked]

    def _hits(self, pieces: Iterable[str], county: str) -> Iterator[Placed]:
        """What the rarest pieces lead to."""
        counts = {one: self._searcher.doc_freq("pieces", one) for one in pieces}
        rarest = sorted((one for one in counts if counts[one]), key=counts.__getitem__)[:_TOKENS]
        if not rarest:
            return
        parts = [(tantivy.Occur.Should, self._term("pieces", one)) for one in rarest]
        query = tantivy.Query.boolean_query(parts)
        if county:
            inside = [(tantivy.Occur.Must, self._term("county", county))]
            query = tantivy.Query.boolean_query([*inside, (tantivy.Occur.Must, query)])
        for _, address in self._searcher.search(query, _HITS).hits:
            told = self._searcher.doc(address)
            yield Placed(told["county"][0], told["kind"][0], told["value"][0])

    def _term(self, field: str, text: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, field, text)


def folder_of(index: Index) -> Path:
    """Where the pieces of an index are."""
    return index.path.with_name(f"{index.path.stem}.{index.settings['made']}.pieces")


def write_pieces(index: Index) -> None:
    """Make the pieces of an index; they appear whole, those of an older index go."""
    target = folder_of(index)
    torn = Path(mkdtemp(prefix=".pieces-", dir=target.parent))
    last = _fill(torn, index)
    (torn / _LAST).write_text(str(last), "ascii")
    for old in target.parent.glob(f"{index.path.stem}.*.pieces"):
        shutil.rmtree(old, ignore_errors=True)
    try:
        torn.rename(target)
    except OSError:  # another process was quicker
        shutil.rmtree(torn, ignore_errors=True)


def _fill(folder: Path, index: Index) -> int:
    """Write all names; the last area among them."""
    builder = tantivy.SchemaBuilder()
    for stored in ("county", "kind", "value"):
        builder.add_text_field(stored, stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("pieces", tokenizer_name="whitespace", index_option="basic")
    made = tantivy.Index(builder.build(), path=str(folder))
    writer = made.writer(heap_size=_HEAP, num_threads=1)
    last = index.last_area()
    for county, kind, value in dict.fromkeys(index.names_after(0, last)):
        pieces = " ".join(_pieces(value))
        writer.add_document(
            tantivy.Document(county=[county], kind=[kind], value=[value], pieces=[pieces])
        )
    writer.commit()
    writer.wait_merging_threads()
    return last


def _pieces(text: str) -> list[str]:
    """Pairs of neighbouring characters, and numbers whole."""
    words = "".join(one if one.isdigit() == before.isdigit() else f" {one}"
                    for before, one in pairwise(f"{text[:1]}{text}")).split()  # fmt: skip
    return [
        piece
        for word in words
        for piece in ([word] if word.isdigit() else map("".join, pairwise(word)))
    ]


def _share(own: set[str], name: Placed) -> float:
    """How many of the pieces of a name are in a text."""
    wanted = Counter(_pieces(name.value))
    return sum(wanted[one] for one in wanted if one in own) / max(wanted.total(), 1)
