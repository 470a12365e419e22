"""How many requests a caller may make, counted in each server process for itself."""

import time
from collections import OrderedDict
from typing import Final

from api.errors import TooManyRequestsError

CALLERS_KEPT: Final = 20_000
"""Callers remembered; the one not seen for longest is forgotten first."""


class RateLimit:
    """A bucket for each caller: it fills steadily, and each request takes one out.

    For the event loop: not for use from several threads.
    """

    def __init__(self, burst_s: float) -> None:
        """Buckets that hold what comes in within `burst_s` seconds."""
        self._burst_s = burst_s
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str, per_s: float) -> None:
        """Take a request of a caller in.

        Raises:
            TooManyRequestsError: The bucket is empty.
        """
        now = time.monotonic()
        size = max(1.0, per_s * self._burst_s)
        level, then = self._buckets.pop(caller, (size, now))
        level = min(size, level + (now - then) * per_s)
        is_full = level < 1.0
        self._buckets[caller] = (level if is_full else level - 1.0, now)
        if len(self._buckets) > CALLERS_KEPT:
            self._buckets.popitem(last=False)
        if is_full:
            raise TooManyRequestsError(
                f"more than {per_s:g} requests a second", (1.0 - level) / per_s
            )
