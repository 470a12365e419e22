"""The child process that reads one IFC file: `python -m cim.bim.worker`, its task on stdin.

The task is a line of JSON. Where it leaves open whose shapes are wanted, another line tells, after
the model was sent; without one the child ends. Its standard output carries messages
(`cim.bim._wire`); what libraries print goes to stderr.
"""

import gc
import os
import re
import resource
import select
import sys
from pathlib import Path
from typing import Any, BinaryIO, Final

import orjson

from cim.bim._extract import extract
from cim.bim._shapes import FAST, SURE, Send, ShapeStream, missing, stream_all, stream_singly
from cim.bim._wire import packed, to_json
from cim.bim.model import IfcModel, IfcObject
from cim.extras import require

_SPARE_BYTES: Final = 2 << 30
"""Address space that libraries and allocators reserve without using it."""

_PATIENCE_S: Final = 60.0
"""Seconds that an open model waits to be asked for its shapes."""


def main() -> None:
    """Do the task and end."""
    task = orjson.loads(sys.stdin.buffer.readline())
    gc.disable()  # values are made by the ten thousand and none in circles: an eighth of the time
    _limit_memory(task["memory_bytes"])
    with _own_output() as output:

        def send(pieces: list[Any]) -> None:
            if _peak_bytes() > task["memory_bytes"]:
                raise MemoryError
            _write(output, pieces)

        try:
            _work(task, send)
        except MemoryError:
            _write(output, packed({"kind": "memory"}))
        _write(output, packed({"kind": "done"}))
    os._exit(0)  # taking a large model apart object by object would cost half a second


def _write(output: BinaryIO, pieces: list[Any]) -> None:
    output.writelines(pieces)
    output.flush()


def _peak_bytes() -> int:
    """The most resident memory this process ever had; 0 where the system does not tell.

    The parent's watch looks now and then: a child may swell and be done between two looks.
    `getrusage` will not do, its peak begins with that of the process that started this one.
    """
    try:
        status = Path("/proc/self/status").read_text("ascii", "replace")
    except OSError:
        return 0
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) << 10 if found else 0


def _own_output() -> BinaryIO:
    """The standard output, which from now on leads what others print to stderr."""
    sys.stdout.flush()
    own = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(own, "wb", buffering=1 << 16)


def _limit_memory(memory_bytes: int) -> None:
    """A hard bound behind the parent's watch."""
    most = memory_bytes + _SPARE_BYTES
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (most if hard < 0 else min(most, hard), hard))


def _work(task: dict[str, Any], send: Send) -> None:
    ifcopenshell = require("ifcopenshell", "bim")
    try:
        file = ifcopenshell.open(task["path"])
    except (RuntimeError, OSError, ifcopenshell.Error) as error:
        send(packed({"kind": "refused", "reason": " ".join(str(error).split())[:200]}))
        return
    if task["model"]:
        model = extract(file, task.get("properties"))
        send(packed({"kind": "model"}, [to_json(model)]))
        kinds = _asked() if task["kinds"] is None else task["kinds"]
        ids = _bodies(model, kinds)
    else:
        ids = task["ids"]
    send(packed({"kind": "open"}))
    stream = ShapeStream(file, send)
    if task["singly"]:
        stream_singly(file, ids, stream, send, (FAST, SURE))
        return
    stream_all(file, ids, stream)
    stream_singly(file, list(missing(ids, stream)), stream, send, (SURE,))


def _asked() -> list[str]:
    """Kinds of the objects whose shapes the parent asks for; it ends when nobody asks."""
    ready, _, _ = select.select([sys.stdin.buffer], [], [], _PATIENCE_S)
    line = sys.stdin.buffer.readline() if ready else b""
    if not line:
        os._exit(0)
    kinds: list[str] = orjson.loads(line)
    return kinds


def _bodies(model: IfcModel, kinds: list[str]) -> list[int]:
    """Step ids of the objects of some kinds that have a body."""
    wanted: list[IfcObject] = [
        one for one in model.objects.values() if one.has_body and one.kind in kinds
    ]
    return [one.step_id for one in wanted]


if __name__ == "__main__":
    main()
