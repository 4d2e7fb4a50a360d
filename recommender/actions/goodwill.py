"""What an apology may still give to one customer. The budget of the whole shop is the engine's, at reservation."""

from typing import Final

from recommender.actions.contacting import counts_as_contact
from recommender.actions.situation import CustomerSituation
from recommender.customers.dealings import Contact, Given, StaffOverride
from recommender.customers.overrides import in_force
from recommender.playbook.model import Action, Goodwill

_MILLION: Final = 1_000_000
"""Budgets are counted in millionths, as in the log's book of goodwill: of sums of floats a crumb stays that is no money."""

_HUNDREDTH: Final = _MILLION // 100
"""What is said has two decimals: offered is what is said, and never more than the budget has."""


def goodwill_for(
    action: Action, situation: CustomerSituation, number: int | None, offered: float = 0.0
) -> float:
    """Return the amount to offer, 0 or more: what staff granted, else the action's, within what the customer's budget leaves.

    Whole hundredths are offered, as they are said: what is finer is rounded down, and less than 0.01 is not offered. Where the action declares no goodwill there is no budget either: only what staff granted is given.

    Parameters
    ----------
    action
        An apology.
    situation
        The customer.
    number
        The item that it is about.
    offered
        What the same decision offers already for other complaints.
    """
    if action.id in situation.moment.without_goodwill:
        return 0.0
    amount = _within_budget(action, situation, number, offered)
    return _millionths(amount) // _HUNDREDTH / 100


def _within_budget(action: Action, situation: CustomerSituation, number: int | None, offered: float) -> float:
    granted = _granted(action, situation, number)
    if action.goodwill is None:
        return 0.0 if granted is None else granted
    wanted = action.goodwill.amount if granted is None else granted
    spent = _millionths(given_to(action, action.goodwill, situation)) + _millionths(offered)
    left = _millionths(action.goodwill.per_customer) - spent
    if left <= 0:
        return 0.0
    return wanted if _millionths(wanted) <= left else left / _MILLION


def _millionths(amount: float) -> int:
    return round(amount * _MILLION)


def given_to(action: Action, goodwill: Goodwill, situation: CustomerSituation) -> float:
    """Return what this action gave the customer within the budget's window, promises to other requests included.

    What was accepted counts, too, unless the contact that offered it does.
    """
    from_s = situation.now_s - goodwill.per_s if goodwill.per_s > 0 else 0
    contacts = [
        one
        for one in situation.dealings.contacts
        if _says(one, action.id) and counts_as_contact(one, situation.moment)
    ]
    offered = {one.decision_id for one in contacts}
    accepted = [
        one.amount
        for one in situation.dealings.given
        if one.decision_id not in offered and _is_of(one, action, situation) and one.at_s > from_s
    ]
    return sum((_amount(one, goodwill) for one in contacts if one.at_s > from_s), sum(accepted))


def _is_of(given: Given, action: Action, situation: CustomerSituation) -> bool:
    currency = situation.repertoire.playbook.currency
    is_same = given.currency is None or currency is None or given.currency == currency
    return is_same and given.action in (None, action.id) and given.at_s <= situation.now_s


def _says(contact: Contact, action_id: str) -> bool:
    return contact.action == action_id or any(also[0] == action_id for also in contact.also)


def _amount(contact: Contact, goodwill: Goodwill) -> float:
    """Return what a contact gave; of one that nobody reserved nobody knows, and the budget must hold."""
    if contact.amount is not None:
        return contact.amount
    return goodwill.amount if contact.request_id is None else 0.0


def _granted(action: Action, situation: CustomerSituation, number: int | None) -> float | None:
    """Return the newest amount that staff granted and that still holds."""
    currency = situation.repertoire.playbook.currency
    held = [
        one
        for one in reversed(in_force(situation.dealings.overrides, situation.now_s))
        if _applies(one, action, number)
        and (one.currency is None or currency is None or one.currency == currency)
    ]
    return held[0].amount if held else None


def _applies(override: StaffOverride, action: Action, number: int | None) -> bool:
    return (
        override.kind == "goodwill"
        and override.amount is not None
        and override.action in (None, action.id)
        and override.number in (None, number)
    )
