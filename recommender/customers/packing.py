"""One packed value per customer: what the state store keeps and a decision reads in one round trip.

Layout, little-endian, no padding between columns::

    header      4s  magic "RCS" and the number of the format
                I   CRC-32 of everything after it
                q   log version of the customer
                8I  orders, lines, first_s, last_s, unmatched returns, items n, recent lines m, distinct times t
                4B  widths in bytes: quantities, orders, time positions, item positions
                I   bytes of the dealings
    times       t       u4  distinct purchase times, ascending
    numbers     n       u4  item numbers, ascending
    quantities  n + m       owned per item, then kept per recent line
    orders      n           per item
    time of     2n + m      positions among the times: first per item, last per item, per recent line
    item of     m           positions among the items, per recent line
    dealings                MessagePack of :class:`~recommender.customers.dealings.Dealings`; nothing without any

Quantities are one byte each when all of them are whole and below 256, float32 otherwise; positions and counts take
the narrowest width that holds them all. Fifty purchases of fifty items at fifty times take 806 bytes; the same
columns at full width would take 1,556.
"""

import struct
import zlib
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from recommender.customers.dealings import NO_DEALINGS, Dealings
from recommender.customers.state import CustomerState, ItemHoldings, RecentLines
from recommender.customers.unpacking import unpacked_columns
from recommender.errors import RapportError
from recommender.types import Float32Array, UInt16Array, UInt32Array

FORMAT: Final = 9
"""Number of the layout, that of the dealings included; raised whenever it changes, how many lines are kept, or what the same events say.
Older values are rebuilt from the log, never migrated."""

_MAGIC: Final = b"RCS" + bytes([FORMAT])
_HEADER: Final = struct.Struct("<4sIq8I4BI")
_CRC_FROM: Final = 8
_UNSIGNED: Final[dict[int, np.dtype[np.unsignedinteger]]] = {
    1: np.dtype("u1"),
    2: np.dtype("<u2"),
    4: np.dtype("<u4"),
}
_QUANTITY: Final[dict[int, np.dtype[np.number]]] = {1: np.dtype("u1"), 4: np.dtype("<f4")}
_U4: Final = np.dtype("<u4")
_COUNT_LIMIT: Final = 2**32 - 1
_DEALINGS: Final = msgspec.msgpack.Encoder()

_Column = npt.NDArray[np.generic]


class PackedStateError(RapportError):
    """Bytes that are not a packed customer state of this format; fold the customer from the log instead."""


def _positions(values: UInt32Array | UInt16Array, largest: int) -> _Column:
    """Return the values in the narrowest unsigned type that holds ``largest``."""
    width = 1 if largest < 2**8 else 2 if largest < 2**16 else 4
    return values.astype(_UNSIGNED[width])


def _quantities(values: Float32Array) -> _Column:
    """Return quantities as one byte each when nothing is lost, as float32 otherwise."""
    if values.size == 0 or (values.max() < 256 and bool(np.all(values == np.floor(values)))):
        return values.astype(_QUANTITY[1])
    return values.astype(_QUANTITY[4])


def _item_positions(recent: UInt32Array, items: UInt32Array) -> _Column:
    """Return where the item of each recent line stands among the items held."""
    at = np.searchsorted(items, recent)
    if recent.size and not (at.max() < items.size and bool(np.all(items[at] == recent))):
        raise _refuse("recent lines of items that are held", "a line of another item")
    return _positions(at.astype(np.uint32), max(items.size - 1, 0))


def pack(state: CustomerState) -> bytes:
    """Return the bytes of a state; equal states give equal bytes.

    Raises
    ------
    PackedStateError
        The state was not folded: a recent line names an item that has no holding.

    Examples
    --------
    >>> len(pack(CustomerState.empty()))
    56
    """
    items, recent = state.items, state.recent
    moments = np.concatenate([items.first_s, items.last_s, recent.at_s])
    times = np.unique(moments)
    quantities = _quantities(np.concatenate([items.owned, recent.quantity]))
    orders = _positions(items.orders, int(items.orders.max(initial=0)))
    time_of = _positions(np.searchsorted(times, moments).astype(np.uint32), max(times.size - 1, 0))
    item_of = _item_positions(recent.number, items.number)
    widths = (quantities, orders, time_of, item_of)
    columns = (times.astype(_U4, copy=False), items.number.astype(_U4, copy=False), *widths)
    body = [column.tobytes() for column in columns]
    body.append(b"" if state.dealings is NO_DEALINGS else _pack_dealings(state.dealings))
    return _seal(state, times.size, widths, body)


