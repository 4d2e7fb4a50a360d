"""An event as the log keeps it: canonical JSON, a digest of it, and its personal data apart.

The digest recognises a repeat fast. Where digests differ, the events are compared by meaning, so that another
spelling (``1.50`` for ``1.5``, another offset of the same time, a newer ``schema_version``) is still a repeat.
"""

import hmac
from dataclasses import dataclass
from datetime import UTC
from hashlib import blake2b
from typing import Final, TypeAlias

import msgspec

from recommender.errors import InvalidEventError
from recommender.events.codec import EVENT_TYPES, decode_event, encode_event
from recommender.events.personal import PersonalData, personal_data, without_personal_data
from recommender.events.vocabulary import (
    AnyEvent,
    ContactSent,
    Identify,
    Impression,
    Purchase,
    Response,
    Unlink,
)
from recommender.storage.clock import to_microseconds
from recommender.storage.goodwill_moves import GoodwillMove, goodwill_moves
from recommender.storage.mentions import Mention, mentions_of

_KINDS: Final = {kind: name for name, kind in EVENT_TYPES.items()}
_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class PreparedEvent:
    """One event ready to be written.

    ``seal`` is a keyed digest of the personal data, None without any. ``item_ids`` are the items bought: only a
    purchase or the catalogue numbers an item, so that views of made-up ids do not fill the number space.
    ``goodwill`` is what the event does to the goodwill that was granted, ``mentions`` the order and serial numbers that
    it names. ``other_id`` is the other subject of a link.
    """

    source: str
    event_id: str
    customer_id: str | None
    kind: str
    occurred_us: int
    content: bytes
    digest: bytes
    seal: bytes | None
    personal: PersonalData | None
    item_ids: tuple[str, ...]
    goodwill: tuple[GoodwillMove, ...] = ()
    mentions: tuple[Mention, ...] = ()
    other_id: str | None = None

    def subjects(self) -> tuple[str, ...]:
        """Return the customers whom the event names: its own, and the one it links them to."""
        return tuple(one for one in (self.customer_id, self.other_id) if one is not None)


def digest_of(content: bytes) -> bytes:
    """Return the BLAKE2b digest of ``content``, 16 bytes."""
    return blake2b(content, digest_size=_DIGEST_BYTES).digest()


def prepare_event(event: AnyEvent, seal_key: bytes) -> PreparedEvent:
    """Encode ``event`` and take its personal data out.

    Raises
    ------
    InvalidEventError
        Its time has no offset, or an id or name holds a NUL, which no SQL text can hold.
    """
    if event.occurred_at.tzinfo is not UTC:
        event = _in_utc(event)
    personal = personal_data(event)
    event = without_personal_data(event)
    item_ids = tuple(line.item_id for line in event.lines) if isinstance(event, Purchase) else ()
    mentions = mentions_of(event)
    _refuse_nul(event, personal, (*item_ids, *(name for _, name in mentions)))
    content = encode_event(event)
    return PreparedEvent(
        event.source,
        event.event_id,
        event.customer_id,
        _KINDS[type(event)],
        to_microseconds(event.occurred_at),
        content,
        digest_of(content),
        _seal(personal, seal_key),
        personal,
        item_ids,
        goodwill_moves(event),
        mentions,
        event.other_id if isinstance(event, Identify | Unlink) else None,
    )


def same_meaning(one: bytes, other: bytes) -> bool:
    """Return whether two stored contents say the same.

    What the one says and the other left to its decision's receipt (see :mod:`recommender.engine.naming`) is no
    difference.
    """
    if one == other:
        return True
    first, second = decode_event(one), decode_event(other)
    if isinstance(first, _Named) and isinstance(second, _Named):
        first, second = _named_as(first, second), _named_as(second, first)
    return first == second


_Named: TypeAlias = Response | Impression | ContactSent


def _named_as(event: _Named, other: _Named) -> _Named:
    if event.action is None and event.item_id is None:
        event = msgspec.structs.replace(event, action=other.action, item_id=other.item_id)
    if event.subject is None:
        event = msgspec.structs.replace(event, subject=other.subject)
    if isinstance(event, Impression) or isinstance(other, Impression) or event.amount is not None:
        return event
    return msgspec.structs.replace(event, amount=other.amount, currency=other.currency)


def _in_utc(event: AnyEvent) -> AnyEvent:
    if event.occurred_at.tzinfo is None:
        raise InvalidEventError(
            f"occurred_at of event {event.event_id!r} has no offset",
            expected="a time such as 2024-05-01T12:00:00Z",
            found=event.occurred_at.isoformat(),
            remedy="send the time with its offset from UTC",
        )
    return msgspec.structs.replace(event, occurred_at=event.occurred_at.astimezone(UTC))


def _seal(personal: PersonalData | None, key: bytes) -> bytes | None:
    if personal is None:
        return None
    return hmac.digest(key, msgspec.json.encode(personal), "sha256")[:_DIGEST_BYTES]


def _refuse_nul(event: AnyEvent, personal: PersonalData | None, names: tuple[str, ...]) -> None:
    texts = (event.source, event.event_id, event.customer_id or "", *names)
    if personal is not None:
        texts += (personal.name or "", personal.email or "", personal.phone or "")
    if "\0" in "".join(texts):
        raise InvalidEventError(
            f"event {event.event_id!r} holds a NUL character", remedy="take it out of the ids and names"
        )
