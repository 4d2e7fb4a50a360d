"""Rankings of one customer that are used again: ranking is most of what a decision costs, and changes slowly."""

from typing import Final, NamedTuple

from recommender.customers import CustomerState
from recommender.decisions.prepared import Prepared
from recommender.decisions.ranking import ProductRanking, Sought, narrowed, ranked_products
from recommender.decisions.request import DecisionRequest
from recommender.types import SECONDS_PER_DAY

WEEK_S: Final = 7 * SECONDS_PER_DAY


class _Asked(NamedTuple):
    """What a ranking was asked about; the market is weighed anew every time."""

    pinned: tuple[int, ...]
    k: int
    cart: tuple[int, ...]
    session: tuple[int, ...]


class _Held(NamedTuple):
    """A ranking, and what it was made for."""

    sought: Sought
    ranking: ProductRanking

    def covers(self, sought: Sought) -> bool:
        """Whether everything that is sought is in it."""
        mine = self.sought
        if (sought.offers and not mine.offers) or (sought.repeats and not mine.repeats):
            return False
        return mine.selectors is None or (sought.selectors is not None and sought.selectors <= mine.selectors)

    def and_also(self, sought: Sought) -> Sought:
        """Return what asks for both, for nobody's market."""
        mine = self.sought
        either = None
        if mine.selectors is not None and sought.selectors is not None:
            either = mine.selectors | sought.selectors
        offers, repeats = mine.offers or sought.offers, mine.repeats or sought.repeats
        return Sought(offers, repeats, pinned=mine.pinned, selectors=either)


class RankingMemory:
    """Remembers how products were ranked for one customer; not shared between threads.

    A ranking is used again for the same purchases, bundle, playbook and question until it is older than ``span_s``. The
    decision is then the one that ranking anew would give as of the time at which it was ranked: probabilities, due times
    and reasons of products, and which of them are sold, are up to ``span_s`` old. Everything else is decided now. What was
    ranked for more actions serves fewer of them; it may hold more unlikely products than ranking for these alone.

    Parameters
    ----------
    span_s
        How old a ranking may become, seconds; 0: every decision ranks anew.

    Examples
    --------
    >>> RankingMemory().ranked_anew
    0
    """

    __slots__ = ("_bought", "_held", "_ready", "_span_s", "ranked_anew")

    def __init__(self, span_s: int = WEEK_S) -> None:
        self._span_s = span_s
        self._bought: tuple[object, object] | None = None
        self._ready: Prepared | None = None
        self._held: dict[_Asked, _Held] = {}
        self.ranked_anew = 0

    def ranked(
        self, state: CustomerState, request: DecisionRequest, ready: Prepared, sought: Sought, now_s: int
    ) -> ProductRanking:
        """Return what :func:`ranked_products` does, from memory where it is young enough."""
        self._forget_others(state, ready)
        asked = _Asked(sought.pinned, request.k, request.cart, request.session)
        held = self._held.get(asked)
        if held is not None and not 0 <= now_s - held.ranking.now_s < self._span_s:
            held = None
        if held is None or not held.covers(sought):
            wider = sought if held is None else held.and_also(sought)
            self.ranked_anew += 1
            held = self._held[asked] = _Held(wider, ranked_products(state, request, ready, wider, now_s))
        return held.ranking if held.sought is sought else narrowed(held.ranking, ready, sought)

    def _forget_others(self, state: CustomerState, ready: Prepared) -> None:
        """Forget rankings of other purchases: states that differ in dealings alone share these columns."""
        bought = self._bought
        if (
            bought is None
            or bought[0] is not state.items
            or bought[1] is not state.recent
            or self._ready is not ready
        ):
            self._bought, self._ready = (state.items, state.recent), ready
            self._held.clear()
