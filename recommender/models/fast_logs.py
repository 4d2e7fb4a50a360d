"""Natural logarithms of many numbers at once, in loops that the compiler turns into vector instructions."""

import numpy as np
from numba import njit

from recommender.types import Float32Array

_ROOT_OF_HALF = 0x3F3504F3
"""The bits of the square root of a half."""

_FRACTION = 0x007FFFFF
_EXPONENT_BIT = 23
_LN_2 = np.float32(np.log(2.0))


@njit(cache=True, nogil=True, error_model="numpy")  # the check for division by zero would end vectorisation
def take_logs(values: Float32Array) -> None:
    """Replace numbers above zero by their natural logarithms, right to ``1e-6`` of themselves or of one.

    ``x = m 2^e`` with ``m`` between the roots of a half and of two, read from the bits, and ``log m = 2 artanh((m - 1) / (m + 1))``,
    of whose series five terms are above the rounding of ``float32``. Zero becomes some number below -80.

    Parameters
    ----------
    values
        ``float32 [n]``, contiguous, finite, zero or at least ``1.2e-38``.

    Examples
    --------
    >>> values = np.array([1.0, 8.0, 0.001], np.float32)
    >>> take_logs(values)
    >>> [round(value, 5) for value in values.tolist()]
    [0.0, 2.07944, -6.90776]
    """
    bits = values.view(np.int32)
    doublings = np.empty(values.size, np.float32)
    for at in range(values.size):
        above = bits[at] - np.int32(_ROOT_OF_HALF)
        doublings[at] = np.float32(above >> np.int32(_EXPONENT_BIT))
        bits[at] = (above & np.int32(_FRACTION)) + np.int32(_ROOT_OF_HALF)
    third, fifth, seventh, ninth = (
        np.float32(1 / 3),
        np.float32(1 / 5),
        np.float32(1 / 7),
        np.float32(1 / 9),
    )
    for at in range(values.size):
        part = (values[at] - np.float32(1.0)) / (values[at] + np.float32(1.0))
        square = part * part
        series = square * (third + square * (fifth + square * (seventh + square * ninth)))
        values[at] = doublings[at] * _LN_2 + np.float32(2.0) * (part + part * series)
