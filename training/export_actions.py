"""Decisions under a playbook as the rows of a campaign file, and who of an audience is asked for at all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, TypeAlias

from recommender.actions.repertoire import Repertoire
from recommender.actions.situation import CustomerSituation, Moment
from recommender.candidates import Assortment
from recommender.contacts.unsubscribing import WaysOut
from recommender.contacts.zones import zone_of
from recommender.customers import CustomerState
from recommender.decisions import Decision, DecisionRequest, ScoredAction, decide, reason_text
from recommender.engine.deciding import circumstances_of
from recommender.models import FittedModels
from recommender.playbook.conditions import CompiledCondition
from recommender.types import CustomerId, DecisionId
from training.columns import PLAYBOOK_COLUMNS, UNSUBSCRIBE_COLUMN
from training.export_left_out import LeftOut, left_out_of
from training.export_rows import SCORE_DECIMALS, Made
from training.export_tally import Tally

if TYPE_CHECKING:
    import polars as pl

Cell: TypeAlias = str | int | float | datetime | None


class RowMaker(Protocol):
    """Decides for some customers."""

    def rows(self, customers: Sequence[CustomerId], states: Sequence[CustomerState]) -> Made:
        """Decide for some customers."""


@dataclass(frozen=True, slots=True)
class PlaybookExporter:
    """One model and one playbook over one assortment, as of one moment; reserves nothing.

    Attributes
    ----------
    models, assortment, repertoire
        What decides.
    request
        What is asked per customer.
    now_s
        The moment of the decisions, seconds since 1970.
    seed_of
        A number that is always the same for a customer: the one that the API draws holdouts by.
    ways_out
        Makes the links to unsubscribe; None: the file has none.
    """

    models: FittedModels
    assortment: Assortment
    repertoire: Repertoire
    request: DecisionRequest
    now_s: int
    seed_of: Callable[[CustomerId], int]
    ways_out: WaysOut | None = None

    def decide(self, customer: CustomerId, state: CustomerState) -> Decision:
        """Decide for one customer; ties and exploration are drawn by who it is and when, so that parts can be made again."""
        return decide(
            state,
            self.request,
            self.models,
            self.assortment,
            now_s=self.now_s,
            decision_id=decision_id_of(customer, self.now_s),
            repertoire=self.repertoire,
            circumstances=circumstances_of(self.models, self.seed_of(customer)),
        )

    def rows(self, customers: Sequence[CustomerId], states: Sequence[CustomerState]) -> Made:
        """Decide for some customers."""
        tally = Tally()
        rows: list[tuple[Cell, ...]] = []
        silent: list[LeftOut | None] = []
        for customer, state in zip(customers, states, strict=True):
            decision = self.decide(customer, state)
            tally.count(decision)
            rows.extend(self._row(customer, rank, one) for rank, one in enumerate(decision.actions, start=1))
            silent.append(left_out_of(customer, decision))
        table = _table(rows, has_way_out=self.ways_out is not None)
        return Made(table, tally, tuple(one for one in silent if one is not None))

    def _row(self, customer: CustomerId, rank: int, one: ScoredAction) -> tuple[Cell, ...]:
        catalogue = self.assortment.catalogue
        factors = one.factors
        return (
            customer,
            rank,
            one.action.value,
            None if one.item is None else catalogue.item_id(one.item),
            round(one.score, SCORE_DECIMALS),
            reason_text(one.reason, catalogue.name),
            one.action_id,
            one.text or None,
            one.subject or None,
            _rounded(one.expected_value),
            *(
                (None,) * 4
                if factors is None
                else (factors.value, factors.context, factors.lever, factors.cost)
            ),
            one.amount or None,
            _moment(one.due_at_s),
            _moment(one.deadline_s),
            one.action_probability,
            *(() if self.ways_out is None else (self.ways_out.url(customer, one.action_id),)),
        )


def decision_id_of(customer: CustomerId, now_s: int) -> DecisionId:
    """Return the identity by which an export draws for a customer."""
    return DecisionId(f"export-{now_s}-{customer}")


@dataclass(frozen=True, slots=True)
class AudienceTest:
    """Says who is in an audience.

    Attributes
    ----------
    condition
        About a customer.
    repertoire
        What its words for categories and plans mean.
    now_s, channel
        When and where it is asked.
    """

    condition: CompiledCondition
    repertoire: Repertoire
    now_s: int
    channel: str | None = None

    def __call__(self, state: CustomerState) -> bool:
        """Whether a customer is in it."""
        zone = zone_of(state.dealings, self.repertoire.playbook)
        moment = Moment(self.now_s, zone, self.channel)
        return self.condition.holds(CustomerSituation(self.repertoire, state, moment))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, SCORE_DECIMALS)


def _moment(at_s: int | None) -> datetime | None:
    return None if at_s is None else datetime.fromtimestamp(at_s, UTC)


def _table(rows: list[tuple[Cell, ...]], *, has_way_out: bool) -> "pl.DataFrame":
    import polars as pl

    types: dict[str, type[pl.DataType] | pl.DataType] = {
        "str": pl.String,
        "int": pl.Int32,
        "float": pl.Float64,
        "time": pl.Datetime("us", "UTC"),
    }
    schema = {name: types[kind] for name, kind in PLAYBOOK_COLUMNS.items()}
    if has_way_out:
        schema[UNSUBSCRIBE_COLUMN] = pl.String
    return pl.DataFrame(rows, schema=schema, orient="row")
