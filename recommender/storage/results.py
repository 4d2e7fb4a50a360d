"""What an append answers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from recommender.errors import ConflictError
from recommender.events.vocabulary import AnyEvent

AppendStatus: TypeAlias = Literal["accepted", "duplicate", "conflict", "suppressed"]


@dataclass(frozen=True, slots=True)
class AppendResult:
    """What became of one event.

    ``version`` is the version of the customer after the append (0: no customer, or one without events); ``seq``
    the place of the event in the log (0: not written); ``message`` says what to do about a refusal, which
    ``refused`` is. A ``conflict`` is other content under the same identity, or goodwill that is refused;
    ``suppressed`` is what names an erased customer. ``others`` are the other subjects whom the event changes, as they are or
    were one person with its customer, each with the version after the append.
    """

    source: str
    event_id: str
    status: AppendStatus
    customer_id: str | None = None
    version: int = 0
    message: str = ""
    seq: int = 0
    refused: ConflictError | None = None
    others: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class BulkCount:
    """What became of many events; ``conflicts`` names each refused one as (``source``, ``event_id``).

    ``suppressed`` counts those that name an erased customer: they are not written.
    """

    accepted: int = 0
    duplicates: int = 0
    conflicts: tuple[tuple[str, str], ...] = ()
    suppressed: int = 0

    def __add__(self, other: "BulkCount") -> "BulkCount":
        return BulkCount(
            self.accepted + other.accepted,
            self.duplicates + other.duplicates,
            self.conflicts + other.conflicts,
            self.suppressed + other.suppressed,
        )


@dataclass(frozen=True, slots=True)
class ItemCount:
    """What became of items that were patched: the catalogue's version now, and how many of them changed.

    ``new`` of the ``changed`` ones had no description before.
    """

    version: int
    items: int
    changed: int
    new: int

    def __add__(self, later: "ItemCount") -> "ItemCount":
        return ItemCount(
            later.version, self.items + later.items, self.changed + later.changed, self.new + later.new
        )


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event with its place in the log and the time at which it reached us."""

    seq: int
    received_at: datetime
    event: AnyEvent


@dataclass(frozen=True, slots=True)
class LogStatistics:
    """What this process wrote since the log was opened: calls and events that shared ``commits`` transactions."""

    appends: int = 0
    events: int = 0
    commits: int = 0
