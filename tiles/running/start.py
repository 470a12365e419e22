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


class _Absent:
    """Finds no pandas."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Nothing, for other modules.

        Raises:
            ModuleNotFoundError: It is pandas that is looked for.
        """
        del path, target
        if name == "pandas":
            raise ModuleNotFoundError(name)
        return None


def spare_pandas() -> None:
    """Keep Arrow from importing pandas, where that is installed, to recognise its types.

    Arrow looks once, at the first conversion of Python values. That is a second at the start of a
    process, and nothing here has values of such types. All others can import it as before.
    """
    if "pandas" in sys.modules:
        return
    sys.meta_path.insert(0, _Absent)
    try:
        pa.array([None])
    finally:
        sys.meta_path.remove(_Absent)
