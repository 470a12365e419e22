"""The sample city: source files of an invented Chinese district, made by code alone.

python -m assets.samples OUT_DIR
"""

from assets.samples.generate import generate

__all__ = ["generate"]
