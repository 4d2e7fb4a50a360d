"""What is sent to change a consent, and what the API answers."""

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

ConsentStatus: TypeAlias = Literal["subscribed", "unsubscribed", "never_subscribed", "pending"]


class ConsentBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a customer allows on a channel, for a topic or (without one) for all of it.

    ``source`` is the system that heard it, ``said_at`` when (now when left out), ``evidence`` how we know. ``event_id``
    makes a repeat harmless.
    """

    channel: str
    status: ConsentStatus
    topic: str | None = None
    source: str = "api"
    said_at: datetime | None = None
    evidence: str | None = None
    event_id: str | None = None


class ConsentGate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the first gate of a decision makes of it now; ``evidence`` is the event that decided, ``source/event_id``."""

    allowed: bool
    code: str
    because: str
    evidence: str | None = None


class ConsentState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The newest word on a channel and topic; of equal times the more restrictive one.

    Without ``status`` nobody has said anything yet. ``version`` is the place of the event in the log. ``gate`` is left out of
    a channel that the playbook does not declare: nothing goes out on it. ``unsubscribe_path`` is for the header
    ``List-Unsubscribe`` of a mail about it, behind the public address of the API.
    """

    channel: str
    topic: str | None = None
    status: ConsentStatus | None = None
    said_at: datetime | None = None
    source: str | None = None
    event_id: str | None = None
    version: int | None = None
    evidence: str | None = None
    gate: ConsentGate | None = None
    unsubscribe_path: str | None = None


class ConsentsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer allows, by channel and topic: what was said, and what the playbook asks about besides."""

    customer_id: str
    customer_version: int
    playbook_version: str
    consents: tuple[ConsentState, ...]


class UnsubscribedAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What nothing is sent about any more; without a topic the whole channel."""

    channel: str
    topic: str | None = None
