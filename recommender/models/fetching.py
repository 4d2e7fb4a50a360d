"""Asks the processor for memory ahead of its use.

The neighbours of what one customer bought lie anywhere in tables of many megabytes. What is asked for early arrives while
other things are computed; nothing that is computed depends on it.
"""

from typing import Any

from llvmlite import ir
from numba import njit
from numba.core import cgutils, types
from numba.extending import intrinsic

_LINE = 64
"""Bytes that a processor fetches at once."""


@intrinsic
def _fetch(_context: Any, array: Any, position: Any) -> Any:
    """Return the type and the code of ``llvm.prefetch`` for an element of an array of one dimension."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = signature.args[0]
        data = context.make_array(kind)(context, builder, arguments[0])
        pointer = cgutils.get_item_pointer(context, builder, kind, data, [arguments[1]], wraparound=False)
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        shape = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        function = cgutils.get_or_insert_function(builder.module, shape, "llvm.prefetch.p0i8")
        read, keep, is_data = (ir.Constant(number, value) for value in (0, 3, 1))
        builder.call(function, [builder.bitcast(pointer, byte), read, keep, is_data])
        return context.get_dummy_value()

    return types.void(array, position), code


@njit(cache=True, nogil=True)
def fetch(array: Any, begin: int, end: int) -> None:
    """Ask for ``array[begin:end]``, one dimension, within its bounds."""
    step = _LINE // array.itemsize
    for position in range(begin, end, step):
        _fetch(array, position)
    if end > begin:
        _fetch(array, end - 1)
