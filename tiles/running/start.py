"""A quick start of a process: Arrow without pandas."""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

import pyarrow as pa


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
