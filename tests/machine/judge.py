"""A second opinion on what may be said: brute force over the events of one customer, in plain Python.

Nothing of the engine is used but the events. Where the engine's answer depends on how returns are matched, the judge
only says what is certain under every matching.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TypeVar
from zoneinfo import ZoneInfo

from recommender.events.vocabulary import (
    AnyEvent,
    Appointment,
    ComplaintOpened,
    ComplaintResolved,
    ConsentChange,
    ContactBounced,
    ContactReleased,
    ContactReserved,
    ContactSent,
    OrderCancelled,
    Override,
    Preference,
    Profile,
    Purchase,
    Return,
    ServiceVisit,
)
from tests.machine.house_rules import (
    COOL_DOWN_DAYS,
    FIRST_AFTER_DAYS,
    GRACE_DAYS,
    GROUP_OF,
    KIND_OF,
    LEAD_DAYS,
    OUTBOUND,
    OWN_ONCE,
    PLANNED,
    SELLING,
    TOPIC_OF,
    WISHED,
    Cap,
    HouseRules,
    Quiet,
)

HOME = ZoneInfo("Europe/Berlin")
SEVERITY = ("subscribed", "pending", "never_subscribed", "unsubscribed")
_T = TypeVar("_T")


@dataclass
class Contact:
    """One contact, of all that was told about it."""

    reserved: list[ContactReserved] = field(default_factory=list)
    sent: list[ContactSent] = field(default_factory=list)
    released: list[ContactReleased] = field(default_factory=list)
    bounced: list[ContactBounced] = field(default_factory=list)

    @property
    def channel(self) -> str:
        return next((one.channel for one in (*self.sent, *self.reserved) if one.channel), "")

    @property
    def at(self) -> datetime:
        return (self.sent or self.reserved)[-1].occurred_at

    @property
    def kinds(self) -> set[str]:
        """Kinds of all that was sent, or, as far as that names none, of all that was promised."""
        names: set[str | None] = {one.action for one in self.sent}
        names |= {one.action for one in self.reserved[-1:]}
        if all(one.action is None for one in self.sent):
            names |= {too.action for one in self.reserved[-1:] for too in one.also}
        return {KIND_OF[name] for name in names if name is not None}

    @property
    def goodwill(self) -> float:
        """What the promise offers in all."""
        amounts = [one.amount for one in self.reserved[-1:]]
        amounts += [too.amount for one in self.reserved[-1:] for too in one.also]
        return float(sum(amount for amount in amounts if amount is not None))

    def counts(self, now: datetime) -> bool:
        """Whether it was sent and arrived, or is promised still."""
        if self.sent:
            return not self.bounced or self.bounced[-1].occurred_at < self.sent[-1].occurred_at
        if not self.reserved or self.bounced:
            return False
        promise = self.reserved[-1]
        called_off = any(one.decision_id == promise.decision_id for one in self.released)
        return not called_off and promise.expires_at > now


class Judge:
    """Says for one customer and moment what must not be said.

    Parameters
    ----------
    events
        All that is known of the customer.
    now
        The moment.
    own
        The request that asks: what it reserved itself does not stand in its way.
    """

    def __init__(
        self, rules: HouseRules, events: Iterable[AnyEvent], now: datetime, own: str | None = None
    ) -> None:
        self.rules = rules
        self.events = sorted(events, key=lambda one: (one.occurred_at, one.source, one.event_id))
        self.now = now
        self.own = own

    def objection(self, action: str, item_id: str | None, channel: str | None) -> str | None:
        """Return why an action must not be said; None: nothing is known against it."""
        kind = KIND_OF[action]
        if self._is_held():
            return "staff holds everything"
        if self._is_suppressed(action, item_id):
            return "staff suppressed it"
        if kind in SELLING and self._complains():
            return "a complaint is open, or was settled just now"
        if item_id is not None and kind in SELLING and (why := self._has(item_id, kind)):
            return why
        return self._outbound_objection(action, kind, channel) if channel in OUTBOUND else None

    def _outbound_objection(self, action: str, kind: str, channel: str | None) -> str | None:
        assert channel is not None
        if not self._allows(channel, TOPIC_OF.get(action)):
            return f"no consent to {TOPIC_OF.get(action) or 'anything'} on {channel}"
        for cap in self.rules.caps:
            if self._binds(cap, kind, channel) and self._is_for(cap) and self._within(cap) >= cap.contacts:
                return f"{self._within(cap)} contacts in {cap.per_s} s, at most {cap.contacts}"
        spacing = timedelta(seconds=self.rules.spacing_s)
        if any(abs(self.now - one.at) < spacing for one in self.counted):
            return "too soon after another contact"
        if any(self._binds(quiet, kind, channel) and self._is_quiet(quiet) for quiet in self.rules.quiet):
            return "quiet hours"
        return None

    # What staff says

    def is_pinned(self, action: str, item_id: str | None) -> bool:
        """Whether staff put an action, or whatever is about an item, in front."""
        return any(
            one.kind == "pin"
            and one.action in (None, action)
            and one.item_id in (None, item_id)
            and (one.action, one.item_id) != (None, None)
            for one in self._words_that_hold()
        )

    def _is_held(self) -> bool:
        return any(one.kind == "hold_all" for one in self._words_that_hold())

    def _is_suppressed(self, action: str, item_id: str | None) -> bool:
        return any(
            one.kind == "suppress"
            and one.action in (None, action)
            and one.item_id in (None, item_id)
            and (one.action, one.item_id) != (None, None)
            for one in self._words_that_hold()
        )

    def _words_that_hold(self) -> Iterator[Override]:
        newest = {(one.kind, one.action, one.item_id): one for one in self._all(Override)}
        for one in newest.values():
            if one.occurred_at <= self.now and (one.expires_at is None or one.expires_at > self.now):
                yield one

    # What the customer has

    def _has(self, item_id: str, kind: str) -> str | None:
        """Return why an item must not be sold to its owner, where they own it for certain."""
        alike = [one for one in GROUP_OF if GROUP_OF[one] == GROUP_OF[item_id]]
        owned = [one for one in alike if self._certainly_owns(one)]
        if not owned or (kind != "product_offer" and item_id not in OWN_ONCE):
            return None
        days = COOL_DOWN_DAYS.get(item_id)
        if days is not None and self._last_bought(owned) <= self.now - timedelta(days=days):
            return None
        return f"owns {', '.join(owned)}"

    def _certainly_owns(self, item_id: str) -> bool:
        """Whether more was bought and kept than ever came back, however it is matched."""
        cancelled = {one.order_id for one in self._all(OrderCancelled)}
        bought = sum(
            line.quantity
            for order in self._all(Purchase)
            if order.order_id not in cancelled
            for line in order.lines
            if line.item_id == item_id and not line.is_gift
        )
        returned = sum(
            line.quantity for back in self._all(Return) for line in back.lines if line.item_id == item_id
        )
        return bought - returned > 0

    def _last_bought(self, item_ids: Sequence[str]) -> datetime:
        return max(
            order.occurred_at
            for order in self._all(Purchase)
            if any(line.item_id in item_ids and not line.is_gift for line in order.lines)
        )

    # Complaints

    def _complains(self) -> bool:
        names = {one.complaint_id for one in self._complaint_words}
        return any(map(self._is_open, names))

    @cached_property
    def _complaint_words(self) -> list[ComplaintOpened | ComplaintResolved]:
        return [one for one in self.events if isinstance(one, ComplaintOpened | ComplaintResolved)]

    def _is_open(self, complaint_id: str) -> bool:
        words = [one for one in self._complaint_words if one.complaint_id == complaint_id]
        words.sort(key=lambda one: (one.occurred_at, isinstance(one, ComplaintOpened)))
        openings = [one for one in words if isinstance(one, ComplaintOpened)]
        if not openings:
            return self._rests(words[0].occurred_at)
        if openings[-1].occurred_at > self.now:
            return False
        after = words[words.index(openings[-1]) + 1 :]
        if after:
            return self._rests(after[0].occurred_at)
        if len(openings) == 1 and len(words) > 1:
            before = words[-2].occurred_at
            return self._rests(before) if words[-1].occurred_at - before <= timedelta(days=1) else True
        return True

    def _rests(self, settled: datetime) -> bool:
        return self.now < settled + timedelta(seconds=self.rules.grace_s)

    # Consent

    def _allows(self, channel: str, topic: str | None) -> bool:
        of_channel, of_topic = self._word(channel, None), self._word(channel, topic) if topic else None
        if of_topic is not None and self._refuses(of_topic):
            return False
        if of_channel is not None and self._refuses(of_channel):
            asked_later = (
                of_topic is not None
                and of_topic.status == "subscribed"
                and of_topic.occurred_at > of_channel.occurred_at
            )
            if not asked_later:
                return False
        said_yes = any(one is not None and one.status == "subscribed" for one in (of_channel, of_topic))
        return (said_yes or not self.rules.needs_consent) and not self._came_back(channel)

    def _refuses(self, word: ConsentChange) -> bool:
        return word.status == "unsubscribed" or (self.rules.needs_consent and word.status != "subscribed")

    def _word(self, channel: str, topic: str | None) -> ConsentChange | None:
        own = [
            one for one in self._all(ConsentChange) if one.consent_channel == channel and one.topic == topic
        ]
        return max(own, key=lambda one: (one.occurred_at, SEVERITY.index(one.status)), default=None)

    def _came_back(self, channel: str) -> bool:
        """Whether a contact bounced for good, and nobody subscribed to anything on the channel after that."""
        bounces = [
            bounce.occurred_at
            for contact in self._contacts.values()
            if contact.channel == channel
            for bounce in contact.bounced
            if bounce.permanent
        ]
        if not bounces:
            return False
        return not any(
            one.consent_channel == channel and one.status == "subscribed" and one.occurred_at > max(bounces)
            for one in self._all(ConsentChange)
        )

    # Contact limits

    @cached_property
    def _contacts(self) -> dict[str, Contact]:
        found: dict[str, Contact] = {}
        for event in self.events:
            if isinstance(event, ContactReserved | ContactSent | ContactReleased | ContactBounced):
                one = found.setdefault(event.request_id or event.event_id, Contact())
                match event:
                    case ContactReserved():
                        one.reserved.append(event)
                    case ContactSent():
                        one.sent.append(event)
                    case ContactReleased():
                        one.released.append(event)
                    case ContactBounced():
                        one.bounced.append(event)
        return found

    @cached_property
    def counted(self) -> list[Contact]:
        """The contacts that count now, but for those of the request that asks."""
        return [one for name, one in self._contacts.items() if name != self.own and one.counts(self.now)]

    @staticmethod
    def _binds(rule: Cap | Quiet, kind: str, channel: str) -> bool:
        return (not rule.channels or channel in rule.channels) and kind not in rule.except_kinds

    def _is_for(self, cap: Cap) -> bool:
        """Whether a cap binds everybody, or this customer wants to be contacted so often."""
        wished = [one.value for one in self._all(Preference) if one.name == WISHED]
        return cap.wish is None or wished[-1:] == [cap.wish]

    def _within(self, cap: Cap) -> int:
        since = self.now - timedelta(seconds=cap.per_s)
        return sum(
            one.at > since
            and (not cap.channels or not one.channel or one.channel in cap.channels)
            and not (one.kinds and one.kinds <= cap.except_kinds)
            for one in self.counted
        )

    def _is_quiet(self, quiet: Quiet) -> bool:
        local = self.now.astimezone(self.zone)
        minute, today = local.hour * 60 + local.minute, local.weekday()
        if quiet.from_minute < quiet.until_minute:
            return today in quiet.weekdays and quiet.from_minute <= minute < quiet.until_minute
        this_evening = today in quiet.weekdays and minute >= quiet.from_minute
        last_evening = (today - 1) % 7 in quiet.weekdays and minute < quiet.until_minute
        return this_evening or last_evening

    @cached_property
    def zone(self) -> ZoneInfo:
        """The newest that was told, or the shop's."""
        name = None
        for event in self.events:
            if isinstance(event, Profile) and event.time_zone is not None:
                name = event.time_zone
            elif isinstance(event, Preference) and event.name == "time_zone":
                name = event.value
        return HOME if name is None else ZoneInfo(name)

    # Promises

    def must_be_reminded(self) -> bool | None:
        """Whether the only unit under a plan is in the window of its first reminder; None where it is not that simple."""
        lines = [
            (order, line) for order in self._all(Purchase) for line in order.lines if line.item_id in PLANNED
        ]
        others = (Return, OrderCancelled, ServiceVisit, Appointment)
        if len(lines) != 1 or any(isinstance(one, others) for one in self.events):
            return None
        order, line = lines[0]
        if line.quantity != 1 or line.is_gift:
            return None
        today = self.now.astimezone(self.zone).date()
        due = order.occurred_at.astimezone(self.zone).date() + timedelta(days=FIRST_AFTER_DAYS)
        return due - timedelta(days=LEAD_DAYS) <= today <= due + timedelta(days=GRACE_DAYS)

    def _all(self, kind: type[_T]) -> list[_T]:
        return [one for one in self.events if isinstance(one, kind)]


def at(seconds: int) -> datetime:
    """Return a moment of whole seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC)
