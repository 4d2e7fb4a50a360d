"""Decisions of many customers as the rows of a campaign file, and the counts of what they hold."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from recommender.candidates import Assortment
from recommender.customers import CustomerState
from recommender.decisions import Decision, DecisionRequest, decide, reason_text
from recommender.models import FittedModels
from recommender.types import CustomerId, DecisionId
from training.columns import EXPORT_COLUMNS

if TYPE_CHECKING:
    import polars as pl

SCORE_DECIMALS = 6
"""As the API answers; further digits are noise of single precision."""

NO_CANDIDATES = "no_candidates"
"""Why a customer has no action although no gate kept anything out."""


@dataclass(slots=True)
class Tally:
    """What some decisions hold.

    Attributes
    ----------
    rows
        Actions.
    cold
        Customers of whom nothing was known: they got what is popular.
    without
        Customers without any action, by the gate that kept most of their candidates out.
    """

    rows: int = 0
    cold: int = 0
    without: Counter[str] = field(default_factory=Counter)

    def count(self, decision: Decision) -> None:
        """Count one customer's decision."""
        self.rows += len(decision.actions)
        self.cold += decision.cold
        if not decision.actions:
            gates = sorted(decision.gated.items(), key=lambda gate: (-gate[1], gate[0]))
            self.without[gates[0][0] if gates and gates[0][1] else NO_CANDIDATES] += 1

    def add(self, other: "Tally") -> None:
        """Add the counts of another part."""
        self.rows += other.rows
        self.cold += other.cold
        self.without += other.without

    def to_json(self) -> str:
        """Return the counts as text."""
        return json.dumps([self.rows, self.cold, self.without], sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read the counts back.

        Examples
        --------
        >>> Tally.from_json(Tally(3, 1, Counter(owned=2)).to_json())
        Tally(rows=3, cold=1, without=Counter({'owned': 2}))
        """
        rows, cold, without = json.loads(text)
        return cls(rows, cold, Counter(without))


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

    def rows(
        self, customers: Sequence[CustomerId], states: Sequence[CustomerState]
    ) -> "tuple[pl.DataFrame, Tally]":
        """Decide for some customers.

        Returns
        -------
        tuple
            Their rows, customers in the order given and ranks from 1, and the counts.
        """
        tally = Tally()
        rows: list[tuple[str, int, str, str, float, str]] = []
        for customer, state in zip(customers, states, strict=True):
            decision = self.decide(state)
            tally.count(decision)
            rows.extend(self._rows_of(customer, decision))
        return _table(rows), tally

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
