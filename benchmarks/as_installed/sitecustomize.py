"""Hides what only developers have installed, so that a run is that of a user.

pandas comes with the tests' geopandas; where it is there, pyarrow and pyogrio import it.
"""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

DEVELOPERS_ONLY = frozenset({"pandas", "geopandas"})


class _Hidden:
    """Finds none of the modules that users lack."""

    def find_spec(
        self, name: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Nothing, or for hidden modules their absence."""
        if name.partition(".")[0] in DEVELOPERS_ONLY:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


sys.meta_path.insert(0, _Hidden())
