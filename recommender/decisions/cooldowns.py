"""How long an action stays away after what became of it the last times."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from recommender.actions.contacting import counts_as_contact
from recommender.actions.situation import Moment
from recommender.actions.telling import ago
from recommender.customers.dealings import Contact, Dealings, Outcome
from recommender.playbook.model import Cooldown

_SAID: Final = "said"


class Resting(NamedTuple):
    """Until when an action rests, and why."""

    until_s: int
    because: str


class Cooldowns:
    """What was said, accepted, ignored and dismissed, by action and item; the newest of each.

    Examples
    --------
    >>> from zoneinfo import ZoneInfo
    >>> from recommender.customers.dealings import Outcome
    >>> dealings = Dealings(outcomes=(Outcome("tea", 7, "dismissed", 1_000),))
    >>> cooldowns = Cooldowns(dealings, Moment(2_000, ZoneInfo("UTC")))
    >>> cooldowns.resting("tea", 7, Cooldown(dismissed_s=5_000))
    Resting(until_s=6000, because='dismissed today')
    >>> cooldowns.resting("tea", 8, Cooldown(dismissed_s=5_000)) is None
    True
    """

    __slots__ = ("_contacts", "_moment", "_outcomes")

    def __init__(self, dealings: Dealings, moment: Moment) -> None:
        self._moment = moment
        self._outcomes: dict[str, list[Outcome]] = {}
        self._contacts: dict[str, list[tuple[int | None, Contact]]] = {}
        for outcome in dealings.outcomes:
            self._outcomes.setdefault(outcome.action, []).append(outcome)
        for contact in dealings.contacts:
            if contact.action is not None:
                self._contacts.setdefault(contact.action, []).append((contact.number, contact))
            for action, number in contact.also:
                if action is not None:
                    self._contacts.setdefault(action, []).append((number, contact))

    def knows(self, action_id: str) -> bool:
        """Whether an action was ever said."""
        return action_id in self._outcomes or action_id in self._contacts

    def resting(self, action_id: str, number: int | None, cooldown: Cooldown) -> Resting | None:
        """Return until when an action rests; what was said about no item counts for every item."""
        if not self.knows(action_id):
            return None
        rests = [
            (at_s + rest_s, -at_s, what)
            for of, what, at_s, rest_s in self._said(action_id, cooldown)
            if of in (None, number) and at_s <= self._moment.now_s < at_s + rest_s
        ]
        if not rests:
            return None
        until_s, minus_at_s, what = max(rests)
        return Resting(until_s, f"{what} {ago(-minus_at_s, self._moment.now_s)}")

    def _said(self, action_id: str, cooldown: Cooldown) -> Iterator[tuple[int | None, str, int, int]]:
        """Yield item, outcome, time and how long it keeps the action away."""
        lengths = {
            "accepted": cooldown.accepted_s,
            "ignored": cooldown.ignored_s,
            "dismissed": cooldown.dismissed_s,
            "seen": cooldown.sent_s,
        }
        for outcome in self._outcomes.get(action_id, ()):
            what = _SAID if outcome.outcome == "seen" else outcome.outcome
            yield outcome.number, what, outcome.at_s, lengths[outcome.outcome]
        for number, contact in self._contacts.get(action_id, ()):
            if counts_as_contact(contact, self._moment):
                yield number, _SAID, contact.at_s, cooldown.sent_s

    def numbers(self, action_id: str) -> set[int]:
        """Return the items about which anything is known of an action."""
        about = {one.number for one in self._outcomes.get(action_id, ())}
        about |= {number for number, _ in self._contacts.get(action_id, ())}
        return {number for number in about if number is not None}


def has_any(cooldown: Cooldown) -> bool:
    """Whether a cooldown ever keeps anything away."""
    return max(cooldown.accepted_s, cooldown.ignored_s, cooldown.dismissed_s, cooldown.sent_s) > 0
