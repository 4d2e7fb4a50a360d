"""The packed state: its size, its round trip, and what happens to bytes that are not one."""

import hashlib
import struct
import zlib
from dataclasses import FrozenInstanceError, replace
from typing import get_args

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.customers import (
    NO_DEALINGS,
    CustomerState,
    Dealings,
    ItemHoldings,
    PackedStateError,
    RecentLines,
    pack,
    unpack,
)
from recommender.customers.dealings import Complaint
from recommender.customers.packing import FORMAT

DAY = 86_400
PURCHASES_BUDGET_BYTES = 1_024


def state_of(
    n_items: int, n_recent: int, *, quantity: float = 1.0, orders: int = 1, step: int = DAY
) -> CustomerState:
    at_s = np.arange(n_items, dtype=np.uint32) * step + 1_700_000_000
    number = (np.arange(n_items, dtype=np.uint32) + 1) * 1_000
    newest = slice(n_items - n_recent, n_items)
    items = ItemHoldings(
        number=number,
        owned=np.full(n_items, quantity, np.float32),
        orders=np.full(n_items, orders, np.uint16),
        first_s=at_s,
        last_s=at_s,
    )
    recent = RecentLines(
        number=number[newest], at_s=at_s[newest], quantity=np.full(n_recent, quantity, np.float32)
    )
    return CustomerState(
        version=2**60,
        orders=n_items,
        lines=n_items,
        first_s=int(at_s.min(initial=2**32 - 1)),
        last_s=int(at_s.max(initial=0)),
        items=items,
        recent=recent,
        unmatched_returns=2**20,
    )


def test_fifty_purchases_of_fifty_items_at_fifty_times_stay_within_a_kilobyte() -> None:
    assert len(pack(state_of(50, 50))) == 56 + 50 * (4 + 4 + 1 + 1 + 1 + 1 + 1 + 1 + 1)
    assert len(pack(state_of(50, 50))) <= PURCHASES_BUDGET_BYTES


def test_fifty_purchases_with_a_quantity_below_one_pay_three_more_bytes_for_each_quantity() -> None:
    assert len(pack(state_of(50, 50, quantity=0.5))) == len(pack(state_of(50, 50))) + 3 * 100


@pytest.mark.parametrize("n_items", [0, 1, 2, 255, 256, 257, 5_000, 70_000])
@pytest.mark.parametrize("quantity", [1.0, 0.5, 255.0, 256.0, 3e38])
@pytest.mark.parametrize("orders", [1, 255, 256, 65_535])
def test_states_of_every_width_come_back_as_they_were(n_items: int, quantity: float, orders: int) -> None:
    state = state_of(n_items, min(n_items, 200), quantity=quantity, orders=orders)
    again = unpack(pack(state))
    assert again == state
    assert again.items.owned.dtype == np.float32
    assert again.items.orders.dtype == np.uint16
    assert again.recent.quantity.dtype == np.float32


def test_bytes_may_be_read_in_place_from_a_larger_buffer() -> None:
    state = state_of(3, 3)
    packed = pack(state)
    buffer = memoryview(b"xyz" + packed + b"tail")[3 : 3 + len(packed)]
    assert unpack(buffer) == state


def test_the_arrays_of_an_unpacked_state_are_its_own_and_writable() -> None:
    packed = pack(state_of(50, 50, quantity=0.5, orders=300))
    state = unpack(packed)
    columns = (state.items.number, state.items.owned, state.items.orders, state.recent.quantity)
    assert all(column.flags.writeable and column.flags.aligned for column in columns)
    assert not np.shares_memory(state.items.number, np.frombuffer(packed, np.uint8))


def resealed(packed: bytearray) -> bytes:
    """Return the bytes with the checksum that they should have."""
    packed[4:8] = zlib.crc32(memoryview(packed)[8:]).to_bytes(4, "little")
    return bytes(packed)


def test_positions_outside_of_their_tables_are_refused_although_the_checksum_holds() -> None:
    packed = bytearray(pack(state_of(20, 20)))
    packed[-1] = 20  # the item of the last line, of which there are twenty: 0 to 19
    with pytest.raises(PackedStateError, match="positions"):
        unpack(resealed(packed))


@pytest.mark.parametrize("field", [8, 9, 10])
def test_counts_that_the_bytes_do_not_hold_are_refused_although_the_checksum_holds(field: int) -> None:
    packed = bytearray(pack(state_of(20, 20)))
    header = list(struct.unpack_from("<4sIq8I4BI", packed))
    header[field] += 1_000_000
    struct.pack_into("<4sIq8I4BI", packed, 0, *header)
    with pytest.raises(PackedStateError, match="bytes"):
        unpack(resealed(packed))


@given(st.binary(max_size=200))
def test_bytes_of_anything_else_are_refused(data: bytes) -> None:
    with pytest.raises(PackedStateError, match="rebuild"):
        unpack(data)


