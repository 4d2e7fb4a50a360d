"""How often and when the brand may come to a customer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from recommender.contacts.allowed import ALLOWED, CAP_REACHED, QUIET_HOURS, TOO_SOON, Allowed
from recommender.contacts.quiet import quiet_hours_at, quiet_until
from recommender.contacts.windows import Counted, cap_opens, counts_until, kinds_said, spacing_opens, within
from recommender.contacts.words import clock_words, contact_words, span_words
from recommender.customers.dealings import Contact, Dealings
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Cap, Channel, ContactPolicy, Playbook, QuietHours

_OPEN: Final = Allowed(ok=True, code=ALLOWED, because="within all contact limits")
_INBOUND: Final = Allowed(ok=True, code=ALLOWED, because="inbound, the customer came to us")
_MOST_STEPS: Final = 1_000
"""Every step of the search passes the end of a contact's window or of a quiet time; a bound against a slip."""


@dataclass(frozen=True, slots=True)
class ContactRules:
    """A contact policy, and of which kind each action is: caps that leave out kinds need to know of past contacts."""

    policy: ContactPolicy
    kinds: Mapping[str, ActionKind] = field(default_factory=dict)


def contact_rules_of(playbook: Playbook) -> ContactRules:
    """Return the rules of a playbook, worked out once."""
    return ContactRules(playbook.policy, {action.id: action.kind for action in playbook.actions})


def limits_for(
    policy: ContactPolicy | ContactRules,
    dealings: Dealings,
    *,
    channel: Channel,
    kind: ActionKind,
    now_s: int,
    zone: ZoneInfo,
) -> Allowed:
    """Return whether caps, spacing and quiet hours let one more contact of a kind out now.

    A cap holds when the window ``[now - per, now]``, both ends included, has fewer contacts than it allows. What
    counts is what was sent, and what is reserved until it expires or is released; what bounced reached nobody. A
    contact with a time after ``now`` (clocks differ) counts as well.

    Parameters
    ----------
    policy
        The limits; as :class:`ContactRules` past contacts of the kinds that a cap leaves out do not count, otherwise
        they do: their kind is not known then.
    dealings
        The customer; give :func:`without_request` of them when the request has a reservation of its own.
    channel
        Where it would go; inbound channels have no limits.
    kind
        What it would be.
    now_s
        When, seconds since 1970.
    zone
        The customer's.

    Returns
    -------
    Allowed
        With the first limit that stops it: caps in the order of the policy, spacing, quiet hours. ``opens_s`` is the
        first second at which none of them does; None when that is never.

    Examples
    --------
    >>> policy = ContactPolicy(caps=(Cap(1, 7 * 86_400),))
    >>> sent = Contact("email", "thanks", None, "sent", 1_700_000_000, None, None, None)
    >>> limits_for(policy, Dealings(contacts=(sent,)), channel=Channel("email", "outbound"), kind=ActionKind.SURVEY,
    ...     now_s=1_700_086_400, zone=ZoneInfo("UTC"))
    Allowed(ok=False, code='cap_reached', because='1 contact in 7 days, at most 1', opens_s=1700604801, evidence=None)
    """
    if channel.direction == "inbound":
        return _INBOUND
    rules = policy if isinstance(policy, ContactRules) else ContactRules(policy)
    limits = _Limits.of(rules, channel.name, kind)
    counted = limits.counted(dealings.contacts, rules, now_s)
    stopped = limits.stop(counted, now_s, zone)
    if stopped is None:
        return _OPEN
    return Allowed(ok=False, code=stopped[0], because=stopped[1], opens_s=limits.opens(counted, now_s, zone))


def without_request(dealings: Dealings, request_id: str | None) -> Dealings:
    """Return dealings without what one request itself reserved or sent: asked again, it must not stop itself."""
    if request_id is None or all(one.request_id != request_id for one in dealings.contacts):
        return dealings
    import msgspec

    kept = tuple(one for one in dealings.contacts if one.request_id != request_id)
    return msgspec.structs.replace(dealings, contacts=kept)


class _Limits(NamedTuple):
    """The limits that one channel and kind must keep."""

    caps: tuple[Cap, ...]
    spacing_s: int
    quiet: tuple[QuietHours, ...]

    @classmethod
    def of(cls, rules: ContactRules, channel: str, kind: ActionKind) -> "_Limits":
        policy = rules.policy
        return cls(
            tuple(cap for cap in policy.caps if _binds(cap, channel, kind)),
            policy.least_spacing_s,
            tuple(rule for rule in policy.quiet_hours if _binds(rule, channel, kind)),
        )

    def counted(self, contacts: tuple[Contact, ...], rules: ContactRules, now_s: int) -> list[Counted]:
        """Return what counts now, in any order; nothing where no limit asks."""
        if not contacts or not (self.caps or self.spacing_s):
            return []
        longest_s = max([self.spacing_s, *(cap.per_s for cap in self.caps)])
        reservation_s = rules.policy.reservation_s
        return [
            Counted(one.at_s, gone_s, one.channel, kinds_said(one, rules.kinds))
            for one in contacts
            if one.at_s >= now_s - longest_s and (gone_s := counts_until(one, reservation_s)) > now_s
        ]

    def stop(self, counted: list[Counted], now_s: int, zone: ZoneInfo) -> tuple[str, str] | None:
        """Return code and words of the first limit that stops a contact now; None: it may go out."""
        for cap in self.caps:
            inside = within(cap, counted, now_s)
            if inside >= cap.contacts:
                what = contact_words(inside, sorted(cap.channels))
                return CAP_REACHED, f"{what} in {span_words(cap.per_s)}, at most {cap.contacts}"
        near = [one.at_s for one in counted if abs(now_s - one.at_s) < self.spacing_s]
        if near:
            ago = span_words(abs(now_s - max(near)))
            return TOO_SOON, f"last contact {ago} ago, at least {span_words(self.spacing_s)} between two"
        quiet = quiet_hours_at(self.quiet, now_s, zone) if self.quiet else None
        return None if quiet is None else (QUIET_HOURS, clock_words(quiet, now_s, zone))

    def opens(self, counted: list[Counted], now_s: int, zone: ZoneInfo) -> int | None:
        """Return the first second from now on at which no limit stops a contact; None: there is none."""
        moment_s = now_s
        for _ in range(_MOST_STEPS):
            before_s = moment_s
            for cap in self.caps:
                if cap.contacts <= 0:
                    return None
                moment_s = cap_opens(cap, counted, moment_s)
            moment_s = spacing_opens(self.spacing_s, counted, moment_s)
            quiet_s = quiet_until(self.quiet, moment_s, zone)
            if quiet_s is None:
                return None
            moment_s = quiet_s
            if moment_s == before_s:
                return moment_s
        return None


def _binds(rule: Cap | QuietHours, channel: str, kind: ActionKind) -> bool:
    return (not rule.channels or channel in rule.channels) and kind not in rule.except_kinds
