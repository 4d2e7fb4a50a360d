"""What every kind but the product offer proposes for one customer."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from recommender.actions import (
    apology,
    appointment,
    easy_return,
    follow_up,
    occasion,
    review_request,
    service_reminder,
    survey,
    thank_you,
    win_back,
)
from recommender.actions.proposal import Cause, Proposal, proposal_of
from recommender.actions.repertoire import Repertoire
from recommender.actions.situation import CustomerSituation, Moment
from recommender.customers import CustomerState
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action


class Proposer(NamedTuple):
    """How a kind proposes.

    Attributes
    ----------
    may_apply
        A glance whether anything lies within the reach of its actions.
    find
        What an action may be about now, whatever was said already. Of an action it reads nothing but what
        :func:`recommender.actions.repertoire.follows` names: actions that are alike in that share what is found.
    propose
        What of it an action speaks of.
    """

    may_apply: Callable[[CustomerSituation, int], bool]
    find: Callable[[Action, CustomerSituation], Iterable[Any]]
    propose: Callable[[Action, Iterable[Any], CustomerSituation], Iterable[Cause]]


PROPOSERS: Final[Mapping[ActionKind, Proposer]] = {
    kind: Proposer(module.may_apply, module.find, module.propose)
    for kind, module in (
        (ActionKind.SERVICE_REMINDER, service_reminder),
        (ActionKind.APPOINTMENT, appointment),
        (ActionKind.APOLOGY, apology),
        (ActionKind.FOLLOW_UP, follow_up),
        (ActionKind.EASY_RETURN, easy_return),
        (ActionKind.THANK_YOU, thank_you),
        (ActionKind.REVIEW_REQUEST, review_request),
        (ActionKind.SURVEY, survey),
        (ActionKind.OCCASION, occasion),
        (ActionKind.WIN_BACK, win_back),
    )
}
"""In the order in which proposals come; arbitration orders them by worth."""

PROMISING: Final = frozenset({ActionKind.SERVICE_REMINDER, ActionKind.APPOINTMENT})
"""Kinds of which a cause may have a deadline, or a value of its own; those of all others are worth what the action is."""


def proposals_of(
    repertoire: Repertoire, state: CustomerState, *, now_s: int, zone: ZoneInfo
) -> list[Proposal]:
    """Return what all kinds but ``product_offer`` and ``buy_again`` propose; no gate was asked.

    Parameters
    ----------
    repertoire
        The playbook over the catalogue.
    state
        The customer.
    now_s
        Seconds since 1970.
    zone
        Of the customer.

    Examples
    --------
    >>> from recommender.actions.repertoire import repertoire_of
    >>> from recommender.catalog import Catalogue
    >>> from recommender.playbook.model import Playbook
    >>> nothing = repertoire_of(Playbook("v1", "shop"), Catalogue.empty())
    >>> proposals_of(nothing, CustomerState.empty(), now_s=0, zone=ZoneInfo("UTC"))
    []
    """
    return proposals_in(CustomerSituation(repertoire, state, Moment(now_s, zone)))


def proposals_in(situation: CustomerSituation) -> list[Proposal]:
    """Return the proposals for a situation."""
    return [
        proposal_of(action, cause)
        for kind in PROPOSERS
        for action, causes in causes_of(kind, situation)
        for cause in causes
    ]


def causes_of(kind: ActionKind, situation: CustomerSituation) -> list[tuple[Action, list[Cause]]]:
    """Return the actions of one kind that have something to say, and because of what; facts that were asked for are kept.

    Causes that are older than the expiry of their action are left out.
    """
    proposer, repertoire = PROPOSERS[kind], situation.repertoire
    actions = repertoire.by_kind.get(kind)
    if actions is None or not proposer.may_apply(situation, repertoire.reach_s[kind]):
        return []
    known: dict[int, Iterable[Any]] = {}
    found: list[tuple[Action, list[Cause]]] = []
    for action in actions:
        group = repertoire.alike[action.id]
        facts = known.get(group)
        if facts is None:
            facts = known[group] = proposer.find(action, situation)
        if facts:
            causes = _unexpired(action, proposer.propose(action, facts, situation), situation.now_s)
            if causes:
                found.append((action, causes))
    return found


def _unexpired(action: Action, causes: Iterable[Cause], now_s: int) -> list[Cause]:
    if action.expiry_s is None:
        return list(causes)
    kept_from_s = now_s - action.expiry_s
    return [one for one in causes if one.since_s >= kept_from_s]