@given(st.integers(0, 10_000), st.integers(1, 255))
@settings(deadline=None)
def test_one_changed_byte_anywhere_is_noticed(position: int, change: int) -> None:
    packed = bytearray(pack(state_of(20, 20)))
    packed[position % len(packed)] ^= change
    with pytest.raises(PackedStateError):
        unpack(bytes(packed))


@pytest.mark.parametrize("keep", [0, 1, 3, 4, 55, 56, 57, -1])
def test_a_cut_value_is_noticed(keep: int) -> None:
    with pytest.raises(PackedStateError, match="expected"):
        unpack(pack(state_of(20, 20))[:keep])


def test_a_value_with_something_behind_it_is_noticed() -> None:
    with pytest.raises(PackedStateError, match="checksum"):
        unpack(pack(state_of(20, 20)) + b"\x00")


def test_another_format_is_named() -> None:
    packed = bytearray(pack(CustomerState.empty()))
    packed[3] = FORMAT + 1
    with pytest.raises(PackedStateError, match=f"expected format {FORMAT}, found format {FORMAT + 1}"):
        unpack(bytes(packed))


def test_a_state_that_was_never_folded_is_not_packed() -> None:
    state = state_of(2, 2)
    stranger = RecentLines(
        number=np.array([7], np.uint32), at_s=np.array([7], np.uint32), quantity=np.array([1], np.float32)
    )
    with pytest.raises(PackedStateError, match="recent lines"):
        pack(
            CustomerState(
                version=1,
                orders=2,
                lines=2,
                first_s=0,
                last_s=0,
                items=state.items,
                recent=stranger,
                unmatched_returns=0,
            )
        )


def with_dealings() -> CustomerState:
    seen = Dealings(
        preferences={"size": "L"}, complaints=(Complaint("C", 5, None, 7, None, "high"),), last_seen_s=9
    )
    return replace(state_of(20, 20), dealings=seen)


def test_dealings_are_a_tail_and_without_any_there_is_none() -> None:
    plain, packed = pack(state_of(20, 20)), pack(with_dealings())
    tail = len(packed) - len(plain)
    assert packed[56:-tail] == plain[56:]
    assert struct.unpack_from("<I", packed, 52) == (tail,)
    assert struct.unpack_from("<I", plain, 52) == (0,)
    assert pack(replace(state_of(20, 20), dealings=Dealings())) == plain


def test_dealings_come_back_as_they_were_and_are_equal_before_and_after_they_were_asked_for() -> None:
    state = with_dealings()
    again, other = unpack(pack(state)), unpack(pack(state))
    assert again.dealings == state.dealings
    assert again.dealings is again.dealings
    assert again == other
    assert again == state
    assert other != state_of(20, 20)
    assert replace(unpack(pack(state)), version=3).dealings == state.dealings
    assert unpack(pack(state_of(20, 20))).dealings is NO_DEALINGS


def test_a_state_with_dealings_cannot_be_changed_and_has_no_other_fields() -> None:
    state = unpack(pack(with_dealings()))
    with pytest.raises(FrozenInstanceError):
        state.dealings = NO_DEALINGS  # type: ignore[misc]  # that is what is tested
    with pytest.raises(AttributeError, match="no attribute 'dealing'"):
        state.dealing  # type: ignore[attr-defined]  # noqa: B018


@given(st.integers(0, 10_000), st.integers(1, 255))
@settings(deadline=None)
def test_one_changed_byte_of_the_dealings_is_noticed(position: int, change: int) -> None:
    packed = bytearray(pack(with_dealings()))
    tail = struct.unpack_from("<I", packed, 52)[0]
    packed[len(packed) - tail + position % tail] ^= change
    with pytest.raises(PackedStateError):
        unpack(bytes(packed))


@pytest.mark.parametrize("change", [-1, 1])
def test_a_tail_of_another_length_is_refused_although_the_checksum_holds(change: int) -> None:
    packed = bytearray(pack(with_dealings()))
    struct.pack_into("<I", packed, 52, struct.unpack_from("<I", packed, 52)[0] + change)
    with pytest.raises(PackedStateError, match="bytes"):
        unpack(resealed(packed))


def test_the_layout_of_the_dealings_belongs_to_the_number_of_the_format() -> None:
    """Whoever changes a field of the dealings raises FORMAT and writes both down here."""
    assert FORMAT == 9
    assert hashlib.sha256(layout_of(Dealings).encode()).hexdigest()[:16] == "4d6fba148abc3cb8"


def layout_of(kind: type[msgspec.Struct]) -> str:
    """The fields of a struct and of those in it, with their types, as text."""
    inner = [
        part
        for field in msgspec.structs.fields(kind)
        for part in get_args(field.type)
        if isinstance(part, type)
    ]
    own = [f"{field.name}: {field.type}" for field in msgspec.structs.fields(kind)]
    return "; ".join([*own, *(layout_of(part) for part in inner if issubclass(part, msgspec.Struct))])
