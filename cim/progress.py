"""How long work tells how far it is."""

from collections.abc import Callable

type Progress = Callable[[int, int | None], None]
"""Called with the things done so far, and their number when it is known."""


def silent(done: int, total: int | None) -> None:
    """A progress that nobody watches."""
    del done, total
