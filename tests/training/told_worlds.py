"""Decisions of the first of May with what followed, as a real log holds them."""

from datetime import UTC, datetime, timedelta

from recommender.decisions import Decision, DecisionRequest, ScoredAction, encode_receipt
from recommender.decisions.reasons import Reason, ReasonKind
from recommender.decisions.trace import Trace, Weighed
from recommender.events.vocabulary import (
    Impression,
    OrderLine,
    Purchase,
    Response,
)
from recommender.fitting.propensity import LoggedOutcomes
from recommender.models.propensity import FEATURES
from recommender.playbook.kinds import ActionKind
from recommender.storage.log import EventLog
from recommender.storage.receipts import StoredReceipt
from recommender.types import DecisionId, ItemId, ModelVersion
from training.told import logged_outcomes

START = datetime(2024, 5, 1, 12, tzinfo=UTC)


HORIZON = timedelta(days=14)


UNTIL = START + timedelta(days=60)


def at(days: float) -> datetime:
    return START + timedelta(days=days)


def bought(days: float, item: str = "mug", customer: str = "ada") -> Purchase:
    name = f"{customer}-{item}-{days}"
    return Purchase(
        source="shop",
        event_id=name,
        occurred_at=at(days),
        customer_id=customer,
        order_id=name,
        lines=(OrderLine(item_id=item),),
    )


def seen(decision: str = "d1", rank: int = 1, days: float = 0.1, customer: str = "ada") -> Impression:
    name = f"{decision}-{rank}"
    return Impression(
        source="site",
        event_id=name,
        occurred_at=at(days),
        customer_id=customer,
        decision_id=decision,
        rank=rank,
    )


def responded(outcome: str, decision: str = "d1", rank: int = 1) -> Response:
    return Response(
        source="site",
        event_id=f"r-{decision}-{rank}",
        occurred_at=at(1),
        customer_id="ada",
        decision_id=decision,
        rank=rank,
        outcome=outcome,  # type: ignore[arg-type]  # one of the three
    )


def decide(
    log: EventLog,
    *actions: ScoredAction,
    decision: str = "d1",
    channel: str | None = "web",
    since_days: float | None = None,
    customer: str = "ada",
) -> None:
    """Write the receipt of a decision that was made at the start, on all that has arrived."""
    weighed = (
        Weighed(0, one.action_id, one.item, one.source, one.subject, one.fact, 0, since_s=since(since_days))
        for one in actions
    )
    made = Decision(
        decision_id=DecisionId(decision),
        customer_version=log.head(),
        model_version=ModelVersion("1"),
        catalogue_version=0,
        cold=False,
        served_by="model",
        actions=actions,
        decided_at_us=int(START.timestamp() * 1e6),
        gated={},
        trace=None if since_days is None else Trace(weighed=tuple(weighed)),
    )
    content = encode_receipt(made, DecisionRequest(channel=channel))
    log.put_receipts([StoredReceipt(DecisionId(decision), customer, START, content)])


def since(days: float | None) -> int:
    return 0 if days is None else int(at(days).timestamp())


def action(
    log: EventLog, kind: ActionKind, item: str | None = None, score: float = 0.2, subject: str = ""
) -> ScoredAction:
    number = None if item is None else log.numbers[ItemId(item)]
    reason, name = Reason(ReasonKind.POPULAR), f"my-{kind.value}"
    return ScoredAction(kind, number, score, reason, "test", action_id=name, subject=subject)


def rows(log: EventLog, until: datetime = UNTIL) -> LoggedOutcomes:
    return logged_outcomes(log, until, HORIZON)


def features_of(outcomes: LoggedOutcomes, row: int = 0) -> dict[str, float]:
    return dict(zip(FEATURES, outcomes.features[row], strict=True))
