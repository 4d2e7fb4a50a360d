"""What staff overrules: ``POST`` and ``GET /v1/customers/{id}/overrides``, and ``DELETE`` of one of them."""

import asyncio
import difflib
import os
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from recommender.customers.dealings import StaffOverride
from recommender.customers.overrides import in_force, not_replaced
from recommender.engine.decision_ids import RANDOM_BYTES, new_decision_id
from recommender.errors import InvalidRequestError, NotFoundError
from recommender.events.vocabulary import Override
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Playbook
from recommender.types import CustomerId, ItemId
from recommender.value_rules import shown
from serving.answers import Answer, json_answer
from serving.body import decode
from serving.call import Call
from serving.dealings import override_answer
from serving.override_wire import OverrideBody, OverridesAnswer
from serving.parameters import IDEMPOTENCY_KEY, customer_id_of, event_id_of, item_id_of, named_id

SOURCE: Final = "staff"
OVERRIDE_EVENT: Final = "override"
_MOMENT: Final = timedelta(microseconds=1)


async def post_override(call: Call) -> Answer:
    """Overrule, durably; the next decision obeys. The same one again is answered as the first time, with 200."""
    call.query()
    customer_id = customer_id_of(call.path["id"])
    body = decode(
        await call.body(), OverrideBody, InvalidRequestError, "the fields of an override, see /docs"
    )
    engine = call.services.engine
    now = call.services.clock()
    event_id, is_repeat = await _identity(call, body, now)
    if not is_repeat:
        _check(body, engine.playbooks.current, now)
        await _check_item(call, body.item_id)
    override = Override(
        source=SOURCE,
        event_id=event_id,
        occurred_at=now,
        customer_id=customer_id,
        kind=body.kind,
        author=body.author,
        reason=body.reason,
        expires_at=body.expires_at,
        action=body.action,
        item_id=body.item_id,
        amount=body.amount,
        currency=_currency(body, engine.playbooks.current),
    )
    written, is_new = await engine.tell_once(override, is_dated=False)
    shown = override_answer(_as_folded(call, written), call.services.models.current.cards)
    return json_answer(shown, 201 if is_new else 200)


async def get_overrides(call: Call) -> Answer:
    """Answer with the overrides that hold now, newest first; one that is dated ahead does not yet."""
    call.query()
    customer_id = customer_id_of(call.path["id"])
    state = await call.services.engine.read_unerased_state(customer_id)
    cards = call.services.models.current.cards
    now = call.services.clock()
    held = in_force(state.dealings.overrides, int(now.timestamp()))
    return json_answer(
        OverridesAnswer(customer_id, state.version, [override_answer(one, cards) for one in reversed(held)])
    )


async def delete_override(call: Call) -> Answer:
    """End an override now, or before it begins, as an event of its own; answers with the end."""
    query = call.query("author", "reason")
    customer_id = customer_id_of(call.path["id"])
    now = call.services.clock()
    state = await call.services.engine.read_unerased_state(customer_id)
    found = [one for one in _not_over(state.dealings.overrides, now) if one.event_id == call.path["event_id"]]
    if not found:
        raise NotFoundError(
            "there is no such override that holds",
            expected="the event_id of one of GET .../overrides",
            found=call.path["event_id"][:80],
            remedy="it may have ended already",
        )
    author = named_id("author", query["author"]) if "author" in query else found[0].author
    reason = query.get("reason", "")
    said = (author, reason if reason.strip() else f"ended {found[0].event_id}")
    end = await asyncio.to_thread(_end_of, call, customer_id, found[0], now, said)
    written, _ = await call.services.engine.tell_once(end, is_dated=False)
    return json_answer(override_answer(_as_folded(call, written), call.services.models.current.cards))


def _end_of(
    call: Call, customer_id: CustomerId, one: StaffOverride, now: datetime, said: tuple[str, str]
) -> Override:
    log = call.services.engine.log
    begins = max(
        (
            stored.event.occurred_at
            for stored in log.events_of_person(customer_id, kinds=(OVERRIDE_EVENT,))
            if stored.event.event_id == one.event_id
        ),
        default=now,
    )
    return Override(
        source=SOURCE,
        event_id=new_decision_id(int(now.timestamp() * 1e6), os.urandom(RANDOM_BYTES)),
        occurred_at=max(now, begins + _MOMENT),
        customer_id=customer_id,
        kind=one.kind,
        author=said[0],
        reason=said[1],
        expires_at=now,
        action=one.action,
        item_id=None if one.number is None else log.numbers.id_of(one.number),
    )


