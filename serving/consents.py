"""From what a customer said about channels and topics to what the API shows, with the gate's own word on each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from recommender.contacts import consent_for
from recommender.contacts.unsubscribing import Leaving, link_of
from recommender.customers.dealings import Consent, Dealings
from recommender.engine.engine import Engine
from recommender.events.validation import CLOCK_TOLERANCE
from recommender.events.vocabulary import ConsentChange
from recommender.playbook.model import Playbook
from recommender.storage.results import StoredEvent
from recommender.types import CustomerId
from serving.consent_wire import ConsentGate, ConsentState
from serving.dealings import moment

About: TypeAlias = tuple[str, str | None]
"""A channel, and a topic or all of them."""

CONSENT_EVENT: Final = "consent_change"
_STEP: Final = timedelta(seconds=1)
"""A channel's word and a topic's are compared in whole seconds."""


def heard_at(engine: Engine, customer_id: CustomerId, channel: str, now: datetime) -> datetime:
    """Return when a word is said that nobody dated: now, or after the newest word on the channel where that is of the same second, or later by its clock.

    Without it a yes that was dated ahead would undo every no until its own time has come, and who leaves a channel and keeps
    one topic within a second would lose that too. As an event may be a day ahead
    and no more, what is as far ahead gets the latest time there is; of equal times the more restrictive word holds.
    """
    words = (one.event for one in engine.log.events_of_person(customer_id, kinds=(CONSENT_EVENT,)))
    newest = max(
        (
            one.occurred_at
            for one in words
            if isinstance(one, ConsentChange) and one.consent_channel == channel
        ),
        default=None,
    )
    if newest is None or newest.replace(microsecond=0) < now.replace(microsecond=0):
        return now
    return min(newest + _STEP, now + CLOCK_TOLERANCE)


@dataclass(frozen=True, slots=True)
class ConsentPage:
    """What was said and what is asked about.

    Parameters
    ----------
    dealings
        The customer.
    stored
        The consent events of all subjects of the person.
    playbook
        Which channels and topics there are, and whether silence means yes.
    customer_id
        Whose page it is.
    key
        Signs the links to unsubscribe.
    """

    dealings: Dealings
    stored: Sequence[StoredEvent]
    playbook: Playbook
    customer_id: CustomerId
    key: bytes

    def states(self) -> tuple[ConsentState, ...]:
        """Return everything that was said or is asked about, by channel and topic; the whole channel first."""
        said = self._said()
        about = sorted({*said, *_asked(self.playbook)}, key=lambda one: (one[0], one[1] or ""))
        places = self._places()
        return tuple(self._state(one, said.get(one), places) for one in about)

    def state(self, about: About) -> ConsentState:
        """Return what holds for one channel and topic, also when nobody has said anything about it."""
        return self._state(about, self._said().get(about), self._places())

    def _said(self) -> Mapping[About, Consent]:
        return {(one.channel, one.topic): one for one in self.dealings.consents}

    def _places(self) -> Mapping[tuple[str, str], StoredEvent]:
        return {(one.event.source, one.event.event_id): one for one in self.stored}

    def _state(
        self, about: About, said: Consent | None, places: Mapping[tuple[str, str], StoredEvent]
    ) -> ConsentState:
        channel, topic = about
        gate, link = self._gate(channel, topic), self._link(channel, topic)
        if said is None:
            return ConsentState(channel=channel, topic=topic, gate=gate, unsubscribe_path=link)
        stored = places.get((said.source, said.event_id))
        event = None if stored is None else stored.event
        return ConsentState(
            channel=channel,
            topic=topic,
            status=said.status,
            said_at=moment(said.at_s) if event is None else event.occurred_at,
            source=said.source,
            event_id=said.event_id,
            version=None if stored is None else stored.seq,
            evidence=event.evidence if isinstance(event, ConsentChange) else None,
            gate=gate,
            unsubscribe_path=link,
        )

    def _link(self, channel: str, topic: str | None) -> str | None:
        """Return the link out; none for channels on which the customer comes to us, or nothing goes out."""
        declared = self.playbook.channels.get(channel)
        if declared is None or declared.direction != "outbound":
            return None
        return link_of(Leaving(self.customer_id, channel, topic), self.key)

    def _gate(self, channel: str, topic: str | None) -> ConsentGate | None:
        declared = self.playbook.channels.get(channel)
        if declared is None:
            return None
        allowed = consent_for(self.dealings, declared, topic, self.playbook.policy)
        return ConsentGate(
            allowed=allowed.ok, code=allowed.code, because=allowed.because, evidence=allowed.evidence
        )


def _asked(playbook: Playbook) -> Iterable[About]:
    """Yield every outbound channel, alone and with each topic that an action may say on it."""
    for channel in playbook.channels.values():
        if channel.direction == "outbound":
            yield channel.name, None
            for action in playbook.actions:
                if action.topic is not None and (not action.channels or channel.name in action.channels):
                    yield channel.name, action.topic
