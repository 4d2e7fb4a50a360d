"""``GET /v1/customers?order_id=...`` or ``?serial=...``: from a receipt or a unit in somebody's hand to the customer."""

import asyncio

from recommender.engine.finding import Finder, Sought
from recommender.errors import InvalidRequestError
from serving.answers import Answer, json_answer
from serving.call import Call
from serving.found import found_answer
from serving.parameters import customer_id_of, named_id, whole_number

DEFAULT_LIMIT = 10
MAX_LIMIT = 50


async def find_customers(call: Call) -> Answer:
    """Answer with the customers who hold what is named, their orders, and what is promised for the units."""
    query = call.query("order_id", "serial", "limit", "cursor")
    sought = _sought(query)
    serving = await call.services.serving()
    now_s = int(call.services.clock().timestamp())
    finder = Finder(call.services.engine.log, serving.snapshot.repertoire, now_s)
    found = await asyncio.to_thread(finder.find, sought)
    return json_answer(found_answer(found, serving.cards))


def _sought(query: dict[str, str]) -> Sought:
    given = [name for name in ("order_id", "serial") if name in query]
    if len(given) != 1:
        raise InvalidRequestError(
            "nothing was asked for" if not given else "two numbers were asked for at once",
            expected="order_id or serial, one of them",
            found="neither" if not given else "both",
            remedy="ask for one customer by id with GET /v1/customers/{id}",
        )
    name = given[0]
    return Sought(
        kind="order" if name == "order_id" else "serial",
        name=named_id(name, query[name]),
        after=customer_id_of(query["cursor"]) if "cursor" in query else None,
        limit=whole_number("limit", query.get("limit", str(DEFAULT_LIMIT)), 1, MAX_LIMIT),
    )
