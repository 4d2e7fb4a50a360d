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
        Which of several facts about the item: a complaint, a question. What was said of another one leaves this to be
        said; what was said and did not name any counts for all.
    """
    for at_s, about in situation.said_at(action.id, number):
        if at_s >= since_s and (about == subject or not about or not subject):
            return True
    return False


def said_at(dealings: Dealings, moment: "Moment") -> dict[tuple[str, int | None], list[tuple[int, str]]]:
    """Return when each action about each item was sent or promised, accepted or dismissed, by now, and of which subject."""
    said: dict[tuple[str, int | None], list[tuple[int, str]]] = {}
    for contact in dealings.contacts:
        if counts_as_contact(contact, moment):
            for action_id, number, subject in (
                (contact.action, contact.number, contact.subject),
                *contact.also,
            ):
                if action_id is not None:
                    said.setdefault((action_id, number), []).append((contact.at_s, subject))
    for outcome in dealings.outcomes:
        if outcome.outcome in _ENDS and outcome.at_s <= moment.now_s:
            said.setdefault((outcome.action, outcome.number), []).append((outcome.at_s, outcome.subject))
    return said
