"""Scores of one customer's products that are used again, by one playbook or by several."""

from typing import Final

from recommender.candidates.assortment import Assortment
from recommender.customers import CustomerState
from recommender.decisions.kernel_inputs import Columns
from recommender.decisions.kernel_inputs import state_columns as columns_of
from recommender.decisions.scored_kernel import Scores, product_scores
from recommender.models.fitted import FittedModels
from recommender.types import SECONDS_PER_DAY

WEEK_S: Final = 7 * SECONDS_PER_DAY


class ScoreMemory:
    """Remembers what the models say of one customer's products; not shared between threads.

    Products are scored as of the moment at which a customer was first looked at with the same purchases, and anew when
    that lies ``span_s`` back.

    Parameters
    ----------
    span_s
        How old scores may become, seconds; 0: they serve the second in which they were made.

    Examples
    --------
    >>> memory, nobody = ScoreMemory(span_s=100), CustomerState.empty()
    >>> [memory.as_of(nobody, now_s) for now_s in (1_000, 1_099, 1_100, 1_050)]
    [1000, 1000, 1100, 1050]
    """

    __slots__ = ("_as_of_s", "_models", "_of", "_scores", "_span_s")

    def __init__(self, span_s: int = WEEK_S) -> None:
        self._span_s = span_s
        self._of: CustomerState | None = None
        self._as_of_s = 0
        self._models: FittedModels | None = None
        self._scores: Scores | None = None

    def as_of(self, state: CustomerState, now_s: int) -> int:
        """Return as of when the products of a customer are scored now: not later, and less than ``span_s`` ago."""
        is_same = self._of is not None and state.shares_purchases(self._of)
        if not is_same or not 0 <= now_s - self._as_of_s < max(self._span_s, 1):
            self._of, self._as_of_s, self._scores = state, now_s, None
        return self._as_of_s

    def of(self, state: CustomerState, assortment: Assortment, now_s: int) -> tuple[int, Scores]:
        """Return as of when the products of a customer with nothing in hand were scored, and the scores.

        Assortments of one bundle share scores: what the catalogue says is asked when they are used.
        """
        as_of_s = self.as_of(state, now_s)
        if self._scores is None or self._models is not assortment.models:
            columns: Columns = columns_of(state)
            self._scores = Scores(*product_scores(columns, assortment.tables, as_of_s))
            self._models = assortment.models
        return as_of_s, self._scores
