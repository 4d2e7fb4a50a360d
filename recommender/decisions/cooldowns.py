"""How long an action stays away after what became of it the last times."""

from typing import Final, NamedTuple

from recommender.actions.contacting import counts_as_contact
from recommender.actions.situation import Moment
from recommender.actions.telling import ago
from recommender.customers.dealings import Dealings
from recommender.playbook.model import Cooldown

_About = tuple[str, int | None]
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

    __slots__ = ("_now_s", "_seen")

    def __init__(self, dealings: Dealings, moment: Moment) -> None:
        self._now_s = moment.now_s
        self._seen: dict[_About, dict[str, int]] = {}
        for outcome in dealings.outcomes:
            if outcome.at_s <= moment.now_s:
                what = _SAID if outcome.outcome == "seen" else outcome.outcome
                self._note((outcome.action, outcome.number), what, outcome.at_s)
        for contact in dealings.contacts:
            if counts_as_contact(contact, moment):
                for action, number in ((contact.action, contact.number), *contact.also):
                    if action is not None:
                        self._note((action, number), _SAID, contact.at_s)

    def _note(self, about: _About, what: str, at_s: int) -> None:
        times = self._seen.setdefault(about, {})
        times[what] = max(at_s, times.get(what, at_s))

    def resting(self, action_id: str, number: int | None, cooldown: Cooldown) -> Resting | None:
        """Return until when an action rests; what was said about no item counts for every item."""
        found = self._longest((action_id, None), cooldown)
        if number is not None:
            of_item = self._longest((action_id, number), cooldown)
            found = of_item if found is None or (of_item is not None and of_item > found) else found
        return found

    def numbers(self, action_id: str) -> list[int]:
        """Return the items about which anything is known of an action."""
        return [number for action, number in self._seen if action == action_id and number is not None]

    def _longest(self, about: _About, cooldown: Cooldown) -> Resting | None:
        times = self._seen.get(about)
        if times is None:
            return None
        rests = (
            (times[what] + rest_s, what)
            for what, rest_s in (
                ("accepted", cooldown.accepted_s),
                ("ignored", cooldown.ignored_s),
                ("dismissed", cooldown.dismissed_s),
                (_SAID, cooldown.sent_s),
            )
            if what in times and self._now_s < times[what] + rest_s
        )
        until_s, what = max(rests, default=(0, ""))
        return Resting(until_s, f"{what} {ago(times[what], self._now_s)}") if what else None


def has_any(cooldown: Cooldown) -> bool:
    """Whether a cooldown ever keeps anything away."""
    return max(cooldown.accepted_s, cooldown.ignored_s, cooldown.dismissed_s, cooldown.sent_s) > 0
