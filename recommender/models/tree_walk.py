"""The innermost loops of walking trees: one tree asks 32 rows at once, and what they answered stays in registers.

Written for LLVM, because a compiler that sees a loop over rows inside a loop over nodes reads and writes the answers for
every node, and first proves that no array overlaps another: twice the time for a customer's few rows.
"""

from typing import Any, Final

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

ROWS: Final = 32
"""Rows that answer at once."""

EVERY_LEAF: Final = 0xFFFF_FFFF
DE_BRUIJN: Final = 0x077C_B531
"""Times this, the lowest bit of a word has its place in the highest five."""

_WORD, _REAL, _FLAG = ir.IntType(32), ir.FloatType(), ir.IntType(1)
_ADDRESS = ir.IntType(64)
_ADDRESSES = ir.VectorType(_ADDRESS, ROWS)
_WORDS, _REALS = ir.VectorType(_WORD, ROWS), ir.VectorType(_REAL, ROWS)


@intrinsic
def add_tree(_context: Any, columns: Any, first: Any, tables: Any, tree: Any, out: Any) -> Any:
    """Add what one tree says about the rows ``first`` to ``first + 32``.

    Parameters
    ----------
    columns
        ``float32 [features, rows]``, C order, at least ``first + 32`` rows.
    first
        ``int64``.
    tables
        :class:`recommender.models.trees.TreeTables`.
    tree
        ``int64``.
    out
        ``float32 [rows]``.
    """

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        def array(kind: Any, value: Any) -> Any:
            return context.make_array(kind)(context, builder, value)

        kinds = signature.args[2]
        fields = {
            name: array(kinds[at], builder.extract_value(arguments[2], at))
            for at, name in enumerate(kinds.fields)
        }
        row, x = arguments[1], array(signature.args[0], arguments[0])
        left = _leaves_left(builder, x, row, fields, arguments[3])
        value = _values_of_leaves(builder, left, fields["leaf"], arguments[3])
        _add(builder, array(signature.args[4], arguments[4]).data, row, value)
        return context.get_dummy_value()

    return types.void(columns, first, tables, tree, out), code


def _leaves_left(builder: Any, x: Any, row: Any, tables: Any, tree: Any) -> Any:
    """Let the rows answer every node of a tree, and return the leaves that each has left.

    A row begins with all leaves; a node takes away those outside of its mask where ``x <= threshold`` does not hold.
    """
    one, width = ir.Constant(tree.type, 1), builder.extract_value(x.shape, 1)
    begin = _load(builder, tables["indptr"].data, tree)
    end = _load(builder, tables["indptr"].data, builder.add(tree, one))
    left = cgutils.alloca_once(builder, _WORDS)
    builder.store(ir.Constant(_WORDS, [EVERY_LEAF] * ROWS), left)
    with cgutils.for_range_slice(builder, begin, end, one) as (node, _):
        column = builder.sext(_load(builder, tables["feature"].data, node), tree.type)
        asked = _load(builder, x.data, builder.add(builder.mul(column, width), row), _REALS)
        bound = _on_all(builder, _load(builder, tables["threshold"].data, node), _REALS)
        kept = _on_all(builder, _load(builder, tables["mask"].data, node), _WORDS)
        stays = builder.sext(builder.fcmp_ordered("<=", asked, bound), _WORDS)
        builder.store(builder.and_(builder.load(left), builder.or_(stays, kept)), left)
    return builder.load(left)


def _values_of_leaves(builder: Any, left: Any, leaf: Any, tree: Any) -> Any:
    """Return the value of each row's lowest leaf that is left: see :func:`recommender.models.trees.slot_of_leaf`."""
    nothing = ir.Constant(_WORDS, [0] * ROWS)
    lowest = builder.and_(left, builder.sub(nothing, left))
    hashed = builder.mul(lowest, ir.Constant(_WORDS, [DE_BRUIJN] * ROWS))
    slot = builder.lshr(hashed, ir.Constant(_WORDS, [27] * ROWS))
    begin = builder.mul(tree, builder.extract_value(leaf.shape, 1))
    address = builder.ptrtoint(builder.gep(leaf.data, [begin]), _ADDRESS)
    bytes_on = builder.shl(builder.zext(slot, _ADDRESSES), ir.Constant(_ADDRESSES, [2] * ROWS))
    places = builder.add(_on_all(builder, address, _ADDRESSES), bytes_on)
    pointers = builder.inttoptr(places, ir.VectorType(_REAL.as_pointer(), ROWS))
    shape = ir.FunctionType(_REALS, [pointers.type, _WORD, ir.VectorType(_FLAG, ROWS), _REALS])
    gather = cgutils.get_or_insert_function(builder.module, shape, f"llvm.masked.gather.v{ROWS}f32.v{ROWS}p0")
    all_rows = ir.Constant(ir.VectorType(_FLAG, ROWS), [1] * ROWS)
    return builder.call(
        gather, [pointers, ir.Constant(_WORD, 4), all_rows, ir.Constant(_REALS, ir.Undefined)]
    )


def _add(builder: Any, data: Any, row: Any, value: Any) -> None:
    pointer = builder.bitcast(builder.gep(data, [row]), _REALS.as_pointer())
    builder.store(builder.fadd(builder.load(pointer, align=4), value), pointer, align=4)


def _load(builder: Any, data: Any, at: Any, kind: Any = None) -> Any:
    """Return an element, or as many as a vector holds."""
    pointer = builder.gep(data, [at])
    if kind is None:
        return builder.load(pointer)
    return builder.load(builder.bitcast(pointer, kind.as_pointer()), align=4)


def _on_all(builder: Any, value: Any, kind: Any) -> Any:
    """Return a vector that holds one value everywhere."""
    nothing = ir.Constant(kind, ir.Undefined)
    one = builder.insert_element(nothing, value, ir.Constant(_WORD, 0))
    return builder.shuffle_vector(one, nothing, ir.Constant(_WORDS, [0] * ROWS))
