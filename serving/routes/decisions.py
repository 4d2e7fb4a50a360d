"""What to say next: ``GET /v1/customers/{id}/actions``, ``POST /v1/decisions`` and ``GET /v1/decisions/{id}``.

The hot path: one read of the customer's state, then either the slate remembered for exactly this state, snapshot and
request, or a new decision.
"""

import asyncio
import contextlib
import functools
from collections.abc import Iterable, Mapping, Set
from datetime import UTC
from functools import partial

import msgspec

from recommender.customers import CustomerState
from recommender.decisions import DecisionRequest, decode_receipt, parse_kinds
from recommender.decisions.request import MAX_ACTIONS, OFFERED_KINDS
from recommender.errors import InvalidRequestError, NotFoundError, UnavailableError
from recommender.storage.log import EventLog
from recommender.storage.numbers import ItemNumbers
from recommender.storage.receipts import StoredReceipt
from recommender.types import CustomerId, DecisionId, ItemId, ItemNumber
from serving.answers import JSON, Answer
from serving.body import decode
from serving.call import Call
from serving.parameters import customer_id_of, decision_id_of, item_id_of, label, parse_query, whole_number
from serving.receipts import receipt_answer
from serving.services import Services
from serving.slate_cache import expiry_s
from serving.slates import encode_slate, nothing_to_say
from serving.wire import DecisionBody

MAX_CONTEXT_ITEMS = 500
RECEIPT_SECONDS = 0.8

_NOBODY = CustomerState.empty()
_DEFAULT = DecisionRequest()


async def get_actions(call: Call) -> Answer:
    """Answer with the slate of one customer."""
    customer_id = customer_id_of(call.path["id"])
    call.check_own(customer_id)
    return await _slate(call, customer_id, _request_of(call.scope["query_string"]), ())


async def post_decision(call: Call) -> Answer:
    """Answer with the slate of a customer or of nobody, given a cart and a session."""
    call.query()
    body = decode(await call.body(), DecisionBody, InvalidRequestError, "the fields of a decision, see /docs")
    customer_id = None if body.customer_id is None else customer_id_of(body.customer_id)
    call.check_own(customer_id)
    _check_length("cart", body.cart)
    _check_length("session", body.session)
    cart, session = _ids(body.cart), _ids(body.session)
    numbers = await _numbers_of(call.services.engine.log.numbers, {*cart, *session})
    request = DecisionRequest(
        k=body.k,
        actions=parse_kinds(",".join(body.actions)) if body.actions is not None else OFFERED_KINDS,
        placement=label("placement", body.placement),
        channel=label("channel", body.channel),
        cart=tuple(numbers[item] for item in cart if item in numbers),
        session=tuple(numbers[item] for item in session if item in numbers),
    ).check()
    unknown = tuple(item for item in dict.fromkeys((*cart, *session)) if item not in numbers)
    return await _slate(call, customer_id, request, unknown)


async def _numbers_of(numbers: ItemNumbers, items: Set[ItemId]) -> Mapping[ItemId, ItemNumber]:
    """Return the numbers of items; those that nobody in this process knows are looked up once, off the event loop."""
    known = numbers.known()
    if not items <= known.keys():
        with contextlib.suppress(UnavailableError):
            await asyncio.to_thread(numbers.refresh)
    return known


async def get_receipt(call: Call) -> Answer:
    """Answer with the stored receipt of a decision."""
    call.query()
    decision_id = decision_id_of(call.path["id"].partition("#")[0])
    stored = await _stored_receipt(call.services.engine.log, decision_id)
    if stored is None:
        raise NotFoundError(
            "there is no receipt of this decision",
            expected="a decision_id of an answer",
            found=decision_id,
            remedy="check the id; a crash loses receipts of its last second",
        )
    return _receipt_answer(call, stored)


async def _stored_receipt(log: EventLog, decision_id: DecisionId) -> StoredReceipt | None:
    """Look twice: another worker may be about to write the receipt of an answer it just gave."""
    stored = await asyncio.to_thread(log.receipt, decision_id)
    if stored is None:
        await asyncio.sleep(RECEIPT_SECONDS)
        stored = await asyncio.to_thread(log.receipt, decision_id)
    return stored


def _receipt_answer(call: Call, stored: StoredReceipt) -> Answer:
    receipt = decode_receipt(stored.content)
    cards = call.services.models.current.cards
    return Answer(msgspec.json.encode(receipt_answer(receipt, stored.customer_id, cards)))


@functools.lru_cache(maxsize=512)
def _request_of(query_string: bytes) -> DecisionRequest:
    """Return what a query asks for; a shop sends the same few again and again."""
    query = parse_query(query_string, ("k", "placement", "channel", "actions"))
    if not query:
        return _DEFAULT
    return DecisionRequest(
        k=whole_number("k", query["k"], 1, MAX_ACTIONS) if "k" in query else _DEFAULT.k,
        actions=parse_kinds(query["actions"]) if "actions" in query else OFFERED_KINDS,
        placement=label("placement", query.get("placement")),
        channel=label("channel", query.get("channel")),
    )


async def _slate(
    call: Call, customer_id: CustomerId | None, request: DecisionRequest, unknown: tuple[str, ...]
) -> Answer:
    with call.services.deciding.answering():
        return await _counted_slate(call.services, customer_id, request, unknown)


async def _counted_slate(
    services: Services, customer_id: CustomerId | None, request: DecisionRequest, unknown: tuple[str, ...]
) -> Answer:
    try:
        state = _NOBODY if customer_id is None else await services.engine.read_state(customer_id)
    except UnavailableError:
        return _degraded(services, customer_id, request)
    serving = await services.serving()
    now = services.clock().astimezone(UTC)
    now_s = int(now.timestamp())
    key = (customer_id, state.version, serving.serial, request, unknown)
    slate = services.slates.get(key, now_s)
    services.telemetry.slate_answered(serving.served_by, "new" if slate is None else "remembered")
    if slate is None:
        decide = partial(services.engine.decide, state, request, serving.snapshot, now, customer_id)
        decision = await services.deciding.run(decide)
        services.engine.record(decision, request, customer_id)
        slate = encode_slate(decision, serving.text, customer_id, unknown)
        services.slates.put(key, slate, expiry_s(serving.boundaries, now_s))
    return Answer(slate, 200, JSON)


def _degraded(services: Services, customer_id: CustomerId | None, request: DecisionRequest) -> Answer:
    """Answer nothing when neither store nor log can say what the customer owns: a shop page must not break."""
    serving = services.models.current
    decision = nothing_to_say(serving, services.clock())
    services.engine.record(decision, request, customer_id)
    services.telemetry.slate_answered(serving.served_by, "degraded")
    return Answer(encode_slate(decision, serving.text, customer_id, degraded=True), 200, JSON)


def _ids(texts: Iterable[str]) -> list[ItemId]:
    return [item_id_of(text) for text in texts]


def _check_length(name: str, items: list[str]) -> None:
    if len(items) > MAX_CONTEXT_ITEMS:
        raise InvalidRequestError(
            f"too many items in the {name}",
            expected=f"at most {MAX_CONTEXT_ITEMS}",
            found=str(len(items)),
            remedy="send the newest ones",
        )
