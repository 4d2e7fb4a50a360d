"""A decision as the bytes of its answer."""

import os
from datetime import UTC, datetime

import msgspec

from recommender.decisions import Decision, reason_text
from recommender.engine.decision_ids import RANDOM_BYTES, new_decision_id
from recommender.types import CustomerId
from serving.cards import Cards
from serving.snapshots import Serving
from serving.wire import ActionAnswer, ReasonAnswer, Slate

_ENCODER = msgspec.json.Encoder()


def encode_slate(
    decision: Decision,
    cards: Cards,
    customer_id: CustomerId | None,
    unknown_items: tuple[str, ...] = (),
    *,
    degraded: bool = False,
) -> bytes:
    """Return the answer of a decision as JSON."""
    return _ENCODER.encode(
        Slate(
            decision_id=decision.decision_id,
            customer_id=customer_id,
            cold=decision.cold,
            served_by=decision.served_by,
            model_version=decision.model_version,
            catalogue_version=decision.catalogue_version,
            customer_version=decision.customer_version,
            decided_at=datetime.fromtimestamp(decision.decided_at_us / 1e6, UTC),
            actions=_actions(decision, cards),
            unknown_items=unknown_items,
            degraded=degraded,
        )
    )


def nothing_to_say(serving: Serving, now: datetime) -> Decision:
    """Return the decision for a customer whose history cannot be read: nothing, rather than the wrong thing."""
    now_us = int(now.timestamp() * 1e6)
    return Decision(
        decision_id=new_decision_id(now_us, os.urandom(RANDOM_BYTES)),
        customer_version=0,
        model_version=serving.facts.version,
        catalogue_version=serving.snapshot.assortment.catalogue.version,
        cold=True,
        served_by=serving.served_by,
        actions=(),
        decided_at_us=now_us,
        gated={},
    )


def _actions(decision: Decision, cards: Cards) -> list[ActionAnswer]:
    answers = []
    for rank, chosen in enumerate(decision.actions, start=1):
        card = cards.card(chosen.item)
        answers.append(
            ActionAnswer(
                rank=rank,
                action=chosen.action.value,
                item_id=card.item_id,
                name=card.name,
                category=card.category,
                price=card.price,
                currency=card.currency,
                url=card.url,
                image=card.image,
                score=round(chosen.score, 6),
                reason=ReasonAnswer(
                    code=chosen.reason.kind.value, text=reason_text(chosen.reason, cards.name_of)
                ),
                source=chosen.source,
                receipt=f"{decision.decision_id}#{rank}",
                due_at=None if chosen.due_at_s is None else datetime.fromtimestamp(chosen.due_at_s, UTC),
            )
        )
    return answers
