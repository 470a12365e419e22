"""Plugins found by file name: one file is one plugin, imported only when it is asked for."""

import functools
import importlib
import pkgutil
from typing import Any

from cim.errors import NotFoundError


@functools.cache
def names(package: str) -> tuple[str, ...]:
    """Sorted plugin names of `package` (a dotted name); `base` and `_x` files are not plugins."""
    path = importlib.import_module(package).__path__
    found = (module.name for module in pkgutil.iter_modules(path))
    return tuple(sorted(name for name in found if name != "base" and not name.startswith("_")))


def load(name: str, package: str) -> Any:  # noqa: ANN401 - the caller annotates with its protocol
    """The `PLUGIN` object of the file `name` in `package`.

    Raises:
        NotFoundError: There is no such plugin; the message lists the known ones.
    """
    known = names(package)
    if name not in known:
        raise NotFoundError(f"{package}: unknown plugin {name!r}; known: {', '.join(known)}")
    return importlib.import_module(f"{package}.{name}").PLUGIN
