"""Decisions of many customers as the rows of a campaign file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recommender.candidates import Assortment
from recommender.customers import CustomerState
from recommender.decisions import Decision, DecisionRequest, decide, reason_text
from recommender.models import FittedModels
from recommender.types import CustomerId, DecisionId
from training.columns import EXPORT_COLUMNS
from training.export_left_out import LeftOut, left_out_of
from training.export_tally import Tally

if TYPE_CHECKING:
    import polars as pl

SCORE_DECIMALS = 6
"""As the API answers; further digits are noise of single precision."""


@dataclass(frozen=True, slots=True)
class Made:
    """What was made of some customers: rows, customers in the order given and ranks from 1, the counts, and who has none."""

    rows: "pl.DataFrame"
    tally: Tally
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class Exporter:
    """One model over one assortment, as of one moment.

    Attributes
    ----------
    models, assortment
        What decides.
    request
        What is asked per customer.
    now_s
        The moment of the decisions, seconds since 1970.
    """

    models: FittedModels
    assortment: Assortment
    request: DecisionRequest
    now_s: int

    def decide(self, state: CustomerState) -> Decision:
        """Decide for one customer."""
        return decide(
            state, self.request, self.models, self.assortment, now_s=self.now_s, decision_id=DecisionId("")
        )

    def rows(self, customers: Sequence[CustomerId], states: Sequence[CustomerState]) -> Made:
        """Decide for some customers."""
        tally = Tally()
        rows: list[tuple[str, int, str, str, float, str]] = []
        silent: list[LeftOut | None] = []
        for customer, state in zip(customers, states, strict=True):
            decision = self.decide(state)
            tally.count(decision)
            rows.extend(self._rows_of(customer, decision))
            silent.append(left_out_of(customer, decision))
        return Made(_table(rows), tally, tuple(one for one in silent if one is not None))

    def _rows_of(self, customer: str, decision: Decision) -> list[tuple[str, int, str, str, float, str]]:
        name_of, models = self.assortment.catalogue.name, self.models
        return [
            (
                customer,
                rank,
                action.action.value,
                models.items.ids[models.index_of_number[action.item]],
                round(action.score, SCORE_DECIMALS),
                reason_text(action.reason, name_of),
            )
            for rank, action in enumerate(decision.actions, start=1)
        ]


def _table(rows: list[tuple[str, int, str, str, float, str]]) -> "pl.DataFrame":
    import polars as pl

    types = (pl.String, pl.Int32, pl.String, pl.String, pl.Float64, pl.String)
    return pl.DataFrame(rows, schema=dict(zip(EXPORT_COLUMNS, types, strict=True)), orient="row")
