"""``GET /v1/customers?order_id=...``, ``?serial=...``, ``?name=...``: from what somebody has in hand, or says, to the customer."""

import asyncio
from typing import Final

from recommender.customers.calling import CallKind
from recommender.engine.finding import Finder, Sought, SoughtPerson
from recommender.errors import InvalidRequestError
from recommender.storage.mentions import NameKind
from serving.answers import Answer, json_answer
from serving.auth.access import Operation, check_scope
from serving.call import Call
from serving.found import found_answer, people_answer
from serving.parameters import customer_id_of, line_of_text, named_id, whole_number

DEFAULT_LIMIT = 10
MAX_LIMIT = 50

_NUMBERS: Final[dict[str, NameKind]] = {"order_id": "order", "serial": "serial"}
_CALLED: Final[dict[str, CallKind]] = {"name": "name", "email": "email", "phone": "phone"}
_ASKED_BY: Final = (*_NUMBERS, *_CALLED)


async def find_customers(call: Call) -> Answer:
    """Answer with the customers who hold what is named, their orders and promises; or with who is called so."""
    query = call.query(*_ASKED_BY, "limit", "cursor")
    by = _asked_by(query)
    after = customer_id_of(query["cursor"]) if "cursor" in query else None
    limit = whole_number("limit", query.get("limit", str(DEFAULT_LIMIT)), 1, MAX_LIMIT)
    serving = await call.services.serving()
    now_s = int(call.services.clock().timestamp())
    finder = Finder(call.services.engine.log, serving.snapshot.repertoire, now_s)
    if by in _CALLED:
        check_scope(call.caller, Operation.READ_PROFILE)
        sought = SoughtPerson(_CALLED[by], line_of_text(by, query[by]), after, limit)
        return json_answer(people_answer(await asyncio.to_thread(finder.find_person, sought)))
    number = Sought(_NUMBERS[by], named_id(by, query[by]), after, limit)
    found = await asyncio.to_thread(finder.find, number)
    return json_answer(found_answer(found, serving.cards))


def _asked_by(query: dict[str, str]) -> str:
    given = [name for name in _ASKED_BY if name in query]
    if len(given) != 1:
        raise InvalidRequestError(
            "nothing was asked for" if not given else "several things were asked for at once",
            expected="one of " + ", ".join(_ASKED_BY),
            found=" and ".join(given) or "none of them",
            remedy="ask for one customer by id with GET /v1/customers/{id}",
        )
    return given[0]
