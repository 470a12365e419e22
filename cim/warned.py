"""What libraries warn of, silenced or kept while one thread at a time looks.

`warnings.catch_warnings` changes the filters of the whole process: of two threads that enter it
together, the first to leave takes away the other's filters, and the last may leave them behind.
"""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_ONE_AT_A_TIME = threading.RLock()


@contextmanager
def silenced(category: type[Warning] = Warning) -> Iterator[None]:
    """Let a library's warnings of a kind go unsaid."""
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore", category)
        yield


@contextmanager
def kept(*categories: type[Warning]) -> Iterator[list[warnings.WarningMessage]]:
    """Keep a library's warnings of some kinds, each time they are given, in the list it gives."""
    with _ONE_AT_A_TIME, warnings.catch_warnings(record=True) as caught:
        for category in categories:
            warnings.simplefilter("always", category)
        yield caught
