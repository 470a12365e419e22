"""Pictures that a source names: found beside it, never fetched, never outside its folder."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import unquote

_DRIVE: Final = re.compile(r"[A-Za-z]:")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_KEPT: Final = 4096
"""Names of pictures remembered."""


class Pictures:
    """The pictures below the folder of a source.

    A name that leads anywhere else is refused before the file system is asked, and a link that
    leads out of the folder before what it leads to is opened.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._find = lru_cache(maxsize=_KEPT)(self._found)

    def find(self, name: str) -> Path | str:
        """The file of a picture, or the reason why it is not used."""
        return self._find(name)

    def _found(self, name: str) -> Path | str:
        reason = "no such file"
        for spelled in dict.fromkeys((name, unquote(name))):
            plain = spelled.strip().replace("\\", "/")
            fault = _fault(plain)
            if fault:
                return fault
            try:
                path = (self._folder / plain).resolve()
                if not path.is_relative_to(self._folder):
                    reason = "a link that leads out of the folder of the source"
                elif path.is_file():
                    return path
            except (OSError, RuntimeError, ValueError):
                reason = "not the name of a file"
        return reason


def _fault(name: str) -> str:
    """Why a name is not looked for; empty when it may be."""
    if not name:
        return "an empty name"
    if _DRIVE.match(name) or name.startswith("/"):
        return "an absolute path; wanted one below the folder of the source"
    if _SCHEME.match(name):
        return "an address (URI); addresses are never fetched"
    if ".." in name.split("/"):
        return "leads out of the folder of the source by '..'"
    return ""
