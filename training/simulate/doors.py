"""Which channels contact limits keep shut, whatever there is to say: nobody need decide then."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf

from recommender.contacts.limits import ContactGate
from recommender.contacts.zones import zone_of
from recommender.customers.dealings import Contact, Dealings
from recommender.customers.state import CustomerState
from recommender.playbook.model import Channel
from training.simulate.sides import Side


@dataclass(frozen=True, slots=True)
class Shut:
    """A channel on which no action of any kind may go out before ``until_s``; ``code`` names the limit."""

    until_s: float
    code: str


@dataclass(slots=True)
class Doors:
    """Asks the contact limits of one customer, and remembers until when a channel is shut.

    What is simulated adds contacts, which never open a channel earlier. Only what the log says can: then it is asked anew.
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
        found = self._asked(channel, current().dealings, now_s)
        if found is not None:
            self._shut[name] = found
        return found

    def _asked(self, channel: Channel, dealings: Dealings, now_s: int) -> Shut | None:
        side = self.side
        gate = ContactGate(side.rules, dealings, channel, now_s, zone_of(dealings, side.playbook))
        found: Shut | None = None
        for kind in side.kinds[channel.name]:
            allowed = gate.allows(kind)
            if allowed.ok:
                return None
            until_s = inf if allowed.opens_s is None else allowed.opens_s
            if found is None or until_s < found.until_s:
                found = Shut(until_s, allowed.code)
        return found
