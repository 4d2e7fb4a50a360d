"""What a customer allows on a channel, for a topic."""

from collections.abc import Iterable
from typing import Final

from recommender.contacts.allowed import ALLOWED, CHANNEL_CLOSED, NO_CONSENT, Allowed
from recommender.customers.dealings import Consent, Dealings
from recommender.playbook.model import Channel, ContactPolicy

_SEVERITY: Final = {"subscribed": 0, "pending": 1, "never_subscribed": 2, "unsubscribed": 3}
_WORDS: Final = {
    "subscribed": "subscribed to",
    "pending": "has not confirmed",
    "never_subscribed": "never subscribed to",
    "unsubscribed": "unsubscribed from",
}
_INBOUND: Final = Allowed(ok=True, code=ALLOWED, because="inbound, the customer came to us")


def consent_for(dealings: Dealings, channel: Channel, topic: str | None, policy: ContactPolicy) -> Allowed:
    """Return whether a customer wants to hear about a topic on a channel.

    Of the newest word on the whole channel and the newest on the topic, each may stop it:

    - what the topic itself says, unless that is ``subscribed``: only the topic's own subscription lifts it;
    - what the whole channel says, unless that is ``subscribed`` or the topic was subscribed later.

    Of equal times the more restrictive word holds. Without ``topic`` only the channel's word counts. Where the policy
    needs consent, no word at all stops it too; elsewhere only ``unsubscribed`` does. A permanent bounce closes the
    channel until the customer subscribes to something on it again. Inbound channels ask nothing.

    Parameters
    ----------
    dealings
        The customer.
    channel
        Where it would be said.
    topic
        What it would be about; None: nothing that can be subscribed to by itself.
    policy
        Whether silence means yes.

    Examples
    --------
    >>> email = Channel("email", "outbound")
    >>> said = (Consent("email", None, "subscribed", 100, "crm", "7"), Consent("email", "care", "unsubscribed", 90, "crm", "6"))
    >>> consent_for(Dealings(consents=said), email, None, ContactPolicy()).ok
    True
    >>> consent_for(Dealings(consents=said), email, "care", ContactPolicy())
    Allowed(ok=False, code='no_consent', because='unsubscribed from care on email', opens_s=None, evidence='crm/6')
    """
    if channel.direction == "inbound":
        return _INBOUND
    of_channel = newest_word(dealings.consents, channel.name, None)
    of_topic = None if topic is None else newest_word(dealings.consents, channel.name, topic)
    stops = _stops(of_channel, of_topic)
    if not policy.needs_consent:
        stops = [word for word in stops if word.status == "unsubscribed"]
    if stops:
        return _answer(max(stops, key=lambda word: _SEVERITY[word.status]))
    closed = _closed(dealings, channel.name)
    return _granted(of_channel, of_topic, channel.name, policy) if closed is None else closed


def is_granted(dealings: Dealings, channel: Channel, topic: str | None) -> bool:
    """Whether nothing but yes was ever said on a channel and to a topic there: then :func:`consent_for` allows it.

    A quick look; False says nothing yet.

    Examples
    --------
    >>> email, yes = Channel("email", "outbound"), Consent("email", None, "subscribed", 100, "crm", "7")
    >>> is_granted(Dealings(consents=(yes,)), email, "care"), is_granted(Dealings(), email, "care")
    (True, False)
    """
    name, says_yes = channel.name, False
    for word in dealings.consents:
        if word.channel == name and word.topic in {None, topic}:
            if word.status != "subscribed":
                return False
            says_yes = True
    if says_yes:
        for contact in dealings.contacts:
            if contact.permanent:
                return False
    return says_yes


def newest_word(words: Iterable[Consent], channel: str, topic: str | None) -> Consent | None:
    """Return the newest word on exactly this channel and topic; of equal times the more restrictive."""
    newest: Consent | None = None
    for word in words:
        if word.topic != topic or word.channel != channel:
            continue
        if (
            newest is None
            or word.at_s > newest.at_s
            or (word.at_s == newest.at_s and _SEVERITY[word.status] > _SEVERITY[newest.status])
        ):
            newest = word
    return newest


def _stops(of_channel: Consent | None, of_topic: Consent | None) -> list[Consent]:
    stops = []
    if of_topic is not None and of_topic.status != "subscribed":
        stops.append(of_topic)
    if of_channel is not None and of_channel.status != "subscribed" and not _later_yes(of_topic, of_channel):
        stops.append(of_channel)
    return stops


def _later_yes(of_topic: Consent | None, of_channel: Consent) -> bool:
    return of_topic is not None and of_topic.status == "subscribed" and of_topic.at_s > of_channel.at_s


def _granted(
    of_channel: Consent | None, of_topic: Consent | None, channel: str, policy: ContactPolicy
) -> Allowed:
    """Return the answer when no word stops it."""
    yes = [word for word in (of_topic, of_channel) if word is not None and word.status == "subscribed"]
    if yes:
        return _answer(yes[0])
    if policy.needs_consent:
        return Allowed(ok=False, code=NO_CONSENT, because=f"never said yes to {channel}")
    return Allowed(ok=True, code=ALLOWED, because=f"never said no to {channel}, the playbook asks for no yes")


def _answer(word: Consent) -> Allowed:
    ok = word.status == "subscribed"
    about = word.channel if word.topic is None else f"{word.topic} on {word.channel}"
    return Allowed(
        ok=ok,
        code=ALLOWED if ok else NO_CONSENT,
        because=f"{_WORDS[word.status]} {about}",
        evidence=f"{word.source}/{word.event_id}",
    )


def _closed(dealings: Dealings, channel: str) -> Allowed | None:
    """Return why a channel is closed: what was sent came back for good, and nobody subscribed to it since."""
    bounces = (one for one in dealings.contacts if one.permanent and one.channel == channel)
    bounced_s = max((one.at_s if one.bounced_s is None else one.bounced_s for one in bounces), default=None)
    if bounced_s is None or any(
        word.channel == channel and word.status == "subscribed" and word.at_s > bounced_s
        for word in dealings.consents
    ):
        return None
    return Allowed(
        ok=False, code=CHANNEL_CLOSED, because=f"{channel} came back for good, and no new yes since"
    )
