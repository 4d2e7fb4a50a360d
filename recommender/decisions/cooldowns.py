"""How long an action stays away after what became of it the last times."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, TypeAlias

from recommender.actions.contacting import counts_as_contact
from recommender.actions.situation import Moment
from recommender.actions.telling import ago
from recommender.customers.dealings import Contact, Dealings
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action, Cooldown

SEEN: Final = "seen"
_SAID: Final = "said"

_About: TypeAlias = tuple[int | None, str]
"""An item and a subject."""

_ABOUT_ALL: Final[_About] = (None, "")


_Rest: TypeAlias = tuple[int, int, str, _About]
"""Until when, minus when it began, after what, and about what."""


class Resting(NamedTuple):
    """Until when an action rests, and why."""

    until_s: int
    because: str


Lengths: TypeAlias = Mapping[str, int]
"""How long an action rests, in seconds, by outcome; :data:`SEEN` also where it was sent."""


_OF_FACTS: Final = frozenset(
    {ActionKind.THANK_YOU, ActionKind.APOLOGY, ActionKind.FOLLOW_UP, ActionKind.OCCASION}
)
"""Kinds that speak once of each order, complaint, question or day, whatever the playbook says."""


class Rests(NamedTuple):
    """How long the actions of a playbook rest.

    Attributes
    ----------
    lengths
        By id; those that nothing keeps away are absent.
    longest_s
        The longest of all of that, in seconds.
    at_large
        Actions that rest whatever they would be about: a rest of the one order that was thanked for would keep nothing away.
    once
        Those among them that rest when they are sent: a slate says one word of each.
    """

    lengths: Mapping[str, Lengths]
    longest_s: int
    at_large: frozenset[str]
    once: frozenset[str]


class Cooldowns:
    """What was said, accepted, ignored and dismissed, as far as that keeps anything away now.

    Parameters
    ----------
    dealings, moment
        The customer, and when.
    known
        Of each action that any outcome keeps away, for how long.

    Examples
    --------
    >>> from zoneinfo import ZoneInfo
    >>> from recommender.customers.dealings import Outcome
    >>> dealings = Dealings(outcomes=(Outcome("tea", 7, "dismissed", 1_000),))
    >>> known = rests_of([Action("tea", ActionKind.PRODUCT_OFFER, cooldown=Cooldown(dismissed_s=5_000))])
    >>> cooldowns = Cooldowns(dealings, Moment(2_000, ZoneInfo("UTC")), known)
    >>> cooldowns.resting("tea", 7)
    Resting(until_s=6000, because='dismissed less than a day ago')
    >>> cooldowns.resting("tea", 8) is None
    True
    >>> boiler = Dealings(outcomes=(Outcome("tea", 7, "dismissed", 1_000, "order-1/2"),))
    >>> cooldowns = Cooldowns(boiler, Moment(2_000, ZoneInfo("UTC")), known)
    >>> [cooldowns.resting("tea", 7, unit) is None for unit in ("order-1/1", "order-1/2")]
    [True, False]
    """

    __slots__ = ("_at_large", "_lengths", "_now_s", "rests", "silent")

    rests: dict[str, list[_Rest]]
    """What keeps each action away that anything keeps away."""

    silent: set[str]
    """Actions that rest whatever they would be about."""

    def __init__(self, dealings: Dealings, moment: Moment, known: Rests) -> None:
        now_s = self._now_s = moment.now_s
        lengths = self._lengths = known.lengths
        self._at_large = known.at_large
        over_s = now_s - known.longest_s
        self.rests = {}
        self.silent = set()
        for outcome in reversed(dealings.outcomes):
            at_s, action = outcome.at_s, outcome.action
            if at_s <= over_s:
                break
            if action in lengths and at_s <= now_s < at_s + lengths[action][outcome.outcome]:
                self._add(action, (outcome.number, outcome.subject), at_s, outcome.outcome)
        for contact in reversed(dealings.contacts):
            if contact.at_s <= over_s:
                break
            if (contact.action in lengths or contact.also) and counts_as_contact(contact, moment):
                self._add_contact(contact)

    def _add_contact(self, contact: Contact) -> None:
        for action, number, subject in ((contact.action, contact.number, contact.subject), *contact.also):
            of_action = self._lengths.get(action or "")
            if action is not None and of_action is not None and self._now_s < contact.at_s + of_action[SEEN]:
                self._add(action, (number, subject), contact.at_s, SEEN)

    def _add(self, action_id: str, about: _About, at_s: int, outcome: str) -> None:
        what = _SAID if outcome == SEEN else outcome
        until_s = at_s + self._lengths[action_id][outcome]
        if action_id in self._at_large:
            about = _ABOUT_ALL
        if about == _ABOUT_ALL:
            self.silent.add(action_id)
        self.rests.setdefault(action_id, []).append((until_s, -at_s, what, about))

    def resting(self, action_id: str, number: int | None, subject: str = "") -> Resting | None:
        """Return until when an action rests about an item, and of several units about the one.

        What was said about no item counts for every item, and what was said about no unit for every unit. What was said of
        an order, a complaint, a question or a day counts for every other one.
        """
        rests = [one[:3] for one in self.rests.get(action_id, ()) if _holds(one[-1], (number, subject))]
        if not rests:
            return None
        until_s, minus_at_s, what = max(rests)
        return Resting(until_s, f"{what} {ago(-minus_at_s, self._now_s)}")

    def numbers(self, action_id: str) -> set[int]:
        """Return the items about which an action rests, whichever unit it is."""
        rests = self.rests.get(action_id, ())
        return {about[0] for *_, about in rests if about[0] is not None and not about[1]}


def _holds(kept: _About, about: _About) -> bool:
    """Whether what keeps an action away from one thing keeps it away from another; nothing certain counts for everything."""
    return kept[1] == about[1] if kept[1] and about[1] else kept[0] in {None, about[0]} and not kept[1]


def rests_of(actions: Iterable[Action]) -> Rests:
    """Return how long actions rest.

    Examples
    --------
    >>> tea = Action("tea", ActionKind.PRODUCT_OFFER)
    >>> thanks = Action("thanks", ActionKind.THANK_YOU, cooldown=Cooldown(ignored_s=60))
    >>> rests_of([tea, thanks])[1:]
    (60, frozenset({'thanks'}), frozenset())
    """
    resting = [one for one in actions if has_any(one.cooldown)]
    lengths = {one.id: lengths_of(one.cooldown) for one in resting}
    longest_s = max((max(one.values()) for one in lengths.values()), default=0)
    at_large = frozenset(one.id for one in resting if one.kind in _OF_FACTS)
    return Rests(
        lengths, longest_s, at_large, frozenset(name for name in at_large if lengths[name][SEEN] > 0)
    )


def lengths_of(cooldown: Cooldown) -> Lengths:
    """Return how long a cooldown keeps an action away after each outcome."""
    return {
        "accepted": cooldown.accepted_s,
        "ignored": cooldown.ignored_s,
        "dismissed": cooldown.dismissed_s,
        SEEN: cooldown.sent_s,
    }


def has_any(cooldown: Cooldown) -> bool:
    """Whether a cooldown ever keeps anything away."""
    return max(cooldown.accepted_s, cooldown.ignored_s, cooldown.dismissed_s, cooldown.sent_s) > 0
