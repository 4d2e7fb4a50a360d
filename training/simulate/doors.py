"""Which channels contact limits keep shut for everything that there may be to say: nobody need decide then."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import inf

from recommender.actions.proposing import PROPOSERS
from recommender.actions.situation import CustomerSituation, Moment
from recommender.contacts.limits import ContactGate
from recommender.contacts.zones import zone_of
from recommender.customers.dealings import Contact
from recommender.customers.state import CustomerState
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Channel
from training.simulate.sides import Side


@dataclass(frozen=True, slots=True)
class Shut:
    """A channel on which nothing may go out before ``until_s``; ``code`` names the limit."""

    until_s: float
    code: str


@dataclass(slots=True)
class Doors:
    """Asks the contact limits of one customer, and remembers until when a channel is shut.

    Limits leave out kinds, such as apologies. A kind that has nothing to speak of keeps no channel open: that is asked anew
    every time. What is simulated adds contacts, which never open a channel earlier. Only what the log says can: then it is
    asked anew, too.
    """

    side: Side
    _shut: dict[str, Shut] = field(default_factory=dict)
    _logged: tuple[tuple[Contact, ...], str | None] = ((), None)

    def shut(
        self, name: str, logged: CustomerState, now_s: int, current: Callable[[], CustomerState]
    ) -> Shut | None:
        """Return what keeps an outbound channel shut now; None: something may be said on it.

        Parameters
        ----------
        logged, current
            The customer without what was simulated, and with it.
        """
        channel = self.side.playbook.channels.get(name)
        if channel is None or self.side.repertoire is None:
            return None
        said = logged.dealings.contacts, logged.dealings.time_zone
        if said != self._logged:
            self._logged = said
            self._shut.clear()
        held = self._shut.get(name)
        if held is not None and now_s < held.until_s:
            return held
        return self._asked(channel, current(), now_s)

    def _asked(self, channel: Channel, state: CustomerState, now_s: int) -> Shut | None:
        side, dealings = self.side, state.dealings
        zone = zone_of(dealings, side.playbook)
        gate = ContactGate(side.rules, dealings, channel, now_s, zone)
        let_through, found = list[ActionKind](), None
        for kind in side.kinds[channel.name]:
            allowed = gate.allows(kind)
            if allowed.ok and kind not in PROPOSERS:
                return None
            if allowed.ok:
                let_through.append(kind)
                continue
            until_s = inf if allowed.opens_s is None else allowed.opens_s
            if found is None or until_s < found.until_s:
                found = Shut(until_s, allowed.code)
        if found is None or self._may_say(let_through, state, Moment(now_s, zone, channel.name)):
            return None
        if not let_through:
            self._shut[channel.name] = found
        return found

    def _may_say(self, kinds: Sequence[ActionKind], state: CustomerState, moment: Moment) -> bool:
        """Whether any of some kinds has anything to speak of."""
        repertoire = self.side.repertoire
        if not kinds or repertoire is None:
            return False
        situation = CustomerSituation(repertoire, state, moment)
        return any(PROPOSERS[kind].may_apply(situation, repertoire.reach_s[kind]) for kind in kinds)
