"""What commands leave in the audit trail of their workspace."""

import getpass
import os
import socket
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from api.names import SETTINGS_FILE
from cim.errors import NotFoundError

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

SHOWING: Final = {("layer", "show"), ("entity", "show")}
"""Those of them that show what a layer holds; they are recorded where it is restricted."""

WORKSPACE_OPTIONS: Final = ("-w", "--workspace")


def record(words: Sequence[str], code: int) -> None:
    """Put a command that ended with exit `code` into the trail, if it belongs there.

    Raises:
        BackendError: The trail cannot be written.
    """
    workspace = _workspace(words)
    if not (workspace / SETTINGS_FILE).is_file():
        return
    layer = _layer(words) if _is_recorded(words) else _restricted(words, workspace, code)
    if layer is None:
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
        layers=layer,
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


def _restricted(words: Sequence[str], workspace: Path, code: int) -> str | None:
    """The restricted layer that a command has shown, None if it showed none."""
    if code or tuple(words[:2]) not in SHOWING:
        return None
    from api.workspace import open_store  # noqa: PLC0415 - what shows has loaded it already

    with closing(open_store(workspace)) as store:
        for word in words[2:]:  # options stand anywhere
            with suppress(NotFoundError):
                name = word if words[0] == "layer" else store.entity(word).layer.name
                if store.layer(name).classification == "restricted":
                    return name
    return None


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
