"""Libraries that only some sources need, imported when one of these is met."""

import importlib
import importlib.util
from typing import Any

from cim.errors import ConfigError


def check(module: str, extra: str) -> None:
    """Check that a library is installed, without importing it: another process will.

    Raises:
        ConfigError: It is not installed; the message names the extra.
    """
    if importlib.util.find_spec(module.partition(".")[0]) is None:
        raise _missing(module, extra)


def require(module: str, extra: str) -> Any:  # noqa: ANN401 - libraries without types
    """A library of an optional extra.

    Args:
        module: Import name, such as `rasterio`.
        extra: Name of the extra that brings it.

    Raises:
        ConfigError: It is not installed; the message names the extra.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise _missing(module, extra) from error


def _missing(module: str, extra: str) -> ConfigError:
    return ConfigError(
        f"{module.partition('.')[0]} is not installed: this source needs the extra "
        f"{extra!r} (pip install 'cim-server[{extra}]')"
    )
