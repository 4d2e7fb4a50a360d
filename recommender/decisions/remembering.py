"""Rankings of one customer that are used again: ranking is most of what a decision costs, and changes slowly."""

from typing import NamedTuple

from recommender.customers import CustomerState
from recommender.decisions.prepared import Prepared
from recommender.decisions.ranking import ProductRanking, narrowed, ranked_products
from recommender.decisions.request import DecisionRequest
from recommender.decisions.score_memory import ScoreMemory
from recommender.decisions.sought import Sought


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
        if sought.deeper > mine.deeper or any(map(int.__gt__, sought.closed, mine.closed)):
            return False
        return _is_within(sought.selectors, mine.selectors) and _is_within(sought.repeaters, mine.repeaters)

    def and_also(self, sought: Sought) -> Sought:
        """Return what asks for both, for nobody's market."""
        mine = self.sought
        offers, repeats = mine.offers or sought.offers, mine.repeats or sought.repeats
        return Sought(
            offers,
            repeats,
            pinned=mine.pinned,
            selectors=_united(mine.selectors, sought.selectors),
            repeaters=_united(mine.repeaters, sought.repeaters),
            closed=(max(mine.closed[0], sought.closed[0]), max(mine.closed[1], sought.closed[1])),
            deeper=max(mine.deeper, sought.deeper),
        )


def _is_within(some: frozenset[int] | None, others: frozenset[int] | None) -> bool:
    """Whether columns are among others; None are all."""
    return others is None or (some is not None and some <= others)


def _united(some: frozenset[int] | None, others: frozenset[int] | None) -> frozenset[int] | None:
    return None if some is None or others is None else some | others


def _with_spare(sought: Sought) -> Sought:
    """Return what also serves when twice as many products rest: each contact makes one more of them rest."""
    offers, repeats = sought.closed
    return sought._replace(closed=(2 * offers, 2 * repeats))


class RankingMemory:
    """Remembers how products were ranked for one customer; not shared between threads.

    A ranking is used again for the same purchases, bundle, playbook and question as long as its scores are. The decision
    is then the one that ranking anew would give as of the time of these: probabilities, due times and reasons of products,
    and which of them are sold, are as old as they. Everything else is decided now. What was ranked for more actions serves
    fewer of them; it may hold more unlikely products than ranking for these alone.

    Parameters
    ----------
    scores
        What the rankings are made from; memories of several playbooks may share them.

    Examples
    --------
    >>> RankingMemory().ranked_anew
    0
    """

    __slots__ = ("_as_of_s", "_held", "_of", "ranked_anew", "scores")

    scores: ScoreMemory

    def __init__(self, scores: ScoreMemory | None = None) -> None:
        self.scores = ScoreMemory() if scores is None else scores
        self._of: tuple[CustomerState, Prepared] | None = None
        self._as_of_s = 0
        self._held: dict[_Asked, _Held] = {}
        self.ranked_anew = 0

    def ranked(
        self, state: CustomerState, request: DecisionRequest, ready: Prepared, sought: Sought, now_s: int
    ) -> ProductRanking:
        """Return what :func:`ranked_products` does as of the time of the scores, from memory where it is known."""
        self._forget_others(state, ready, now_s)
        asked = _Asked(sought.pinned, request.k, request.cart, request.session)
        held = self._held.get(asked)
        if held is None or not held.covers(sought):
            wider = sought if held is None else _with_spare(held.and_also(sought))
            self.ranked_anew += 1
            held = self._held[asked] = _Held(wider, self._ranked(state, request, ready, wider))
        if held.sought is sought:
            return held.ranking
        return narrowed(held.ranking, ready, held.sought, sought, request.k)

    def _ranked(
        self, state: CustomerState, request: DecisionRequest, ready: Prepared, sought: Sought
    ) -> ProductRanking:
        as_of_s = self._as_of_s
        if request.cart or request.session:
            return ranked_products(state, request, ready, sought, as_of_s)
        _, scores = self.scores.of(state, ready.assortment, as_of_s)
        return ranked_products(state, request, ready, sought, as_of_s, scores)

    def _forget_others(self, state: CustomerState, ready: Prepared, now_s: int) -> None:
        """Forget rankings of other purchases, and those that are too old."""
        as_of_s, of = self.scores.as_of(state, now_s), self._of
        is_same = of is not None and state.shares_purchases(of[0]) and of[1] is ready
        if not is_same or as_of_s != self._as_of_s:
            self._of, self._as_of_s = (state, ready), as_of_s
            self._held.clear()