def _not_over(overrides: Iterable[StaffOverride], now: datetime) -> list[StaffOverride]:
    now_s = now.timestamp()
    told = not_replaced(overrides, int(now_s))
    return [one for one in told if one.expires_s is None or one.expires_s > now_s]


def _as_folded(call: Call, event: Override) -> StaffOverride:
    number = None
    if event.item_id is not None:
        number = call.services.engine.log.numbers.known().get(ItemId(event.item_id))
    return StaffOverride(
        kind=event.kind,
        author=event.author,
        reason=event.reason,
        at_s=int(event.occurred_at.timestamp()),
        expires_s=None if event.expires_at is None else int(event.expires_at.timestamp()),
        action=event.action,
        number=number,
        amount=None if event.amount is None else float(event.amount),
        currency=event.currency,
        event_id=event.event_id,
    )


async def _identity(call: Call, body: OverrideBody, now: datetime) -> tuple[str, bool]:
    """Return the event id, and whether it was told before: what could be meant then is not asked again."""
    given = event_id_of(call.header(IDEMPOTENCY_KEY), body.event_id)
    if given is None:
        return new_decision_id(int(now.timestamp() * 1e6), os.urandom(RANDOM_BYTES)), False
    event_id = named_id("event_id", given)
    return event_id, await asyncio.to_thread(call.services.engine.log.event, SOURCE, event_id) is not None


# What cannot be meant.


def _check(body: OverrideBody, playbook: Playbook, now: datetime) -> None:
    if body.action is not None:
        _check_action(body.action, playbook)
        if body.kind == "goodwill":
            _check_apology(body.action, playbook)
    if body.expires_at is not None:
        _check_expiry(body.expires_at, now)


def _check_expiry(expires_at: datetime, now: datetime) -> None:
    if expires_at.tzinfo is None:
        raise InvalidRequestError(
            "expires_at has no time zone",
            expected="a time with its offset, such as 2027-01-01T00:00:00Z",
            found=expires_at.isoformat(),
            remedy="add Z or the offset",
        )
    if expires_at <= now:
        raise InvalidRequestError(
            "expires_at is not in the future",
            expected=f"a time with an offset after {now:%Y-%m-%dT%H:%M:%SZ}",
            found=expires_at.isoformat(),
            remedy="leave it out to let the override hold until another one replaces it",
        )


def _check_action(action: str, playbook: Playbook) -> None:
    known = [one.id for one in playbook.actions]
    if action not in known:
        near = difflib.get_close_matches(action, known, n=1)
        raise InvalidRequestError(
            "the playbook has no such action",
            expected="one of " + ", ".join(known),
            found=action[:80] or "an empty text",
            remedy=f"did you mean {near[0]}?" if near else "see GET /v1/playbook",
        )


def _check_apology(action: str, playbook: Playbook) -> None:
    """Only apologies give what was granted."""
    apologies = [one.id for one in playbook.actions if one.kind is ActionKind.APOLOGY]
    if action not in apologies:
        raise InvalidRequestError(
            "goodwill is given with an apology",
            expected="one of " + ", ".join(apologies) if apologies else "an action of kind apology",
            found=action[:80] or "an empty text",
            remedy="leave the action out to grant it for every apology"
            if apologies
            else "the playbook has none: declare one",
        )


def _currency(body: OverrideBody, playbook: Playbook) -> str | None:
    if body.kind != "goodwill":
        return body.currency
    if body.currency is not None and playbook.currency not in (None, body.currency):
        raise InvalidRequestError(
            "goodwill is in another currency than the playbook",
            expected=str(playbook.currency),
            found=shown(body.currency),
            remedy="send the amount in the playbook's currency, without currency if you like",
        )
    return body.currency or playbook.currency


async def _check_item(call: Call, item_id: str | None) -> None:
    """An override about an item that nobody knows would be about nothing."""
    if item_id is None:
        return
    numbers = call.services.engine.log.numbers
    if await asyncio.to_thread(numbers.get, item_id_of(item_id)) is None:
        raise InvalidRequestError(
            "there is no such item",
            expected="an item of the catalogue or of a purchase",
            found=item_id[:80],
            remedy="describe it with PUT /v1/items",
        )
