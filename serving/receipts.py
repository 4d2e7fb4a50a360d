"""A stored receipt as an answer: numbers become ids and names again."""

from datetime import UTC, datetime

from recommender.decisions import Receipt, reason_text
from recommender.types import ItemNumber
from serving.cards import Cards
from serving.wire import ReasonAnswer, ReceiptAction, ReceiptAnswer


def receipt_answer(receipt: Receipt, customer_id: str | None, cards: Cards) -> ReceiptAnswer:
    """Describe a receipt, with the names that items have today."""
    decision, request = receipt.decision, receipt.request
    return ReceiptAnswer(
        decision_id=decision.decision_id,
        customer_id=customer_id,
        decided_at=datetime.fromtimestamp(decision.decided_at_us / 1e6, UTC),
        cold=decision.cold,
        served_by=decision.served_by,
        model_version=decision.model_version,
        catalogue_version=decision.catalogue_version,
        customer_version=decision.customer_version,
        k=request.k,
        kinds=tuple(kind.value for kind in request.kinds),
        placement=request.placement,
        channel=request.channel,
        cart=_ids(request.cart, cards),
        session=_ids(request.session, cards),
        actions=_actions(receipt, cards),
        gated=dict(decision.gated),
    )


def _ids(numbers: tuple[ItemNumber, ...], cards: Cards) -> tuple[str, ...]:
    return tuple(cards.card(number).item_id for number in numbers)


def _actions(receipt: Receipt, cards: Cards) -> list[ReceiptAction]:
    return [
        ReceiptAction(
            rank=rank,
            action=chosen.action.value,
            item_id=cards.card(chosen.item).item_id,
            name=cards.name_of(chosen.item),
            score=round(chosen.score, 6),
            reason=ReasonAnswer(
                code=chosen.reason.kind.value, text=reason_text(chosen.reason, cards.name_of)
            ),
            source=chosen.source,
            due_at=None if chosen.due_at_s is None else datetime.fromtimestamp(chosen.due_at_s, UTC),
        )
        for rank, chosen in enumerate(receipt.decision.actions, start=1)
    ]
