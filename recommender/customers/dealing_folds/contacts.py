"""Outbound contacts: reserved, sent, released or bounced, joined by request and decision."""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from recommender.customers.dealing_folds.bounds import (
    CONTACT_DAYS,
    MOST_CONTACTS,
    MOST_RELEASED,
    MOST_TOPICS,
    MOST_TOPICS_IN_ALL,
    newest,
    newest_of_each,
)
from recommender.customers.dealing_folds.reading import NumberOf, seconds
from recommender.customers.dealings import Contact, ContactStatus
from recommender.events.vocabulary import (
    ContactBounced,
    ContactReleased,
    ContactReserved,
    ContactSent,
    SaidToo,
)
from recommender.types import SECONDS_PER_DAY

ContactEvent: TypeAlias = ContactReserved | ContactSent | ContactReleased | ContactBounced
_Said: TypeAlias = tuple[str | None, int | None, str]
_Key: TypeAlias = tuple[str, ...]
_Named: TypeAlias = tuple[str | None, str | None]
_Promised: TypeAlias = tuple[str | None, str | None, str | None]


def contacts_of(events: Sequence[ContactEvent], number_of: NumberOf) -> tuple[Contact, ...]:
    """Fold contacts, one per request; by time, and at equal times by their ids.

    Events belong together when they name one request of one subject, or one decision where they name no request. What names
    neither is a contact of its own.

    Parameters
    ----------
    events
        In the order of the fold.
    number_of
        Reads item ids.
    """
    request_of = _requests(events)
    joined: dict[_Key, list[ContactEvent]] = {}
    for event in events:
        joined.setdefault(_key(event, request_of), []).append(event)
    found = [(key, _contact(own, number_of)) for key, own in joined.items()]
    found.sort(key=lambda pair: (pair[1].at_s, pair[0]))
    return bounded_contacts([contact for _, contact in found])


def _requests(events: Sequence[ContactEvent]) -> dict[str, str]:
    """Return the request of every decision that some event names together with it."""
    found: dict[str, str] = {}
    for event in events:
        if event.decision_id is not None and event.request_id is not None:
            found.setdefault(event.decision_id, event.request_id)
    return found


def _key(event: ContactEvent, request_of: dict[str, str]) -> _Key:
    # A mail tool may name a whole campaign, and two subjects of one person be asked for under that name.
    subject = event.customer_id or ""
    if event.request_id is not None:
        return ("request", subject, event.request_id)
    if event.decision_id is None:
        return ("event", event.source, event.event_id)
    request_id = request_of.get(event.decision_id)
    return ("decision", event.decision_id) if request_id is None else ("request", subject, request_id)


def _contact(told: Sequence[ContactEvent], number_of: NumberOf) -> Contact:
    bounced = [event for event in told if isinstance(event, ContactBounced)]
    events = _since_reserved_again(told, bounced)
    reserved = [event for event in events if isinstance(event, ContactReserved)]
    sent = [event for event in events if isinstance(event, ContactSent)]
    promise = reserved[-1] if reserved else None
    first, *also = _said(promise, sent, number_of)
    moment = (sent[-1:] or reserved[-1:] or events)[-1].occurred_at
    decisions = [event.decision_id for event in (*reserved, *sent, *events) if event.decision_id is not None]
    return Contact(
        channel=next((event.channel for event in (*sent, *reserved, *events) if event.channel), ""),
        action=first[0],
        number=first[1],
        status=_status(events, sent, bounced if events is told else ()),
        at_s=seconds(moment),
        expires_s=seconds(promise.expires_at) if promise else None,
        decision_id=promise.decision_id if promise else (decisions[-1] if decisions else None),
        request_id=next((event.request_id for event in told if event.request_id is not None), None),
        permanent=any(event.permanent for event in bounced),
        amount=_amount(promise),
        currency=promise.currency if promise else None,
        also=tuple(also),
        bounced_s=seconds(bounced[-1].occurred_at) if bounced else None,
        subject=first[2],
    )


def _since_reserved_again(
    told: Sequence[ContactEvent], bounced: Sequence[ContactBounced]
) -> Sequence[ContactEvent]:
    """Return what was told since the contact was reserved again after it came back; all of it if it was not."""
    if not bounced:
        return told
    since = [event for event in told if event.occurred_at > bounced[-1].occurred_at]
    return since if any(isinstance(event, ContactReserved) for event in since) else told


