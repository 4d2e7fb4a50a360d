"""From a request for a decision to the bytes of its slate.

Without a ``request_id`` a decision is a preview, or inbound: nothing is counted, and its receipt follows within a
second. With one it is answered once, with its contact reserved and its receipt written before the answer. A shop's page and a mail
tool get an empty slate rather than an error where nothing can be decided.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from functools import partial

from recommender.contacts.unsubscribing import PURPOSE, WaysOut
from recommender.customers import CustomerState
from recommender.decisions import Decision, DecisionRequest
from recommender.engine.patience import in_time
from recommender.errors import CrowdedError, CustomerErasedError, UnavailableError
from recommender.playbook.model import Playbook
from recommender.types import CustomerId
from serving.answers import JSON, Answer
from serving.services import Services
from serving.slate_cache import expiry_s
from serving.slates import Told, encode_slate, nothing_to_say

_NOBODY = CustomerState.empty()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller asks: for whom, what, and which items of it nobody knows."""

    customer_id: CustomerId | None
    request: DecisionRequest
    unknown: tuple[str, ...] = ()


async def slate_answer(services: Services, asked: Asked) -> Answer:
    """Answer with a slate."""
    with services.deciding.answering:
        try:
            if asked.request.request_id is not None and asked.customer_id is not None:
                return await _reserved(services, asked, asked.customer_id)
            return await _decided(services, asked)
        except CustomerErasedError as error:
            return _nothing(services, asked, error.message, degraded=False)
        except UnavailableError:
            return _nothing(services, asked)


async def _decided(services: Services, asked: Asked) -> Answer:
    customer_id, request = asked.customer_id, asked.request
    state = _NOBODY if customer_id is None else await services.engine.read_state(customer_id)
    serving = await services.serving()
    if customer_id is not None and state.version == 0:
        await check_not_erased(services, customer_id, request, serving.snapshot.playbook)
    now = services.clock().astimezone(UTC)
    now_s = int(now.timestamp())
    # The gates of a playbook close with time, so that they run again for every answer.
    is_kept = serving.snapshot.repertoire is None
    key = (customer_id, state.version, serving.serial, request, asked.unknown)
    slate = services.slates.get(key, now_s) if is_kept else None
    services.telemetry.slate_answered(serving.served_by, "new" if slate is None else "remembered")
    if slate is None:
        request = await services.engine.with_goodwill_left(customer_id, state, request, serving.snapshot)
        decide = partial(services.engine.decide, state, request, serving.snapshot, now, customer_id)
        decision = await services.deciding.run(decide)
        services.engine.record(decision, request, customer_id)
        told = Told(
            asked.unknown,
            currency=serving.snapshot.playbook.currency,
            way_out=_way_out(services, asked, decision, serving.snapshot.playbook),
        )
        slate = encode_slate(decision, serving.text, customer_id, told)
        if is_kept:
            services.slates.put(key, slate, expiry_s(serving.boundaries, now_s))
    return Answer(slate, 200, JSON)


async def check_not_erased(
    services: Services, customer_id: CustomerId, request: DecisionRequest, playbook: Playbook
) -> None:
    """Refuse to go out to somebody who was erased; asked of whom nothing is known. Who comes to us is a stranger, and answered.

    Raises
    ------
    CustomerErasedError
        They were erased, and the playbook declares the channel as outbound.
    LogUnavailableError
        Nobody can say.
    """
    channel = None if request.channel is None else playbook.channels.get(request.channel)
    if channel is not None and channel.direction == "outbound":
        await in_time(services.engine.log, services.engine.erasing.refuse, customer_id)


async def _reserved(services: Services, asked: Asked, customer_id: CustomerId) -> Answer:
    serving = await services.serving()
    try:
        async with asyncio.timeout(services.settings.request_timeout_seconds):
            found = await services.engine.decide_outbound(customer_id, asked.request, serving.snapshot)
    except (UnavailableError, CrowdedError) as error:
        return _nothing(services, asked, f"{error.message}; {error.remedy}")
    except TimeoutError:
        return _nothing(services, asked, "it took too long; ask again with the same request_id")
    services.telemetry.slate_answered(serving.served_by, "repeated" if found.is_repeat else "reserved")
    told = Told(
        asked.unknown,
        found.ranks,
        asked.request.request_id,
        found.reserved_until,
        serving.snapshot.playbook.currency,
        way_out=_way_out(services, asked, found.decision, serving.snapshot.playbook),
        sent_at=found.sent_at,
    )
    return Answer(encode_slate(found.decision, serving.text, customer_id, told), 200, JSON)


def _way_out(
    services: Services, asked: Asked, decision: Decision, playbook: Playbook
) -> Callable[[str], str] | None:
    """Return what makes the links to unsubscribe, for what goes out to somebody."""
    public_url = services.settings.public_url
    if decision.direction != "outbound" or public_url is None or asked.customer_id is None:
        return None
    ways = WaysOut.of(public_url, services.engine.log.key_for(PURPOSE), playbook, asked.request.channel)
    return None if ways is None else partial(ways.url, asked.customer_id)


def _nothing(
    services: Services, asked: Asked, because: str | None = None, *, degraded: bool = True
) -> Answer:
    """Answer nothing when nobody can say what the customer owns, or nothing can be reserved: a page must not break."""
    serving = services.models.current
    decision = nothing_to_say(serving, services.clock())
    services.engine.record(decision, asked.request, asked.customer_id)
    services.telemetry.slate_answered(serving.served_by, "degraded" if degraded else "erased")
    told = Told(request_id=asked.request.request_id, degraded=degraded, because=because)
    return Answer(encode_slate(decision, serving.text, asked.customer_id, told), 200, JSON)
