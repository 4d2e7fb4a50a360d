"""The plain form of a fitted model: named arrays, and nothing else."""

from collections.abc import Mapping
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Arrays: TypeAlias = Mapping[str, NDArray[Any]]
"""Arrays by name; their types differ from name to name, so the element type is open."""


def floats_of(array: NDArray[np.float64]) -> tuple[float, ...]:
    """Return the values of an array as Python floats."""
    return tuple(float(value) for value in array)


_Element = TypeVar("_Element", bound=np.generic)


def read_only(array: NDArray[_Element]) -> NDArray[_Element]:
    """Return a read-only view, so that compiled code sees one type, mapped from a file or not."""
    view = np.asarray(array).view(np.ndarray)
    view.flags.writeable = False
    return view
