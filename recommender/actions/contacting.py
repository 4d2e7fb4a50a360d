"""What was said already, as far as a kind must not say it twice."""

from typing import TYPE_CHECKING

from recommender.customers.dealings import Contact, Dealings
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
    said = situation.said_at(action.id, number)
    return bool(said) and max(said) >= since_s


def said_at(dealings: Dealings, moment: "Moment") -> dict[tuple[str, int | None], list[int]]:
    """Return when each action about each item was sent or promised, accepted or dismissed, by now."""
    said: dict[tuple[str, int | None], list[int]] = {}
    for contact in dealings.contacts:
        if counts_as_contact(contact, moment):
            for action_id, number, _ in ((contact.action, contact.number, contact.subject), *contact.also):
                if action_id is not None:
                    said.setdefault((action_id, number), []).append(contact.at_s)
    for outcome in dealings.outcomes:
        if outcome.outcome in _ENDS and outcome.at_s <= moment.now_s:
            said.setdefault((outcome.action, outcome.number), []).append(outcome.at_s)
    return said