def _pack_dealings(dealings: Dealings) -> bytes:
    return b"" if dealings == NO_DEALINGS else _DEALINGS.encode(dealings)


def _seal(state: CustomerState, times: int, columns: tuple[_Column, ...], parts: Sequence[bytes]) -> bytes:
    """Put the header, with its checksum, before the body, of which the last part are the dealings."""
    header = _HEADER.pack(
        _MAGIC,
        0,
        state.version,
        min(state.orders, _COUNT_LIMIT),
        min(state.lines, _COUNT_LIMIT),
        state.first_s,
        state.last_s,
        min(state.unmatched_returns, _COUNT_LIMIT),
        len(state.items),
        len(state.recent),
        times,
        *(column.dtype.itemsize for column in columns),
        len(parts[-1]),
    )
    body = b"".join(parts)
    checksum = zlib.crc32(body, zlib.crc32(header[_CRC_FROM:]))
    return header[:4] + checksum.to_bytes(4, "little") + header[_CRC_FROM:] + body


def _refuse(expected: str, found: str) -> PackedStateError:
    return PackedStateError(
        "the packed customer state cannot be used",
        expected=expected,
        found=found,
        remedy="fold the customer from the log again, or run `rapport state rebuild`",
    )


def _complain(data: bytes | memoryview) -> PackedStateError:
    """Say why bytes were refused."""
    begin = bytes(data[:4])
    if len(data) < _HEADER.size:
        return _refuse(f"at least {_HEADER.size} bytes", f"{len(data)}")
    if begin[:3] != _MAGIC[:3]:
        return _refuse(f"bytes that begin with {_MAGIC[:3]!r}", f"{begin[:3]!r}")
    if begin != _MAGIC:
        return _refuse(f"format {FORMAT}", f"format {begin[3]}")
    return _refuse("a checksum that holds", f"{len(data)} bytes that were cut or changed")


def _size_of(counts: tuple[int, int, int], widths: Sequence[int]) -> int:
    """Return how many bytes a value takes by its header, the dealings left out."""
    items, lines, times = counts
    quantity, orders, time, item = widths
    columns = 4 * (times + items) + quantity * (items + lines) + orders * items
    return int(_HEADER.size + columns + time * (2 * items + lines) + item * lines)


def unpack(data: bytes | memoryview) -> CustomerState:
    """Return the state that :func:`pack` turned into these bytes; its arrays are its own.

    Raises
    ------
    PackedStateError
        The bytes are cut, changed, of another format, or no state at all.

    Examples
    --------
    >>> unpack(pack(CustomerState.empty(version=7))).version
    7
    """
    if len(data) < _HEADER.size:
        raise _complain(data)
    header = _HEADER.unpack_from(data)
    magic, checksum, version, orders, lines, first_s, last_s, unmatched, n, m, t, *widths, tail = header
    if magic != _MAGIC or checksum != zlib.crc32(memoryview(data)[_CRC_FROM:]):
        raise _complain(data)
    size = _size_of((n, m, t), widths)
    if len(data) != size + tail:
        raise _refuse(f"{size + tail} bytes", f"{len(data)}")
    stored = np.frombuffer(data if isinstance(data, bytes) else bytes(data), np.uint8)
    try:
        number, owned, item_orders, first, last, recent_number, at_s, quantity = unpacked_columns(
            stored, _HEADER.size, (n, m, t), tuple(widths)
        )
    except IndexError as error:
        raise _refuse("positions within their tables", str(error)) from error
    items = ItemHoldings(number, owned, item_orders, first, last)
    recent = RecentLines(recent_number, at_s, quantity)
    state = CustomerState(version, orders, lines, first_s, last_s, items, recent, unmatched)
    return state.with_packed_dealings(bytes(data[size:])) if tail else state
