"""What staff sends to overrule decisions, and what the API answers."""

from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeAlias

import msgspec

from serving.dealing_wire import OverrideAnswer
from serving.wire import Shape

OverrideKind: TypeAlias = Literal["pin", "suppress", "boost", "hold_all", "goodwill"]


class OverrideBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is overruled, by whom and why.

    ``pin`` puts an action first, ``suppress`` keeps it out, ``boost`` multiplies what it is worth by ``amount``: each names an
    ``action``, an ``item_id``, or both. ``hold_all`` stops everything. ``goodwill`` grants ``amount``. Without ``expires_at`` it
    holds until another one of the same kind, action and item.
    """

    kind: OverrideKind
    reason: str
    author: str
    action: str | None = None
    item_id: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    expires_at: datetime | None = None
    event_id: str | None = None


class OverridesAnswer(Shape, frozen=True):
    """The overrides of a customer that hold now, newest first."""

    customer_id: str
    customer_version: int
    overrides: list[OverrideAnswer]
