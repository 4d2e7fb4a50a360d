"""What was said already, as far as a kind must not say it twice."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from recommender.contacts.limits import is_of_request
from recommender.customers.dealings import Contact, Dealings
from recommender.playbook.model import Action

if TYPE_CHECKING:
    from recommender.actions.proposal import Cause
    from recommender.actions.situation import CustomerSituation, Moment

_ENDS = ("accepted", "dismissed")


def counts_as_contact(contact: Contact, moment: "Moment") -> bool:
    """Whether a contact reached the customer by now, or is promised to another request that may still send it."""
    if contact.at_s > moment.now_s:
        return False
    if contact.status == "sent":
        return True
    if contact.status != "reserved" or (contact.expires_s is not None and contact.expires_s <= moment.now_s):
        return False
    return not is_of_request(contact, moment.request_id, moment.decision_id)


def was_said(
    situation: "CustomerSituation", action: Action, number: int | None, since_s: int, subject: str = ""
) -> bool:
    """Whether an action answered its fact already: it was sent, is about to be, or was accepted or dismissed since.

    Parameters
    ----------
    situation
        The customer.
    action
        What would be said.
    number
        What it would be about.
    since_s
        When the fact happened.
    subject
        Which fact: an order, a complaint, a question. What was said of it counts whatever item it was about: of an order
        another one may be left, and a complaint may learn its item later. What was said of another fact leaves this to be
        said; what was said of the item and did not name any counts for all.
    """
    said = situation.said.get(action.id)
    if said is None:
        return False
    for at_s, of_number, about in said:
        if at_s >= since_s and (about == subject if about and subject else of_number == number):
            return True
    return False


def not_said(
    situation: "CustomerSituation", action: Action, causes: "Iterable[Cause]", most: int
) -> "Iterator[Cause]":
    """Yield the first causes about different items, ``most`` at most, which the action did not speak of since they arose."""
    items = set[int | None]()
    for one in causes:
        if one.item not in items and not was_said(situation, action, one.item, one.since_s):
            items.add(one.item)
            yield one
            if len(items) == most:
                return


Said: TypeAlias = tuple[int, int | None, str]
"""When an action was sent or promised, accepted or dismissed, about which item and of which subject. Plain: there are many."""


def what_was_said(dealings: Dealings, moment: "Moment") -> dict[str, list[Said]]:
    """Return what was said by now, by action."""
    said: dict[str, list[Said]] = {}
    for contact in dealings.contacts:
        if counts_as_contact(contact, moment):
            if contact.action is not None:
                said.setdefault(contact.action, []).append((contact.at_s, contact.number, contact.subject))
            for action_id, number, subject in contact.also:
                if action_id is not None:
                    said.setdefault(action_id, []).append((contact.at_s, number, subject))
    for outcome in dealings.outcomes:
        if outcome.outcome in _ENDS and outcome.at_s <= moment.now_s:
            said.setdefault(outcome.action, []).append((outcome.at_s, outcome.number, outcome.subject))
    return said
