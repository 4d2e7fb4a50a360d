"""A decision as the bytes of its answer."""

import functools
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import msgspec

from recommender.decisions import ActionKind, Decision, ScoredAction
from recommender.decisions.decision import NO_PLAYBOOK
from recommender.engine.decision_ids import RANDOM_BYTES, new_decision_id
from recommender.types import CustomerId
from serving.slate_text import SlateText
from serving.snapshots import Serving
from serving.wire import ActionAnswer, Shape, Slate

_ENCODER = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer says beside its decision.

    Parameters
    ----------
    unknown_items
        Items of the request that nobody knows.
    ranks
        The actions that may be said, by their rank; None: all.
    request_id, reserved_until, sent_at
        Of a request that was answered once.
    currency
        Of amounts and expected values.
    because
        Why nothing was decided.
    way_out
        The link to unsubscribe from what an action says, by its id; None: nothing goes out, or nobody knows our address.
    """

    unknown_items: tuple[str, ...] = ()
    ranks: tuple[int, ...] | None = None
    request_id: str | None = None
    reserved_until: datetime | None = None
    currency: str | None = None
    degraded: bool = False
    because: str | None = None
    way_out: Callable[[str], str] | None = None
    sent_at: datetime | None = None


_NO_MORE = Told()


def encode_slate(
    decision: Decision, text: SlateText, customer_id: CustomerId | None, told: Told = _NO_MORE
) -> bytes:
    """Return the answer of a decision as JSON."""
    is_declared = decision.playbook_version != NO_PLAYBOOK
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
            actions=_actions(decision, text, told),
            unknown_items=told.unknown_items,
            degraded=told.degraded,
            playbook_version=decision.playbook_version if is_declared else None,
            currency=told.currency if is_declared else None,
            request_id=told.request_id,
            reserved_until=told.reserved_until,
            next_at=_at(decision.next_s),
            because=told.because,
            sent_at=told.sent_at,
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


def _actions(decision: Decision, text: SlateText, told: Told) -> list[ActionAnswer]:
    """Return the actions as the bytes of their array.

    They say what a list of :class:`ActionAnswer` says, joined from what :class:`SlateText` keeps per item.
    """
    parts, ranks = [], told.ranks
    for rank, one in enumerate(decision.actions, start=1):
        if ranks is not None and rank not in ranks:
            continue
        head, tail = text.card(one.item)
        due = "" if one.due_at_s is None else f',"due_at":{_moment(one.due_at_s)}'
        more = "" if one.factors is None else _declared(one, told.way_out)
        parts.append(
            f'{{"rank":{rank},{_action(one.action_id, one.action)}{head},"score":{round(one.score, 6)!r},'
            f'"reason":{text.reason(one.reason)},"source":"{one.source}",'
            f'"receipt":"{decision.decision_id}#{rank}"{tail}{due}{more}}}'
        )
    # msgspec writes a Raw as it is.
    return cast("list[ActionAnswer]", msgspec.Raw(f"[{','.join(parts)}]".encode()))


@functools.lru_cache(maxsize=4096)
def _action(action_id: str, kind: ActionKind) -> str:
    """Return the members that name an action; a playbook has a few, said again and again."""
    return f'"action":{_ENCODER.encode(action_id or kind.value).decode()},"kind":"{kind.value}"'


def _declared(one: ScoredAction, way_out: Callable[[str], str] | None) -> str:
    """Return the members that only a playbook gives, each with a comma in front."""
    shown = _Declared(
        text=one.text or None,
        expected_value=None if one.expected_value is None else round(one.expected_value, 6),
        deadline_at=_at(one.deadline_s),
        amount=one.amount or None,
        unsubscribe_url=None if way_out is None else way_out(one.action_id),
    )
    members = _ENCODER.encode(shown)[1:-1].decode()
    return "," + members if members else ""


class _Declared(Shape, frozen=True):
    """The fields of :class:`serving.wire.ActionAnswer` that only a playbook gives."""

    text: str | None = None
    expected_value: float | None = None
    deadline_at: datetime | None = None
    amount: float | None = None
    unsubscribe_url: str | None = None


def _at(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _moment(seconds: int) -> str:
    return _ENCODER.encode(datetime.fromtimestamp(seconds, UTC)).decode()