def _amount(promise: ContactReserved | None) -> float | None:
    """Return the goodwill that all of a contact offers; None where nothing of it offers any."""
    if promise is None:
        return None
    amounts = [one for one in (promise.amount, *(too.amount for too in promise.also)) if one is not None]
    return float(sum(amounts)) if amounts else None


def _said(promise: ContactReserved | None, sent: Sequence[ContactSent], number_of: NumberOf) -> list[_Said]:
    """Return the distinct actions, items and subjects that were said, at least one, what was reserved first.

    All of a promise counts until what was sent names its actions.
    """
    promised: list[_Promised] = []
    if promise is not None:
        parts: tuple[ContactReserved | SaidToo, ...] = (promise, *promise.also)
        promised = [(one.action, one.item_id, one.subject) for one in parts]
    is_named = any(event.action is not None for event in sent)
    said = promised[:1] if is_named else list(promised)
    first = promised[0] if promised else (None, None, None)
    for event in sent:
        name = first[0] if event.action is None else event.action
        item = first[1] if event.item_id is None and name == first[0] else event.item_id
        said += _subjects(event, (name, item), promised)
    told = dict.fromkeys(
        (name, number_of(item), subject or "") for name, item, subject in said if name or item
    )
    return list(told) or [(None, None, "")]


def _subjects(event: ContactSent, named: _Named, promised: Sequence[_Promised]) -> list[_Promised]:
    """Return what was sent once for each unit that was promised, where it does not say which."""
    same = [one for one in promised if one[:2] == named] if event.subject is None else []
    return same or [(*named, event.subject)]


def _status(
    events: Sequence[ContactEvent], sent: Sequence[ContactSent], bounced: Sequence[ContactBounced]
) -> ContactStatus:
    """Return the newest word; what went out cannot be released any more."""
    if bounced and not (sent and sent[-1].occurred_at > bounced[-1].occurred_at):
        return "bounced"
    if sent:
        return "sent"
    released = {event.decision_id for event in events if isinstance(event, ContactReleased)}
    promises = [event for event in events if isinstance(event, ContactReserved)]
    return "reserved" if promises and promises[-1].decision_id not in released else "released"


def bounded_contacts(contacts: Sequence[Contact]) -> tuple[Contact, ...]:
    """Drop what no gate can ask for any more; of contacts that were bounded before it drops what newer ones push out.

    Parameters
    ----------
    contacts
        By time.
    """
    if _are_few(contacts):
        return tuple(contacts)
    since_s = contacts[-1].at_s - CONTACT_DAYS * SECONDS_PER_DAY
    counted = [one for one in contacts if one.status != "released" and one.at_s >= since_s]
    kept = {
        *map(id, newest_of_each(counted, lambda one: (one.channel, one.action), MOST_CONTACTS)),
        *map(id, newest([one for one in contacts if one.status == "released"], MOST_RELEASED)),
        *map(id, newest_of_each([one for one in contacts if one.permanent], lambda one: one.channel, 1)),
        *(id(one) for one in contacts if one.amount and one.status != "released"),
        *_newest_of_topics(contacts),
    }
    return tuple(one for one in contacts if id(one) in kept)


def _newest_of_topics(contacts: Sequence[Contact]) -> Iterator[int]:
    """Yield the identities of the newest contacts that were sent of each action, item and subject."""
    found: dict[_Said, Contact] = {}
    for one in contacts:
        if one.status == "sent":
            for topic in ((one.action, one.number, one.subject), *one.also):
                found.pop(topic, None)
                found[topic] = one
    each = newest_of_each(tuple(found.items()), lambda topic: topic[0][0], MOST_TOPICS)
    return (id(one) for _, one in newest(each, MOST_TOPICS_IN_ALL))


def _are_few(contacts: Sequence[Contact]) -> bool:
    """Whether nothing can be too old or too many; cheap, and true of most customers."""
    if not contacts:
        return True
    is_short = len(contacts) <= MOST_CONTACTS
    if not is_short or contacts[-1].at_s - contacts[0].at_s > CONTACT_DAYS * SECONDS_PER_DAY:
        return False
    return len(contacts) <= MOST_RELEASED or all(one.status != "released" for one in contacts)
