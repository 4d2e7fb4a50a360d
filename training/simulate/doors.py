"""Which channels contact limits keep shut for everything that there may be to say: nobody need decide then."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

from recommender.actions.proposing import PROPOSERS
from recommender.actions.situation import CustomerSituation, Moment
from recommender.contacts.limits import ContactGate
from recommender.contacts.zones import zone_of
from recommender.customers.dealings import Contact
from recommender.customers.state import CustomerState
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Channel
from training.simulate.sides import Side


class Closed(NamedTuple):
    """A channel on which nothing may go out before ``until_s``; ``code`` names the limit."""

    until_s: float
    code: str


@dataclass(slots=True)
class Doors:
    """Asks the contact limits of one customer, and remembers until when a kind is kept off a channel.

    Limits leave out kinds, such as apologies; a kind that has nothing to speak of now opens no channel. What is simulated
    adds contacts, which never open a channel earlier. Only what the log says can: then it is asked anew. Until the first
    of all kinds may be let through, the answer stays the same.
    """

    side: Side
    _shut: dict[str, dict[ActionKind, Closed]] = field(default_factory=dict)
    _for_all: dict[str, Closed] = field(default_factory=dict)
    _logged: tuple[tuple[Contact, ...], str | None, dict[str, str]] = ((), None, {})

    def shut(
        self, name: str, logged: CustomerState, now_s: int, current: Callable[[], CustomerState]
    ) -> Closed | None:
        """Return what keeps an outbound channel shut now; None: something may be said on it, or there is nothing to say.

        Parameters
        ----------
        logged, current
            The customer without what was simulated, and with it.
        """
        channel = self.side.playbook.channels.get(name)
        if channel is None or self.side.repertoire is None:
            return None
        dealings = logged.dealings
        said = dealings.contacts, dealings.time_zone, dealings.preferences
        if said != self._logged:
            self._logged = said
            self._shut.clear()
            self._for_all.clear()
        for_all = self._for_all.get(name)
        if for_all is not None and now_s < for_all.until_s:
            return for_all
        known = self._shut.setdefault(name, {})
        kinds = self.side.kinds[name]
        asked = [kind for kind in kinds if kind not in known or known[kind].until_s <= now_s]
        if asked and self._opens(asked, channel, current(), now_s):
            return None
        held = [known[kind] for kind in kinds if kind in known and now_s < known[kind].until_s]
        first = min(held, key=_until, default=None)
        if first is not None and len(held) == len(kinds):
            self._for_all[name] = first
        return first

    def _opens(self, kinds: Sequence[ActionKind], channel: Channel, state: CustomerState, now_s: int) -> bool:
        """Whether the limits let through a kind that may speak; remember which they do not, and until when."""
        zone = zone_of(state.dealings, self.side.playbook)
        gate = ContactGate(self.side.rules, state.dealings, channel, now_s, zone)
        known = self._shut[channel.name]
        let_through = list[ActionKind]()
        for kind in kinds:
            found = gate.shut(kind)
            if found is not None:
                known[kind] = Closed(inf if found.opens_s is None else found.opens_s, found.code)
            elif kind in PROPOSERS:
                let_through.append(kind)
            else:
                return True
        return self._may_speak(let_through, state, Moment(now_s, zone, channel.name))

    def _may_speak(self, kinds: Sequence[ActionKind], state: CustomerState, moment: Moment) -> bool:
        """Whether any of some kinds has anything to speak of."""
        repertoire = self.side.repertoire
        if not kinds or repertoire is None:
            return False
        situation = CustomerSituation(repertoire, state, moment)
        return any(PROPOSERS[kind].may_apply(situation, repertoire.reach_s[kind]) for kind in kinds)


def _until(closed: Closed) -> float:
    return closed.until_s
