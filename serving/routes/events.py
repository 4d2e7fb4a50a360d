"""``POST /v1/events``: one event or a batch, durable before it is answered.

A batch is not a transaction unless ``?atomic=true``: good events are written, and the answer says for each what
became of it.

====================================  =============================  ==============================
request                               all accepted or duplicate      something refused
====================================  =============================  ==============================
one event                             202                            409, 410 or 422, nothing written
batch, something written              202                            207 with a result per event
batch, nothing written                                               409, 410 or 422 with a result per event
batch with ``atomic=true``            202                            409, 410 or 422, nothing written
====================================  =============================  ==============================

410 is for what names an erased customer: it is ``suppressed``, and will be until that is lifted.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec import structs

from recommender.engine.append_stages import EventResult as AppendedEvent
from recommender.errors import (
    ConflictError,
    CustomerErasedError,
    EventConflictError,
    GoodwillRefusedError,
    InvalidEventError,
    RapportError,
)
from recommender.events.as_sent import check_as_sent, check_once
from recommender.events.codec import decode_event
from recommender.events.validation import check_event
from recommender.events.vocabulary import AnyEvent, Response
from recommender.types import CustomerId
from serving import problems
from serving.answers import Answer, json_answer
from serving.auth.access import WIDGET_EVENT_TYPES
from serving.body import broken
from serving.call import Call
from serving.errors import ForbiddenError
from serving.parameters import flag
from serving.wire import EventResult, EventsAnswer, RefusedEvents

MAX_EVENTS = 500
WIDGET_SOURCE: Final = "widget:"
"""What the sources of events begin with that a public key sent."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What came in: the JSON of each event, and whether it came as a batch."""

    events: Sequence[bytes | msgspec.Raw]
    is_batch: bool


async def post_events(call: Call) -> Answer:
    """Validate, append, and answer with a result per event."""
    atomic = flag("atomic", call.query("atomic").get("atomic", "false"))
    sent = split_events(await call.body())
    read = [_read(call, raw) for raw in sent.events]
    good = [event for event in read if not isinstance(event, RapportError)]
    if len(good) < len(read) and atomic:
        good = []
    appended = iter(await call.services.engine.append_async(good, atomic=atomic) if good else ())
    results = [
        _refused(place, event)
        if isinstance(event, RapportError)
        else _result(place, event, next(appended, None))
        for place, event in enumerate(read)
    ]
    refused = [event for event in read if isinstance(event, RapportError)]
    return _answer(call, sent, _counted(call, results), refused)


def split_events(body: bytes) -> Sent:
    """Find the events in a body: an object, an array, or ``{"events": [...]}``.

    Raises
    ------
    BrokenBodyError
        Not JSON.
    InvalidEventError
        JSON of another shape, no events, or more than 500.

    Examples
    --------
    >>> len(split_events(b'[{"type":"view"},{}]').events), split_events(b'{"type":"view"}').is_batch
    (2, False)
    >>> split_events(b'{"events":[{}]}').is_batch
    True
    """
    try:
        sent = _split(body)
    except msgspec.ValidationError as error:
        raise InvalidEventError(
            "the body holds no events",
            expected='an event, an array of events, or {"events": [...]}',
            found=str(error),
            remedy="see /docs",
        ) from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise broken(error, body) from None
    if not 1 <= len(sent.events) <= MAX_EVENTS:
        raise InvalidEventError(
            "too many events" if sent.events else "no events",
            expected=f"1 to {MAX_EVENTS} events",
            found=str(len(sent.events)),
            remedy="send several requests; for files use 'rapport ingest'",
        )
    return sent


def _split(body: bytes) -> Sent:
    if body.lstrip()[:1] == b"[":
        return Sent(msgspec.json.decode(body, type=list[msgspec.Raw]), is_batch=True)
    fields = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    if fields.keys() == {"events"}:
        _check_one_batch(body)
        return Sent(msgspec.json.decode(fields["events"], type=list[msgspec.Raw]), is_batch=True)
    return Sent([body], is_batch=False)


def _check_one_batch(body: bytes) -> None:
    """Refuse a second ``events``: those of the first would be lost."""
    if body.count(b"events") > 1 or b"\\" in body:
        check_once(body)


