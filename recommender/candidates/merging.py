"""One slate from several kinds of action."""

import msgspec

from recommender.candidates.kinds import ActionKind
from recommender.types import ItemNumber


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """One candidate that passed every gate.

    Attributes
    ----------
    action, item
        What to do, about which item.
    probability
        P(bought within the window), 0 to 1.
    position
        Where its source keeps it: item index of an offer, row of the history of a buy-again.
    """

    action: ActionKind
    item: ItemNumber
    probability: float
    position: int


def merge_kinds(first: list[Candidate], second: list[Candidate], k: int) -> list[Candidate]:
    """Merge two ranked lists by probability; equal ones by item number. The order within each list is kept.

    All kinds are worth the same until a playbook says otherwise, so that propensity alone decides.

    Parameters
    ----------
    first, second
        Each by descending probability.
    k
        Largest number of candidates returned.

    Examples
    --------
    >>> offers = [Candidate(ActionKind.PRODUCT_OFFER, ItemNumber(9), 0.3, 9)]
    >>> refills = [Candidate(ActionKind.BUY_AGAIN, ItemNumber(4), p, 0) for p in (0.5, 0.3)]
    >>> [candidate.item for candidate in merge_kinds(offers, refills, 10)]
    [4, 4, 9]
    """
    merged: list[Candidate] = []
    at_first = at_second = 0
    while len(merged) < k and (at_first < len(first) or at_second < len(second)):
        if at_second == len(second) or (
            at_first < len(first) and _precedes(first[at_first], second[at_second])
        ):
            merged.append(first[at_first])
            at_first += 1
        else:
            merged.append(second[at_second])
            at_second += 1
    return merged


def _precedes(a: Candidate, b: Candidate) -> bool:
    return a.probability > b.probability or (a.probability == b.probability and a.item < b.item)
