"""What to say next: ``GET /v1/customers/{id}/actions``, ``POST /v1/decisions`` and ``GET /v1/decisions/{id}``."""

import asyncio
import contextlib
import functools
from collections.abc import Iterable, Mapping, Set

from recommender.decisions import DecisionRequest, decode_receipt, parse_kinds
from recommender.decisions.request import MAX_ACTIONS
from recommender.engine.patience import in_time
from recommender.engine.receipts import ReceiptBuffer
from recommender.errors import InvalidRequestError, NotFoundError, UnavailableError
from recommender.storage.log import EventLog
from recommender.storage.receipts import StoredReceipt
from recommender.types import CustomerId, DecisionId, ItemId, ItemNumber
from serving.answering import Asked, slate_answer
from serving.answers import Answer, json_answer
from serving.body import decode
from serving.call import Call
from serving.errors import ForbiddenError
from serving.parameters import (
    customer_id_of,
    decision_id_of,
    item_id_of,
    label,
    parse_query,
    request_id_of,
    whole_number,
)
from serving.purchase_facts import PurchaseFacts
from serving.receipts import receipt_answer
from serving.wire import DecisionBody

MAX_CONTEXT_ITEMS = 500
RECEIPT_SECONDS = 0.8

_DEFAULT = DecisionRequest()


async def get_actions(call: Call) -> Answer:
    """Answer with the slate of one customer."""
    customer_id = customer_id_of(call.path["id"])
    call.check_own(customer_id)
    request = _request_of(call.scope["query_string"])
    _check_request_id(call, customer_id, request)
    return await slate_answer(call.services, Asked(customer_id, request))


async def post_decision(call: Call) -> Answer:
    """Answer with the slate of a customer or of nobody, given a cart and a session."""
    call.query()
    body = decode(await call.body(), DecisionBody, InvalidRequestError, "the fields of a decision, see /docs")
    customer_id = None if body.customer_id is None else customer_id_of(body.customer_id)
    call.check_own(customer_id)
    _check_length("cart", body.cart)
    _check_length("session", body.session)
    cart, session = _ids(body.cart), _ids(body.session)
    numbers = await _numbers_of(call.services.engine.log, {*cart, *session})
    request = DecisionRequest(
        k=body.k,
        actions=parse_kinds(",".join(body.actions)) if body.actions is not None else None,
        placement=label("placement", body.placement),
        channel=label("channel", body.channel),
        cart=tuple(numbers[item] for item in cart if item in numbers),
        session=tuple(numbers[item] for item in session if item in numbers),
        request_id=request_id_of(body.request_id),
    ).check()
    _check_request_id(call, customer_id, request)
    unknown = tuple(item for item in dict.fromkeys((*cart, *session)) if item not in numbers)
    return await slate_answer(call.services, Asked(customer_id, request, unknown))


async def _numbers_of(log: EventLog, items: Set[ItemId]) -> Mapping[ItemId, ItemNumber]:
    """Return the numbers of items; those that nobody in this process knows are looked up once, off the event loop."""
    known = log.numbers.known()
    if not items <= known.keys():
        with contextlib.suppress(UnavailableError):
            await in_time(log, log.numbers.refresh)
    return known


async def get_receipt(call: Call) -> Answer:
    """Answer with the stored receipt of a decision."""
    call.query()
    decision_id = decision_id_of(call.path["id"].partition("#")[0])
    stored = await _stored_receipt(call.services.engine.receipts, decision_id)
    if stored is None:
        raise NotFoundError(
            "there is no receipt of this decision",
            expected="a decision_id of an answer",
            found=decision_id,
            remedy="check the id; of an answer of the last second ask again: its receipt may not be written yet, and a crash loses it",
        )
    return await asyncio.to_thread(_receipt_answer, call, stored)


async def _stored_receipt(receipts: ReceiptBuffer, decision_id: DecisionId) -> StoredReceipt | None:
    """Look twice: another worker may be about to write the receipt of an answer it just gave."""
    stored = await asyncio.to_thread(receipts.stored, decision_id)
    if stored is None:
        await asyncio.sleep(RECEIPT_SECONDS)
        stored = await asyncio.to_thread(receipts.stored, decision_id)
    return stored


def _receipt_answer(call: Call, stored: StoredReceipt) -> Answer:
    receipt = decode_receipt(stored.content)
    decision, cards = receipt.decision, call.services.models.current.cards
    known = (decision.customer_version, decision.decided_at_us // 1_000_000)
    facts = PurchaseFacts.of(call.services.engine.log, cards.catalogue, stored.customer_id, known)
    return json_answer(receipt_answer(receipt, stored.customer_id, cards, facts))


def _request_of(query_string: bytes) -> DecisionRequest:
    """Return what a query asks for; those with a ``request_id`` never come again, so they are not remembered."""
    return _read_request(query_string) if b"request_id" in query_string else _known_request(query_string)


@functools.lru_cache(maxsize=512)
def _known_request(query_string: bytes) -> DecisionRequest:
    """Return what a query asks for; a shop sends the same few again and again."""
    return _read_request(query_string)


def _read_request(query_string: bytes) -> DecisionRequest:
    query = parse_query(query_string, ("k", "placement", "channel", "actions", "request_id"))
    if not query:
        return _DEFAULT
    return DecisionRequest(
        k=whole_number("k", query["k"], 1, MAX_ACTIONS) if "k" in query else _DEFAULT.k,
        actions=parse_kinds(query["actions"]) if "actions" in query else None,
        placement=label("placement", query.get("placement")),
        channel=label("channel", query.get("channel")),
        request_id=request_id_of(query.get("request_id")),
    )


def _check_request_id(call: Call, customer_id: CustomerId | None, request: DecisionRequest) -> None:
    """Hold reservations to known customers and to keys that are no secret to anybody's browser."""
    if request.request_id is None:
        return
    if call.caller.is_widget_only:
        raise ForbiddenError(
            "a widget key may not reserve contacts",
            expected="no request_id, or a server key",
            remedy="have your server ask, or leave request_id out",
        )
    if customer_id is None:
        raise InvalidRequestError(
            "a request_id needs a customer",
            expected="a customer_id",
            remedy="name the customer, or leave request_id out",
        )


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
