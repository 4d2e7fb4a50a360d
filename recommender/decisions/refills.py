"""The gates of buy-again: what is used up, and was not bought in the same visit."""

from typing import Final

import numpy as np
from numba import njit

from recommender.candidates.codes import IS_ALLOWED, IS_JUST_BOUGHT, IS_NOT_PROPOSED, IS_OWN_ONCE, N_CODES
from recommender.candidates.shelf import ShelfTable
from recommender.catalog import OwnershipKind
from recommender.decisions.verdicts import Purchased, Refills, Verdict, close, variants_of
from recommender.types import UInt8Array

JUST_BOUGHT_S: Final = 3_600
"""How long a purchase counts as just bought: the same visit. When it is due again is a matter of probability, not of a gate."""

_LEARNED_ONCE = int(OwnershipKind.LEARNED)
_OWN_ONCE = int(OwnershipKind.OWN_ONCE)
_COOL_DOWN = int(OwnershipKind.COOL_DOWN)


@njit(cache=True, nogil=True)
def judge_refills(standing: UInt8Array, ownership: UInt8Array, refills: Refills, now_s: int) -> Verdict:
    """Judge every refill by itself; ``standing`` is the code of each item that holds for every kind of action."""
    item, owned, orders = refills.item, refills.owned, refills.orders
    last_s = refills.last_s
    code, counts = np.empty(len(item), dtype=np.uint8), np.zeros(N_CODES, dtype=np.int64)
    for row in range(len(item)):
        code[row] = _policy(ownership[item[row]], owned[row], orders[row])
        if code[row] == IS_ALLOWED and now_s - np.int64(last_s[row]) < JUST_BOUGHT_S:
            code[row] = IS_JUST_BOUGHT
        if code[row] == IS_ALLOWED:
            code[row] = standing[item[row]]
        counts[code[row]] += 1
    return Verdict(code, counts)


@njit(cache=True, nogil=True)
def _policy(kind: int, owned: float, orders: int) -> int:
    """Return what the ownership policy says to buying an item again."""
    if not owned > 0 or kind == _COOL_DOWN:
        return IS_NOT_PROPOSED
    if kind == _OWN_ONCE or (kind == _LEARNED_ONCE and orders < 2):
        return IS_OWN_ONCE
    return IS_ALLOWED


@njit(cache=True, nogil=True)
def close_refilled_by_variant(
    repeats: Verdict, shelf: ShelfTable, purchased: Purchased, refills: Refills, now_s: int
) -> None:
    """A variant bought lately is a refill too, also one that the bundle does not know."""
    of_number, start, member = shelf.group_of_number, shelf.group_start, shelf.group_member
    code, counts, items = repeats.code, repeats.counts, refills.item
    numbers, owned, last_s = purchased.number, purchased.owned, purchased.last_s
    for row in range(len(numbers)):
        begin, end = variants_of(of_number, start, numbers[row])
        for at in range(begin, end):
            item = member[at]
            if shelf.number[item] == numbers[row] or not owned[row] > 0:
                continue
            refill = np.searchsorted(items, item)
            if refill == len(items) or items[refill] != item or code[refill] == IS_NOT_PROPOSED:
                continue
            if now_s - np.int64(last_s[row]) < JUST_BOUGHT_S:
                close(code, counts, refill, IS_JUST_BOUGHT)
