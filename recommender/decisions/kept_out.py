"""What keeps a product out of every slate, in words: what was bought, the cart, and what the catalogue says."""

from typing import Final

from recommender.actions.telling import ago, ahead
from recommender.candidates.codes import (
    IS_IN_CART,
    IS_NOT_A_PRODUCT,
    IS_NOT_ACTIVE,
    IS_UNAVAILABLE,
    REASON_OF_CODE,
)
from recommender.catalog import Catalogue
from recommender.customers import CustomerState
from recommender.decisions.stops import Stop, stop
from recommender.types import ItemNumber

_WORDS: Final = {
    IS_IN_CART: "it, or a variant of it, is in the cart",
    IS_NOT_A_PRODUCT: "the catalogue says that it is no product",
    IS_UNAVAILABLE: "the catalogue says that it is not available",
}


def kept_out(code: int, item: ItemNumber, known: tuple[CustomerState, Catalogue], now_s: int) -> Stop:
    """Return the gate of a code that compiled code found for an item, with the fact.

    Parameters
    ----------
    code
        Neither allowed nor not proposed.
    known
        The customer, and the catalogue of the decision.
    """
    state, catalogue = known
    reason = REASON_OF_CODE[code]
    if code == IS_NOT_ACTIVE:
        from_s, until_s = int(catalogue.active_from_s[item]), int(catalogue.active_until_s[item])
        if now_s < from_s:
            return stop(reason, f"its sale begins {ahead(from_s, now_s)}", opens_s=from_s)
        return stop(reason, f"its sale ended {ago(until_s, now_s)}")
    return stop(reason, _WORDS[code] if code in _WORDS else _bought(state, item, now_s))


def _bought(state: CustomerState, item: ItemNumber, now_s: int) -> str:
    """Return when the item itself was last bought; of one of which nothing was, a variant was."""
    rows = (state.items.number == item).nonzero()[0]
    if rows.size == 0:
        return "a variant of it was bought"
    return f"bought {ago(int(state.items.last_s[rows[0]]), now_s)}"
