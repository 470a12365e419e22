"""How the interpreter serves: short turns for threads, few and short searches for garbage.

While a thread works on ten thousand features, requests are answered on the event loop beside it.
Python's own settings let the loop wait for 5 ms each time it needs the interpreter, several times
in a request, and stop everything for 0.2 s to search a million objects that live as long as the
server does.

Memory comes from few heaps: glibc gives each thread that waits for one its own, eight for each
core, and what a thread frees in one serves no other.
"""

import ctypes
import gc
import os
import sys
from typing import Final

SWITCH_S: Final = 0.0005
"""How long a thread that computes may keep the interpreter from one that waits."""

YOUNG: Final = 20_000
"""Objects made before the young ones are searched for garbage."""

HEAPS: Final = 2
_M_ARENA_MAX: Final = -8
"""Source: glibc, malloc.h."""


def save_memory() -> None:
    """Let all threads of this process share few heaps; call it before threads are begun.

    Does nothing where the C library is another one, or where the operator has said how many.
    """
    if "MALLOC_ARENA_MAX" not in os.environ:
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(_M_ARENA_MAX, HEAPS)


def tune() -> None:
    """Set up this process as a server; call it once all that stays is loaded."""
    sys.setswitchinterval(SWITCH_S)
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)
