"""What a customer allows: ``GET`` and ``POST /v1/customers/{id}/consents``."""

import asyncio
import difflib
import os
from datetime import datetime

from recommender.contacts.unsubscribing import PURPOSE
from recommender.customers.dealings import Dealings
from recommender.engine.decision_ids import RANDOM_BYTES, new_decision_id
from recommender.engine.engine import Engine
from recommender.errors import InvalidRequestError
from recommender.events.validation import check_happened
from recommender.events.vocabulary import ConsentChange
from recommender.playbook.model import Playbook
from recommender.types import CustomerId
from serving.answers import Answer, json_answer
from serving.body import decode
from serving.call import Call
from serving.consent_wire import ConsentBody, ConsentsAnswer
from serving.consents import CONSENT_EVENT, ConsentPage, heard_at
from serving.parameters import IDEMPOTENCY_KEY, customer_id_of, event_id_of


async def get_consents(call: Call) -> Answer:
    """Answer with the newest word per channel and topic, and what the gate makes of it."""
    call.query()
    customer_id = customer_id_of(call.path["id"])
    engine = call.services.engine
    state = await engine.read_unerased_state(customer_id)
    page = await asyncio.to_thread(_page, engine, customer_id, state.dealings)
    return json_answer(
        ConsentsAnswer(
            customer_id=customer_id,
            customer_version=state.version,
            playbook_version=page.playbook.version,
            consents=page.states(),
        )
    )


async def post_consent(call: Call) -> Answer:
    """Note what the customer allows, durably; the next decision obeys. The same one again is answered with 200."""
    call.query()
    customer_id = customer_id_of(call.path["id"])
    body = decode(await call.body(), ConsentBody, InvalidRequestError, "the fields of a consent, see /docs")
    engine = call.services.engine
    _check_channel(body.channel, engine.playbooks.current)
    now = call.services.clock()
    if body.said_at is not None:
        check_happened("said_at", body.said_at, now)
    event = await asyncio.to_thread(_event, call, body, customer_id, now)
    is_dated = body.said_at is not None
    _, is_new = await engine.tell_once(event, is_dated=is_dated)
    # Who was erased since has no word any more, and must not be answered as if it held.
    state = await engine.read_unerased_state(customer_id)
    page = await asyncio.to_thread(_page, engine, customer_id, state.dealings)
    return json_answer(page.state((body.channel, body.topic)), 201 if is_new else 200)


def _event(call: Call, body: ConsentBody, customer_id: CustomerId, now: datetime) -> ConsentChange:
    given = event_id_of(call.header(IDEMPOTENCY_KEY), body.event_id)
    if given is None:
        given = new_decision_id(int(now.timestamp() * 1e6), os.urandom(RANDOM_BYTES))
    said_at = body.said_at
    if said_at is None:
        said_at = heard_at(call.services.engine, customer_id, body.channel, now)
    return ConsentChange(
        source=body.source,
        event_id=given,
        occurred_at=said_at,
        customer_id=customer_id,
        consent_channel=body.channel,
        status=body.status,
        topic=body.topic,
        evidence=body.evidence,
    )


def _page(engine: Engine, customer_id: CustomerId, dealings: Dealings) -> ConsentPage:
    stored = engine.log.events_of_person(customer_id, kinds=(CONSENT_EVENT,))
    key = engine.log.key_for(PURPOSE)
    return ConsentPage(dealings, stored, engine.playbooks.current, customer_id, key)


def _check_channel(channel: str, playbook: Playbook) -> None:
    """A word on a channel that is called otherwise would stop nothing."""
    known = sorted(playbook.channels)
    if not known or channel in known:
        return
    near = difflib.get_close_matches(channel, known, n=1)
    raise InvalidRequestError(
        "the playbook has no such channel",
        expected="one of " + ", ".join(known),
        found=channel[:80] or "an empty text",
        remedy=f"did you mean {near[0]}?"
        if near
        else "declare it in the playbook, or send a consent_change event",
    )
