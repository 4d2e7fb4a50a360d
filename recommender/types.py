"""Identifiers and array aliases that every room uses.

One word per thing: an *id* is what the shop calls it, a *number* is the permanent integer the log gave it, an
*index* is its dense position in one bundle or matrix. They are different types, so they cannot be mixed up.
"""

from typing import NewType, TypeAlias

import numpy as np
import numpy.typing as npt

CustomerId = NewType("CustomerId", str)
"""A customer as the shop calls them (a subject: shop id, email hash, card)."""

ItemId = NewType("ItemId", str)
"""A product as the shop calls it."""

OrderId = NewType("OrderId", str)
"""An order as the shop calls it."""

ItemNumber = NewType("ItemNumber", int)
"""Permanent integer of an item, assigned once by the log; never reused."""

CustomerIndex = NewType("CustomerIndex", int)
"""Dense row of a customer in one matrix."""

ItemIndex = NewType("ItemIndex", int)
"""Dense column of an item in one bundle or matrix."""

DecisionId = NewType("DecisionId", str)
"""Identity of one decision and its receipt."""

ModelVersion = NewType("ModelVersion", str)
"""Version of a bundle in the registry, or ``"fallback"``."""

Float32Array: TypeAlias = npt.NDArray[np.float32]
Float64Array: TypeAlias = npt.NDArray[np.float64]
Int16Array: TypeAlias = npt.NDArray[np.int16]
Int32Array: TypeAlias = npt.NDArray[np.int32]
Int64Array: TypeAlias = npt.NDArray[np.int64]
UInt32Array: TypeAlias = npt.NDArray[np.uint32]
UInt16Array: TypeAlias = npt.NDArray[np.uint16]
UInt8Array: TypeAlias = npt.NDArray[np.uint8]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

SECONDS_PER_DAY = 86_400
