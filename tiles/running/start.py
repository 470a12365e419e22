"""How a process starts that reads and builds: Arrow without pandas, a patient collector."""

import gc
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

import pyarrow as pa

PATIENCE = 20_000
"""New objects between two looks for circles; Python's own number is 700 or 2,000."""


def begin() -> None:
    """Set a process up for a build.

    Readers make millions of lists that live for a moment and form no circles; looking for circles
    among them costs a sixth of a build from CityJSON.
    """
    spare_pandas()
    gc.set_threshold(PATIENCE, *gc.get_threshold()[1:])


class Absent:
    """Hides libraries, where they are installed, from those that look whether they are.

    Goes first into `sys.meta_path`.
    """

    def __init__(self, *names: str) -> None:
        """Hide the libraries of these names."""
        self._names = frozenset(names)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Nothing, for other modules.

        Raises:
            ModuleNotFoundError: It is one of the hidden that is looked for.
        """
        del path, target
        if name in self._names:
            raise ModuleNotFoundError(name)
        return None


def spare_pandas() -> None:
    """Keep Arrow from importing pandas, where that is installed, to recognise its types.

    Arrow looks once, at the first conversion of Python values. That is a second at the start of a
    process, and nothing here has values of such types. All others can import it as before.
    """
    if "pandas" in sys.modules:
        return
    absent = Absent("pandas")
    sys.meta_path.insert(0, absent)
    try:
        pa.array([None])
    finally:
        sys.meta_path.remove(absent)
