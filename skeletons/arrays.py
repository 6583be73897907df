"""Types of arrays by what an element is; shapes stand in the docstrings of what takes them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float32Array = NDArray[np.float32]
"""Coordinates, images and features: what networks compute in."""

Float64Array = NDArray[np.float64]
"""Statistics: sums over many numbers lose nothing that counts."""

IntArray = NDArray[np.int64]
"""Labels, counts, lengths and rows."""

BoolArray = NDArray[np.bool_]
"""Masks."""

StrArray = NDArray[np.str_]
"""Ids and names."""
