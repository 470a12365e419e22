"""What commands leave in the audit trail of their workspace."""

import getpass
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from api.names import SETTINGS_FILE

READING: Final = {
    "demo": None,
    "init": None,
    "grid": None,
    "bim": None,
    "geocode": None,
    "audit": None,
    "serve": None,
    "doctor": None,
    "layer": {"list", "show"},
    "division": {"show"},
    "entity": {"show"},
    "tiles": {"info", "validate"},
    "key": {"list"},
    "address": {
        *("parse", "standardize", "show", "queue", "history", "plate", "check", "reports"),
    },
}
"""Commands that change nothing in a workspace and hand no layer on; None: all of the noun."""

WORKSPACE_OPTIONS: Final = ("-w", "--workspace")


def record(words: Sequence[str], code: int) -> None:
    """Put a command that ended with exit `code` into the trail, if it belongs there.

    Raises:
        BackendError: The trail cannot be written.
    """
    workspace = _workspace(words)
    if not _is_recorded(words) or not (workspace / SETTINGS_FILE).is_file():
        return
    from api.security.keys import FOLDER  # noqa: PLC0415 - not for commands that only read
    from api.security.recording import TRAIL  # noqa: PLC0415
    from cim.audit import AuditRecord, AuditTrail  # noqa: PLC0415

    done = AuditRecord(
        who=getpass.getuser(),
        proof="system",
        key="",
        address=socket.gethostname(),
        face="cli",
        action=" ".join(words[:2]) if READING.get(words[0], set()) is not None else words[0],
        target=" ".join(words),
        layers=_layer(words),
        result=str(code),
    )
    trail = AuditTrail(workspace / FOLDER / TRAIL)
    trail.append([done])
    trail.close()


def _is_recorded(words: Sequence[str]) -> bool:
    if not words or words[0].startswith("-") or "--help" in words:
        return False
    verbs = READING.get(words[0], set())
    return verbs is not None and not (len(words) > 1 and words[1] in verbs)


def _workspace(words: Sequence[str]) -> Path:
    named = _option(words, WORKSPACE_OPTIONS)
    return Path(named or os.environ.get("CIM_WORKSPACE", "."))


def _layer(words: Sequence[str]) -> str:
    """The layer that a command names, where that can be told."""
    if words[0] == "layer" and len(words) > 2 and not words[2].startswith("-"):  # noqa: PLR2004 - noun, verb, name
        return words[2]
    return _option(words, ("--layer",))


def _option(words: Sequence[str], names: tuple[str, ...]) -> str:
    """Value of an option, written `--name value` or `--name=value`; empty when not given."""
    for position, word in enumerate(words):
        name, has_value, value = word.partition("=")
        if name in names:
            following = words[position + 1] if position + 1 < len(words) else ""
            return value if has_value else following
    return ""
