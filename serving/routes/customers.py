"""``GET /v1/customers/{id}``: everything that happened with one customer, on every channel, from the log."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
import numpy as np

from recommender.customers import CustomerState
from recommender.engine.engine import Engine
from recommender.errors import InvalidRequestError, NotFoundError
from recommender.events.codec import encode_event
from recommender.storage.results import StoredEvent
from recommender.types import CustomerId, ItemNumber
from serving.answers import Answer, json_answer
from serving.auth.access import Operation, may
from serving.call import Call
from serving.cards import Cards
from serving.dealings import dealings_answer, moment
from serving.found import profile_answer
from serving.parameters import customer_id_of, flag, whole_number
from serving.wire import CustomerAnswer, HistoryEvent, HoldingAnswer, Totals

DEFAULT_LIMIT = 50
MAX_LIMIT = 500


async def get_customer(call: Call) -> Answer:
    """Answer with totals, holdings, dealings and one page of history."""
    query = call.query("limit", "cursor", "person")
    customer_id = customer_id_of(call.path["id"])
    limit = whole_number("limit", query.get("limit", str(DEFAULT_LIMIT)), 1, MAX_LIMIT)
    after = whole_number("cursor", query["cursor"], 1, 2**62) if "cursor" in query else None
    cards = call.services.models.current.cards
    asked = _Asked(customer_id, limit, after, flag("person", query.get("person", "false")))
    now = call.services.clock()
    page = await asyncio.to_thread(_page_of, call.services.engine, cards, asked, now)
    if not may(call.caller, Operation.READ_PROFILE):
        page = msgspec.structs.replace(page, profile=None)
    return json_answer(page)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Whose page, and which part of the history; ``of_person``: with that of the other ids of the person."""

    customer_id: CustomerId
    limit: int
    after: int | None
    of_person: bool


def _page_of(engine: Engine, cards: Cards, asked: _Asked, now: datetime) -> CustomerAnswer:
    """Read and fold in a thread: the largest histories take tens of milliseconds."""
    customer_id = asked.customer_id
    version = engine.log.version_of(customer_id)
    stored = engine.log.events_of_person(customer_id)
    if not stored:
        engine.erasing.refuse(customer_id)
        raise NotFoundError(
            "there is no event of this customer",
            expected="a customer of the log",
            remedy="check the id; actions are answered for unknown customers too",
        )
    state = engine.fold([one.event for one in stored], version)
    told = stored if asked.of_person else [one for one in stored if one.event.customer_id == customer_id]
    history, cursor = _page(told, asked.limit, asked.after)
    return CustomerAnswer(
        customer_id=customer_id,
        customer_version=version,
        totals=_totals(stored, state),
        holdings=_holdings(state, cards),
        dealings=dealings_answer(state.dealings, cards, now),
        history=history,
        profile=profile_answer(engine.log.profile_of(customer_id)),
        same_person=tuple(engine.log.person_of(customer_id)),
        next_cursor=cursor,
    )


def _page(
    stored: Sequence[StoredEvent], limit: int, after: int | None
) -> tuple[list[HistoryEvent], str | None]:
    """Return one page, newest first, and the cursor of the next: the place in the log of the last event shown."""
    newest_first = list(reversed(stored))
    start = 0 if after is None else _place_of(newest_first, after) + 1
    shown = newest_first[start : start + limit]
    more = start + limit < len(newest_first)
    history = [
        HistoryEvent(seq=one.seq, received_at=one.received_at, event=msgspec.Raw(encode_event(one.event)))
        for one in shown
    ]
    return history, str(shown[-1].seq) if more else None


def _place_of(events: Sequence[StoredEvent], seq: int) -> int:
    for place, one in enumerate(events):
        if one.seq == seq:
            return place
    raise InvalidRequestError(
        "the cursor is not of this customer",
        expected="next_cursor of the page before",
        found=str(seq),
        remedy="start again without a cursor",
    )


def _totals(stored: Sequence[StoredEvent], state: CustomerState) -> Totals:
    kinds = Counter(str(one.event.__struct_config__.tag) for one in stored)
    return Totals(
        orders=state.orders,
        order_lines=state.lines,
        events=len(stored),
        events_by_type=dict(sorted(kinds.items())),
        unmatched_returns=state.unmatched_returns,
        first_bought_at=moment(state.first_s) if state.has_bought else None,
        last_bought_at=moment(state.last_s) if state.has_bought else None,
    )


def _holdings(state: CustomerState, cards: Cards) -> list[HoldingAnswer]:
    """Return what is held, the newest purchase first; equal times by item number."""
    items = state.items
    answers = []
    for row in np.lexsort((items.number, -items.last_s.astype(np.int64))).tolist():
        card = cards.card(ItemNumber(int(items.number[row])))
        answers.append(
            HoldingAnswer(
                item_id=card.item_id,
                name=card.name,
                owned=float(items.owned[row]),
                orders=int(items.orders[row]),
                first_bought_at=moment(int(items.first_s[row])),
                last_bought_at=moment(int(items.last_s[row])),
            )
        )
    return answers
