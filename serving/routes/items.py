"""The catalogue over HTTP: ``PUT`` and ``PATCH /v1/items``, ``GET /v1/items/{id}``, ``.../related`` and ``/v1/ownership``."""

import asyncio
from typing import TypeVar

import msgspec

from recommender.catalog import (
    CatalogItem,
    ItemPatch,
    check_item_at,
    decode_items,
    decode_patches,
    decode_rules,
)
from recommender.decisions import related_items
from recommender.decisions.reasons import reason_text
from recommender.decisions.related import RelatedItem as Related
from recommender.decisions.request import MAX_ACTIONS
from recommender.errors import InvalidItemError, NotFoundError, UnknownItemsError
from recommender.types import ItemId, ItemNumber
from recommender.value_rules import shown
from serving.answers import Answer, json_answer
from serving.body import broken
from serving.call import Call
from serving.cards import Cards
from serving.parameters import item_id_of, whole_number
from serving.problems import problem_answer, problem_of
from serving.wire import (
    ItemAnswer,
    ItemsAnswer,
    OwnershipAnswer,
    ReasonAnswer,
    RelatedAnswer,
    RelatedItem,
    UnknownItems,
)

MAX_ITEMS = 1000

Named = TypeVar("Named", CatalogItem, ItemPatch)


async def put_items(call: Call) -> Answer:
    """Write one item or many; all of them or, when one does not fit, none."""
    call.query()
    items = _items_in(await call.body())
    version = await call.services.write(call.services.engine.put_items, items)
    return json_answer(ItemsAnswer(catalogue_version=version, received=len(items)))


async def patch_items(call: Call) -> Answer:
    """Change some fields of one item or many; all of them or, when one does not fit or is not known, none."""
    call.query()
    patches = _distinct(decode_patches(_unwrapped(await call.body())))
    try:
        count = await call.services.write(call.services.engine.patch_items, patches)
    except UnknownItemsError as error:
        return _unknown(call, error)
    return json_answer(ItemsAnswer(catalogue_version=count.version, received=len(patches)))


def _unknown(call: Call, error: UnknownItemsError) -> Answer:
    problem = problem_of(error, instance=call.context.route, request_id=call.context.request_id)
    fields = msgspec.structs.asdict(problem)
    return problem_answer(UnknownItems(**fields, unknown_items=error.item_ids))


def _items_in(body: bytes) -> tuple[CatalogItem, ...]:
    """Read an item, an array, or ``{"items": [...]}``, and check every one before anything is written."""
    items = _distinct(decode_items(_unwrapped(body)))
    return tuple(
        check_item_at(item, f"[{index}]" if len(items) > 1 else "") for index, item in enumerate(items)
    )


def _distinct(items: tuple[Named, ...]) -> tuple[Named, ...]:
    if not 1 <= len(items) <= MAX_ITEMS:
        raise InvalidItemError(
            "too many items" if items else "no items",
            expected=f"1 to {MAX_ITEMS} items",
            found=str(len(items)),
            remedy="send several requests; for files use 'rapport catalog load'",
        )
    seen: dict[str, int] = {}
    for index, item in enumerate(items):
        first = seen.setdefault(item.item_id, index)
        if first != index:
            raise InvalidItemError(
                "an item was sent twice",
                expected="every item_id once",
                found=f"{shown(item.item_id)} at [{first}] and [{index}]",
                remedy="send its newest form only",
            )
    return items


def _unwrapped(body: bytes) -> bytes:
    try:
        fields = msgspec.json.decode(body, type=dict[str, msgspec.Raw] | list[msgspec.Raw])
    except msgspec.ValidationError as error:
        raise InvalidItemError(
            "the body holds no items",
            expected='an item, an array of items, or {"items": [...]}',
            found=str(error),
        ) from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise broken(error, body) from None
    if isinstance(fields, dict) and fields.keys() == {"items"}:
        return bytes(fields["items"])
    return body


async def get_item(call: Call) -> Answer:
    """Answer with one item as the catalogue has it."""
    call.query()
    item_id = item_id_of(call.path["id"])
    await _number_of(call, item_id)
    catalogue = call.services.engine.catalogue()
    item = catalogue.items.get(item_id)
    return json_answer(
        ItemAnswer(
            item=item if item is not None else CatalogItem(item_id=item_id),
            catalogue_version=catalogue.version,
            described=item is not None,
        )
    )


async def get_related(call: Call) -> Answer:
    """Answer with what goes with an item and what is like it."""
    query = call.query("k")
    k = whole_number("k", query.get("k", "10"), 1, MAX_ACTIONS)
    item_id = item_id_of(call.path["id"])
    number = await _number_of(call, item_id)
    serving = await call.services.serving()
    now_s = int(call.services.clock().timestamp())
    related = related_items(serving.models, serving.snapshot.assortment, number, k, now_s)
    return json_answer(
        RelatedAnswer(
            item_id=item_id,
            model_version=serving.facts.version,
            served_by=serving.served_by,
            bought_together=_listed(related.bought_together, serving.cards),
            similar=_listed(related.similar, serving.cards),
        )
    )


async def _number_of(call: Call, item_id: ItemId) -> ItemNumber:
    numbers = call.services.engine.log.numbers
    number = numbers.known().get(item_id)
    if number is None:
        number = await asyncio.to_thread(numbers.get, item_id)
    if number is None:
        raise NotFoundError(
            "there is no such item",
            expected="an item of the catalogue or of a purchase",
            found=item_id,
            remedy="describe it with PUT /v1/items",
        )
    return number


def _listed(related: tuple[Related, ...], cards: Cards) -> list[RelatedItem]:
    listed = []
    for rank, one in enumerate(related, start=1):
        card = cards.card(one.item)
        listed.append(
            RelatedItem(
                rank=rank,
                item_id=card.item_id,
                name=card.name,
                score=round(one.score, 6),
                reason=ReasonAnswer(code=one.reason.kind.value, text=reason_text(one.reason, cards.name_of)),
                category=card.category,
                price=card.price,
                currency=card.currency,
                url=card.url,
                image=card.image,
            )
        )
    return listed


async def put_ownership(call: Call) -> Answer:
    """Replace the ownership rules for groups and categories."""
    call.query()
    rules = decode_rules(await call.body())
    version = await call.services.write(call.services.engine.put_ownership, rules)
    return json_answer(OwnershipAnswer(catalogue_version=version, rules=rules))


async def get_ownership(call: Call) -> Answer:
    """Answer with the ownership rules."""
    call.query()
    catalogue = call.services.engine.catalogue()
    return json_answer(OwnershipAnswer(catalogue_version=catalogue.version, rules=tuple(catalogue.rules)))
