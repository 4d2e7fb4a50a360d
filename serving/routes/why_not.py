"""``GET /v1/customers/{id}/why-not``: why a customer does not get an action, or an item, now."""

import asyncio
import os
from datetime import UTC

from recommender.decisions import DecisionRequest
from recommender.decisions.request import MAX_ACTIONS
from recommender.decisions.why_not import Explanation
from recommender.engine.decision_ids import RANDOM_BYTES, new_decision_id
from recommender.engine.explaining import Explainer
from recommender.errors import InvalidRequestError, NotFoundError
from recommender.types import ItemNumber
from serving.answering import check_not_erased
from serving.answers import Answer, json_answer
from serving.call import Call
from serving.parameters import customer_id_of, item_id_of, label, whole_number
from serving.purchase_facts import PurchaseFacts
from serving.receipt_gates import at
from serving.receipt_wire import ExplanationAnswer, WhyNotAnswer


async def get_why_not(call: Call) -> Answer:
    """Decide now as for the customer, and explain what became of an action or an item in it."""
    query = call.query("action", "item_id", "channel", "placement", "k")
    customer_id = customer_id_of(call.path["id"])
    action, item_id = label("action", query.get("action")), query.get("item_id")
    if action is None and item_id is None:
        raise InvalidRequestError(
            "nothing was asked about", expected="action, item_id, or both", found="neither"
        )
    request = DecisionRequest(
        k=whole_number("k", query["k"], 1, MAX_ACTIONS) if "k" in query else DecisionRequest().k,
        channel=label("channel", query.get("channel")),
        placement=label("placement", query.get("placement")),
    )
    number = None if item_id is None else await _number_of(call, item_id)
    services = call.services
    state = await services.engine.read_state(customer_id)
    serving = await services.serving()
    if state.version == 0:
        await check_not_erased(services, customer_id, request, serving.snapshot.playbook)
    now = services.clock().astimezone(UTC)
    request = await services.engine.with_goodwill_left(customer_id, state, request, serving.snapshot)
    moment = (now, new_decision_id(int(now.timestamp() * 1e6), os.urandom(RANDOM_BYTES)))
    explainer = await asyncio.to_thread(
        Explainer.of, services.engine.deciding, (customer_id, state), request, serving.snapshot, moment
    )
    found = await asyncio.to_thread(explainer.ask, action, number)
    known = (state.version, int(now.timestamp()))
    facts = await asyncio.to_thread(
        PurchaseFacts.of, services.engine.log, serving.cards.catalogue, customer_id, known
    )
    return json_answer(
        WhyNotAnswer(
            customer_id=customer_id,
            customer_version=state.version,
            playbook_version=serving.snapshot.playbook.version,
            decided_at=now,
            explanations=[_told(one, number, facts) for one in found],
            action=action,
            item_id=item_id,
            channel=request.channel,
        )
    )


def _told(one: Explanation, number: ItemNumber | None, facts: PurchaseFacts) -> ExplanationAnswer:
    because = one.because
    if one.verdict == "stopped":
        because = facts.because(one.code, number, because)
    return ExplanationAnswer(
        verdict=one.verdict,
        code=one.code,
        because=because,
        rank=one.rank,
        expected_value=one.expected_value,
        needed=one.needed,
        opens_at=at(one.opens_s),
    )


async def _number_of(call: Call, text: str) -> ItemNumber:
    item_id = item_id_of(text)
    number = await asyncio.to_thread(call.services.engine.log.numbers.get, item_id)
    if number is None:
        raise NotFoundError(
            "there is no such item",
            expected="an item of the catalogue or of a purchase",
            found=item_id[:80],
            remedy="describe it with PUT /v1/items",
        )
    return number
