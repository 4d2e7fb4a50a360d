"""The gates: what this customer must not be told now, in one compiled pass.

Each candidate gets the code of the first gate, in the order of :class:`~recommender.candidates.codes.GateReason`, that
keeps it out. Ownership is judged on the whole history by permanent item numbers, so a purchase that the bundle does not
know blocks its variants.

Numba's file cache watches a kernel's own file only: after an edit of ``codes``, ``verdicts`` or ``refills`` delete
``__pycache__/*.nbi``.
"""

import numpy as np
from numba import njit

from recommender.candidates.codes import IS_COOLING_DOWN, IS_IN_CART, IS_NOT_ACTIVE, IS_OWNED
from recommender.candidates.shelf import ShelfTable
from recommender.catalog import OwnershipKind
from recommender.decisions.refills import close_refilled_by_variant, judge_refills
from recommender.decisions.verdicts import Purchased, Refills, Verdict, close, variants_of
from recommender.types import UInt32Array

_COOL_DOWN = int(OwnershipKind.COOL_DOWN)


@njit(cache=True, nogil=True)
def judge(
    shelf: ShelfTable, purchased: Purchased, refills: Refills, cart: UInt32Array, now_s: int
) -> tuple[Verdict, Verdict]:
    """Ask every gate about every candidate.

    Parameters
    ----------
    shelf
        The catalogue over the bundle's ``n`` items.
    purchased
        The customer's whole history.
    refills
        The same in bundle space; empty when buy-again is not asked for.
    cart
        Permanent numbers in the cart, ``uint32``.
    now_s
        The time of the decision, seconds since 1970.

    Returns
    -------
    tuple[Verdict, Verdict]
        On product offers, one code per item of the bundle; on buy-again, one code per refill.
    """
    offers = Verdict(shelf.standing.copy(), shelf.standing_counts.copy())
    _close_inactive(offers, shelf, now_s)
    _close_cart(offers, shelf, cart)
    repeats = judge_refills(offers.code, shelf.ownership, refills, now_s)
    close_refilled_by_variant(repeats, shelf, purchased, refills, now_s)
    _close_owned(offers, shelf, purchased, now_s)
    return offers, repeats


@njit(cache=True, nogil=True)
def _close_inactive(offers: Verdict, shelf: ShelfTable, now_s: int) -> None:
    code, counts, windowed = offers.code, offers.counts, shelf.windowed
    active_from_s, active_until_s = shelf.active_from_s, shelf.active_until_s
    for item in windowed:
        if not active_from_s[item] <= now_s < active_until_s[item]:
            close(code, counts, item, IS_NOT_ACTIVE)


@njit(cache=True, nogil=True)
def _close_cart(offers: Verdict, shelf: ShelfTable, cart: UInt32Array) -> None:
    for number in cart:
        begin, end = variants_of(shelf.group_of_number, shelf.group_start, number)
        for at in range(begin, end):
            close(offers.code, offers.counts, shelf.group_member[at], IS_IN_CART)


@njit(cache=True, nogil=True)
def _close_owned(offers: Verdict, shelf: ShelfTable, purchased: Purchased, now_s: int) -> None:
    """Owned groups come back only when the owned item and the candidate are both declared with a cool-down."""
    code, counts, ownership, cool_down_s = offers.code, offers.counts, shelf.ownership, shelf.cool_down_s
    of_number, start, member = shelf.group_of_number, shelf.group_start, shelf.group_member
    cool_down_s_of_number = shelf.cool_down_s_of_number
    numbers, owned, last_s = purchased.number, purchased.owned, purchased.last_s
    for row in range(len(numbers)):
        begin, end = variants_of(of_number, start, numbers[row])
        if begin == end or not owned[row] > 0:
            continue
        rest_s = cool_down_s_of_number[numbers[row]]
        age_s = now_s - np.int64(last_s[row])
        for at in range(begin, end):
            item = member[at]
            if rest_s < 0 or ownership[item] != _COOL_DOWN:
                close(code, counts, item, IS_OWNED)
            elif age_s < max(rest_s, cool_down_s[item]):
                close(code, counts, item, IS_COOLING_DOWN)
