"""Names of the array types that cross function borders, and the shape check they share."""

import numpy as np
from numpy.typing import NDArray

type Float64 = NDArray[np.float64]
type Float32 = NDArray[np.float32]
type Int8 = NDArray[np.int8]
type Int32 = NDArray[np.int32]
type Int64 = NDArray[np.int64]
type Uint64 = NDArray[np.uint64]
type Uint32 = NDArray[np.uint32]
type Uint16 = NDArray[np.uint16]
type Uint8 = NDArray[np.uint8]
type Bool = NDArray[np.bool_]
type Text = NDArray[np.str_]
type Objects = NDArray[np.object_]
"""(n,) Python objects, mostly shapely geometries or None."""


def require_shape(name: str, array: NDArray[np.generic], *shape: int | None) -> None:
    """Check an array's shape; None stands for any length.

    Raises:
        ValueError: The shape differs: a mistake in the calling code.
    """
    fits = array.ndim == len(shape) and all(
        want is None or have == want for have, want in zip(array.shape, shape, strict=True)
    )
    if not fits:
        raise ValueError(f"{name}: shape {array.shape}, wanted {shape}")
