"""A second opinion on who is one person: by the links that were told, in plain Python."""

from collections.abc import Sequence

from recommender.events.vocabulary import Identify, Unlink
from recommender.storage.results import StoredEvent

CARD = "card-7"
"""What customers are linked with besides each other."""

Link = Identify | Unlink


def person_of(customer_id: str, told: Sequence[StoredEvent]) -> set[str]:
    """Return all subjects whom links connect with a customer, themselves included: of each two the newest word counts."""
    newest: dict[frozenset[str], Link] = {}
    links = [one.event for one in told if isinstance(one.event, Link)]
    for link in sorted(links, key=lambda one: (one.occurred_at, one.source, one.event_id)):
        if link.customer_id is not None:
            newest[frozenset((link.customer_id, link.other_id))] = link
    pairs = [pair for pair, link in newest.items() if isinstance(link, Identify)]
    person = {customer_id}
    while any(pair & person and pair - person for pair in pairs):
        person |= set().union(*(pair for pair in pairs if pair & person))
    return person
