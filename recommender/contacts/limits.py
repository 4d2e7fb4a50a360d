"""How often and when the brand may come to a customer."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from recommender.contacts.allowed import ALLOWED, CAP_REACHED, QUIET_HOURS, TOO_SOON, Allowed
from recommender.contacts.quiet import quiet_hours_at, quiet_until
from recommender.contacts.windows import Counted, cap_opens, counted, in_cap, leaving, spacing_opens, within
from recommender.contacts.words import clock_words, contact_words, span_words, wish_words
from recommender.customers.dealings import Contact, Dealings
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Cap, Channel, ContactPolicy, Playbook, QuietHours, Wish

_OPEN: Final = Allowed(ok=True, code=ALLOWED, because="within all contact limits")
_INBOUND: Final = Allowed(ok=True, code=ALLOWED, because="inbound, the customer came to us")
_Capped: TypeAlias = tuple[Cap, Sequence[Counted]]
"""A cap and the contacts that it is about."""

_MOST_STEPS: Final = 1_000
"""Every step of the search passes the end of a contact's window or of a quiet time; a bound against a slip."""


@dataclass(frozen=True, slots=True, eq=False)
class ContactRules:
    """A contact policy, and of which kind each action is: caps that leave out kinds need to know of past contacts.

    Two of them are equal only if they are the same: what they say is remembered by it.
    """

    policy: ContactPolicy
    kinds: Mapping[str, ActionKind] = field(default_factory=dict)
    wishes: frozenset[Wish] = field(init=False)
    """Preferences that some rule asks for."""

    def __post_init__(self) -> None:
        rules: tuple[Cap | QuietHours, ...] = (*self.policy.caps, *self.policy.quiet_hours)
        asked = frozenset(rule.preference for rule in rules if rule.preference is not None)
        object.__setattr__(self, "wishes", asked)

    def wishes_of(self, dealings: Dealings) -> frozenset[Wish]:
        """Return which preferences that the rules ask for a customer has."""
        if not self.wishes:
            return self.wishes
        return self.wishes.intersection(dealings.preferences.items())


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

    A cap holds when the window ``(now - per, now]`` has fewer contacts than it allows: exactly ``per`` after a contact it
    opens, as spacing does. What
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
    Allowed(ok=False, code='cap_reached', because='1 contact in 7 days, at most 1', opens_s=1700604800, evidence=None)
    """
    if channel.direction == "inbound":
        return _INBOUND
    rules = policy if isinstance(policy, ContactRules) else _bare(policy)
    limits = _limits_of(rules, rules.wishes_of(dealings), channel.name, kind)
    shut = limits.shut(dealings.contacts, now_s, zone)
    return _OPEN if shut is None else _refused(shut, now_s, zone)


def _refused(shut: "Shut", now_s: int, zone: ZoneInfo) -> Allowed:
    return Allowed(ok=False, code=shut.code, because=_words(shut, now_s, zone), opens_s=shut.opens_s)


def is_of_request(contact: Contact, request_id: str | None, decision_id: str | None = None) -> bool:
    """Whether a contact is what one request itself reserved or sent, by a decision of its own.

    Under the name of a campaign another subject of the person may have been asked for: that is another request. Without
    ``decision_id`` the name alone decides.
    """
    if request_id is None or contact.request_id != request_id:
        return False
    return decision_id is None or contact.decision_id in (None, decision_id)


def without_request(dealings: Dealings, request_id: str | None, decision_id: str | None = None) -> Dealings:
    """Return dealings without what one request itself reserved or sent: asked again, it must not stop itself."""
    kept = tuple(one for one in dealings.contacts if not is_of_request(one, request_id, decision_id))
    if len(kept) == len(dealings.contacts):
        return dealings
    import msgspec

    return msgspec.structs.replace(dealings, contacts=kept)


def quiet_hours_for(
    policy: ContactPolicy, dealings: Dealings, channel: str, kinds: Collection[ActionKind]
) -> tuple[QuietHours, ...]:
    """Return the quiet hours in which a contact of some kinds may not go out on a channel to a customer.

    Examples
    --------
    >>> night = QuietHours(21 * 60, 8 * 60, except_kinds=frozenset({ActionKind.APOLOGY}))
    >>> policy = ContactPolicy(quiet_hours=(night,))
    >>> quiet_hours_for(policy, Dealings(), "email", {ActionKind.APOLOGY, ActionKind.SURVEY}) == (night,)
    True
    >>> quiet_hours_for(policy, Dealings(), "email", {ActionKind.APOLOGY})
    ()
    """
    wishes = frozenset(dealings.preferences.items())
    return tuple(
        rule
        for rule in policy.quiet_hours
        if _is_meant(rule, wishes) and any(_binds(rule, channel, kind) for kind in kinds)
    )


class ContactGate:
    """The limits of one customer, channel and moment, asked for several kinds: kinds with equal limits share an answer.

    Parameters are those of :func:`limits_for`.
    """

    __slots__ = ("_answers", "_contacts", "_is_inbound", "_now_s", "_rules", "_where", "_wishes", "_zone")

    def __init__(
        self, rules: ContactRules, dealings: Dealings, channel: Channel, now_s: int, zone: ZoneInfo
    ) -> None:
        self._rules = rules
        self._wishes = rules.wishes_of(dealings)
        self._contacts = dealings.contacts
        self._is_inbound = channel.direction == "inbound"
        self._where = channel.name
        self._now_s = now_s
        self._zone = zone
        self._answers: dict[_Limits, Shut | None] = {}

    def allows(self, kind: ActionKind) -> Allowed:
        """Return what :func:`limits_for` returns for a kind."""
        if self._is_inbound:
            return _INBOUND
        shut = self.shut(kind)
        if shut is None:
            return _OPEN
        return _refused(shut, self._now_s, self._zone)

    def shut(self, kind: ActionKind) -> "Shut | None":
        """Return what stops a kind, without its words: who asks often counts codes; None: nothing does."""
        if self._is_inbound:
            return None
        limits = _limits_of(self._rules, self._wishes, self._where, kind)
        if limits not in self._answers:
            self._answers[limits] = limits.shut(self._contacts, self._now_s, self._zone)
        return self._answers[limits]


class Shut(NamedTuple):
    """The first limit that stops a contact.

    Attributes
    ----------
    code
        As in :class:`Allowed`.
    opens_s
        The first second at which no limit stops it; None: there is none.
    rule, fact
        The cap and how many contacts it has, the quiet hours, or when the contact was that is too near.
    """

    code: str
    opens_s: int | None
    rule: Cap | QuietHours | int
    fact: int


def _words(shut: Shut, now_s: int, zone: ZoneInfo) -> str:
    rule = shut.rule
    if isinstance(rule, Cap):
        what = contact_words(shut.fact, sorted(rule.channels))
        return f"{what} in {span_words(rule.per_s)}, at most {rule.contacts}{wish_words(rule.preference)}"
    if isinstance(rule, QuietHours):
        return clock_words(rule, now_s, zone) + wish_words(rule.preference)
    ago = span_words(abs(now_s - shut.fact))
    return f"last contact {ago} ago, at least {span_words(rule)} between two"


@lru_cache(maxsize=64)
def _bare(policy: ContactPolicy) -> ContactRules:
    """Return a policy as rules that know no kinds; the same for the same policy."""
    return ContactRules(policy)


@lru_cache(maxsize=1_024)
def _limits_of(rules: ContactRules, wishes: frozenset[Wish], channel: str, kind: ActionKind) -> "_Limits":
    policy = rules.policy
    caps = tuple(cap for cap in policy.caps if _binds(cap, channel, kind) and _is_meant(cap, wishes))
    quiet = tuple(
        rule for rule in policy.quiet_hours if _binds(rule, channel, kind) and _is_meant(rule, wishes)
    )
    spacing_s = policy.least_spacing_s
    same = _Limits(rules, caps, quiet, spacing_s, max([spacing_s, *[cap.per_s for cap in caps]]))
    for other in ActionKind:
        if other is kind:
            return same
        if (earlier := _limits_of(rules, wishes, channel, other)).says_the_same(same):
            return earlier
    return same


def _binds(rule: Cap | QuietHours, channel: str, kind: ActionKind) -> bool:
    return (not rule.channels or channel in rule.channels) and kind not in rule.except_kinds


def _is_meant(rule: Cap | QuietHours, wishes: frozenset[Wish]) -> bool:
    """Whether a rule is for everybody, or for who prefers this."""
    return rule.preference is None or rule.preference in wishes


@dataclass(frozen=True, slots=True, eq=False)
class _Limits:
    """The limits that one channel and kind must keep; kinds with the same share one of these."""

    rules: ContactRules
    caps: tuple[Cap, ...]
    quiet: tuple[QuietHours, ...]
    spacing_s: int
    longest_s: int
    """The longest window of any of them."""

    def says_the_same(self, other: "_Limits") -> bool:
        return self.caps == other.caps and self.quiet == other.quiet

    def counted(self, contacts: Sequence[Contact], now_s: int) -> list[Counted]:
        """Return what counts now, in any order; nothing where no limit asks."""
        if not contacts or not (self.caps or self.spacing_s):
            return []
        return counted(contacts, now_s, now_s - self.longest_s, self.rules.policy.reservation_s)

    def shut(self, contacts: Sequence[Contact], now_s: int, zone: ZoneInfo) -> Shut | None:
        """Return the first limit that stops a contact now, and when none does; None: it may go out."""
        known = self.counted(contacts, now_s)
        # The others leave room even if they are about all that counts.
        tight = [cap for cap in self.caps if cap.contacts <= len(known)]
        if not tight and not self.spacing_s and self._is_loud(now_s, zone):
            return None
        capped = [(cap, in_cap(cap, known, self.rules.kinds)) for cap in tight]
        found = self._stop(capped, known, now_s, zone)
        if found is None:
            return None
        code, rule, fact = found
        return Shut(code, self._opens(capped, known, now_s, zone), rule, fact)

    def _stop(
        self, capped: Sequence[_Capped], contacts: Sequence[Counted], now_s: int, zone: ZoneInfo
    ) -> tuple[str, Cap | QuietHours | int, int] | None:
        for cap, own in capped:
            inside = within(cap.per_s, own, now_s)
            if inside >= cap.contacts:
                return CAP_REACHED, cap, inside
        spacing_s = self.spacing_s
        near = [one[0] for one in contacts if -spacing_s < now_s - one[0] < spacing_s] if spacing_s else []
        if near:
            return TOO_SOON, spacing_s, max(near)
        if self._is_loud(now_s, zone):
            return None
        quiet = quiet_hours_at(self.quiet, now_s, zone)
        return None if quiet is None else (QUIET_HOURS, quiet, now_s)

    def _is_loud(self, now_s: int, zone: ZoneInfo) -> bool:
        return not self.quiet or _loud_from(self, now_s, zone) == now_s

    def _opens(
        self, capped: Sequence[_Capped], contacts: Sequence[Counted], now_s: int, zone: ZoneInfo
    ) -> int | None:
        if any(cap.contacts <= 0 for cap in self.caps):
            return None
        leaves = [(cap.contacts, leaving(cap.per_s, own)) for cap, own in capped]
        moment_s, before_s = now_s, now_s - 1
        for _ in range(_MOST_STEPS):
            if moment_s == before_s:
                return moment_s
            before_s = moment_s
            for most, left_s in leaves:
                moment_s = cap_opens(most, left_s, moment_s)
            moment_s = spacing_opens(self.spacing_s, contacts, moment_s)
            quiet_s = _loud_from(self, moment_s, zone) if self.quiet else moment_s
            if quiet_s is None:
                return None
            moment_s = quiet_s
        return None


@lru_cache(maxsize=4_096)
def _loud_from(limits: _Limits, at_s: int, zone: ZoneInfo) -> int | None:
    """Return when no quiet hours hold; kept, because a campaign asks of one moment for everybody."""
    return quiet_until(limits.quiet, at_s, zone)
