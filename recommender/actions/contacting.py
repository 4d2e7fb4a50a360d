"""What was said already, as far as a kind must not say it twice."""

from typing import TYPE_CHECKING

from recommender.customers.dealings import Contact
from recommender.playbook.model import Action

if TYPE_CHECKING:
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
    return moment.request_id is None or contact.request_id != moment.request_id


def was_said(situation: "CustomerSituation", action: Action, number: int | None, since_s: int) -> bool:
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
    """
    dealings = situation.dealings
    if not dealings.contacts and not dealings.outcomes:
        return False
    about = (action.id, number)
    return any(
        one.at_s >= since_s
        and ((one.action, one.number) == about or about in one.also)
        and counts_as_contact(one, situation.moment)
        for one in dealings.contacts
    ) or any(
        one.action == action.id
        and one.number == number
        and since_s <= one.at_s <= situation.now_s
        and one.outcome in _ENDS
        for one in dealings.outcomes
    )
