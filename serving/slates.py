"""A decision as the bytes of its answer."""

import os
from datetime import UTC, datetime
from typing import cast

import msgspec

from recommender.decisions import ActionKind, Decision
from recommender.engine.decision_ids import RANDOM_BYTES, new_decision_id
from recommender.types import CustomerId
from serving.slate_text import SlateText
from serving.snapshots import Serving
from serving.wire import ActionAnswer, Slate

_ENCODER = msgspec.json.Encoder()
_ACTION = {kind: f'"action":"{kind.value}"' for kind in ActionKind}


def encode_slate(
    decision: Decision,
    text: SlateText,
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
            actions=_actions(decision, text),
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


def _actions(decision: Decision, text: SlateText) -> list[ActionAnswer]:
    """Return the actions as the bytes of their array.

    They say what a list of :class:`ActionAnswer` says, joined from what :class:`SlateText` keeps per item.
    """
    parts = []
    for rank, one in enumerate(decision.actions, start=1):
        head, tail = text.card(one.item)
        due = "" if one.due_at_s is None else f',"due_at":{_moment(one.due_at_s)}'
        parts.append(
            f'{{"rank":{rank},{_ACTION[one.action]},{head},"score":{round(one.score, 6)!r},'
            f'"reason":{text.reason(one.reason)},"source":"{one.source}",'
            f'"receipt":"{decision.decision_id}#{rank}"{tail}{due}}}'
        )
    # msgspec writes a Raw as it is.
    return cast("list[ActionAnswer]", msgspec.Raw(f"[{','.join(parts)}]".encode()))


def _moment(seconds: int) -> str:
    return _ENCODER.encode(datetime.fromtimestamp(seconds, UTC)).decode()