def _read(call: Call, raw: bytes | msgspec.Raw) -> AnyEvent | RapportError:
    """Decode and check one event; what is wrong with it is a value, as its neighbours may be fine."""
    now = call.services.clock()
    try:
        sent = bytes(raw)
        event = check_event(decode_event(sent), now=now)
        check_as_sent(sent, event)
        if not call.caller.is_widget_only:
            return event
        _check_widget(call, event)
        return check_event(from_widget(event), now=now)
    except InvalidEventError as error:
        return error


def _check_widget(call: Call, event: AnyEvent) -> None:
    """Refuse the whole request when a public key tries to write what is not its own."""
    tag = event.__struct_config__.tag
    if tag not in WIDGET_EVENT_TYPES:
        raise ForbiddenError(
            "a widget key may not send events of this type",
            expected="one of " + ", ".join(sorted(WIDGET_EVENT_TYPES)),
            found=str(tag),
            remedy="send it from your server, with a server key",
        )
    if isinstance(event, Response) and event.amount is not None:
        raise ForbiddenError(
            "a widget key may not say how much was given",
            expected="no amount: it is filled in from the decision",
            found=str(event.amount)[:40],
            remedy="leave out amount",
        )
    call.check_own(None if event.customer_id is None else CustomerId(event.customer_id))


def from_widget(event: AnyEvent) -> AnyEvent:
    """Return the event under a source that no system of the shop has: a visitor must not take the identity of an order.

    Examples
    --------
    >>> event = decode_event(b'{"type":"view","source":"shop","event_id":"7","occurred_at":"2026-05-01T12:00:00Z","item_id":"a"}')
    >>> from_widget(event).source, from_widget(from_widget(event)).source
    ('widget:shop', 'widget:shop')
    """
    known = event.source.startswith(WIDGET_SOURCE)
    return event if known else structs.replace(event, source=WIDGET_SOURCE + event.source)


def _refused(place: int, error: RapportError) -> EventResult:
    return EventResult(index=place, status="invalid", problem=problems.problem_of(error))


def _result(place: int, event: AnyEvent, appended: AppendedEvent | None) -> EventResult:
    if appended is None:
        return EventResult(index=place, status="not_written", source=event.source, event_id=event.event_id)
    is_refused = appended.refused is not None
    return EventResult(
        index=place,
        status=appended.status,
        source=appended.source,
        event_id=appended.event_id,
        customer_id=appended.customer_id,
        customer_version=None if is_refused or appended.customer_id is None else appended.version,
        projected=None if is_refused else appended.projected,
        problem=problems.problem_of(_conflict(appended)) if is_refused else None,
        unmatched=appended.unmatched,
    )


def _conflict(appended: AppendedEvent) -> ConflictError:
    if isinstance(appended.refused, GoodwillRefusedError | CustomerErasedError):
        return appended.refused
    return EventConflictError(
        "the same source and event_id were written with other content",
        expected="the same content again, or a new event_id",
        found=f"source {appended.source}, event_id {appended.event_id}",
        remedy="send what changed as a new event with an event_id of its own",
    )


def _counted(call: Call, results: list[EventResult]) -> EventsAnswer:
    by_status = Counter(result.status for result in results)
    for status, count in by_status.items():
        call.services.telemetry.events.labels(status).inc(count)
    return EventsAnswer(
        results=results,
        accepted=by_status["accepted"],
        duplicates=by_status["duplicate"],
        conflicts=by_status["conflict"],
        invalid=by_status["invalid"],
        suppressed=by_status["suppressed"],
    )


def _answer(call: Call, sent: Sent, answer: EventsAnswer, refused: Sequence[RapportError]) -> Answer:
    written = answer.accepted + answer.duplicates
    if written:
        return json_answer(answer, 202 if written == len(answer.results) else 207)
    first = next(result.problem for result in answer.results if result.problem is not None)
    instance, request_id = call.context.route, call.context.request_id
    if not sent.is_batch:
        return problems.problem_answer(structs.replace(first, instance=instance, request_id=request_id))
    named = problems.problem_of(refused[0]) if refused else first
    whole = RefusedEvents(
        type=named.type,
        title=named.title,
        status=named.status,
        detail=_nothing_written(answer),
        instance=instance,
        request_id=request_id,
        expected=first.expected,
        found=first.found,
        remedy="see the problem of each result",
        results=tuple(answer.results),
    )
    return problems.problem_answer(whole)


def _nothing_written(answer: EventsAnswer) -> str:
    told = f"nothing was written: {answer.invalid} invalid and {answer.conflicts} conflicting events"
    return f"{told}, {answer.suppressed} of erased customers" if answer.suppressed else told
