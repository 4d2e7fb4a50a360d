"""The lines of what ``rapport access`` writes: everything that is kept of one customer, as JSON Lines."""

from datetime import datetime
from typing import Literal

import msgspec

from serving.find_wire import ProfileAnswer
from serving.receipt_wire import ReceiptAnswer
from serving.wire import Shape


class AboutLine(Shape, frozen=True, tag="about", tag_field="line"):
    """The first line: whom the others are about, and when they were read."""

    customer_id: str
    read_at: datetime
    profile: ProfileAnswer | None = None
    same_person: tuple[str, ...] = ()


class EventLine(Shape, frozen=True, tag="event", tag_field="line"):
    """Something that happened; a ``profile`` with the name, email and phone that it told."""

    received_at: datetime
    event: msgspec.Raw


class DecisionLine(Shape, frozen=True, tag="decision", tag_field="line"):
    """What was decided for the customer, and why."""

    decision: ReceiptAnswer


class RequestLine(Shape, frozen=True, tag="request", tag_field="line"):
    """A request for a contact that was answered."""

    request_id: str
    decision_id: str
    until: datetime | None = None


class GoodwillLine(Shape, frozen=True, tag="goodwill", tag_field="line"):
    """Goodwill that was granted, or is reserved until ``expires_at``."""

    amount: str
    granted_at: datetime
    granted_by: Literal["decision", "staff"]
    currency: str | None = None
    action: str | None = None
    expires_at: datetime | None = None


Line = AboutLine | EventLine | DecisionLine | RequestLine | GoodwillLine
