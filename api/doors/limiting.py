"""How often one client may report; what is kept of clients is gone after an hour."""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from api.errors import QueueFullError

AN_HOUR_S = 3600.0
MOST_AN_HOUR = 10
MOST_CLIENTS = 10_000


class Limiter:
    """Counts requests of clients over the last hour, in memory only.

    Args:
        most: Requests of a client in an hour.
        clock: Seconds that only grow.
    """

    def __init__(
        self, most: int = MOST_AN_HOUR, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._clock = clock
        self._times: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, client: str) -> None:
        """Count a request.

        Raises:
            QueueFullError: The client sent as many in the last hour as it may.
        """
        now = self._clock()
        with self._lock:
            times = self._times.setdefault(client, deque())
            self._times.move_to_end(client)
            while times and now - times[0] >= AN_HOUR_S:
                times.popleft()
            if len(times) >= self._most:
                raise QueueFullError(
                    f"{len(times)} reports in an hour; legal: at most {self._most}; try later"
                )
            times.append(now)
            while len(self._times) > MOST_CLIENTS:
                self._times.popitem(last=False)
