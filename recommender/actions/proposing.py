"""What every kind but the product offers proposes for one customer."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple
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
from recommender.actions.proposal import Proposal
from recommender.actions.repertoire import Repertoire
from recommender.actions.situation import CustomerSituation, Moment
from recommender.customers import CustomerState
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action


class Proposer(NamedTuple):
    """How a kind proposes: a glance whether anything lies within the reach of its actions, then per action."""

    may_apply: Callable[[CustomerSituation, int], bool]
    propose: Callable[[Action, CustomerSituation], Iterable[Proposal]]


PROPOSERS: Final[Mapping[ActionKind, Proposer]] = {
    ActionKind.SERVICE_REMINDER: Proposer(service_reminder.may_apply, service_reminder.propose),
    ActionKind.APPOINTMENT: Proposer(appointment.may_apply, appointment.propose),
    ActionKind.APOLOGY: Proposer(apology.may_apply, apology.propose),
    ActionKind.FOLLOW_UP: Proposer(follow_up.may_apply, follow_up.propose),
    ActionKind.EASY_RETURN: Proposer(easy_return.may_apply, easy_return.propose),
    ActionKind.THANK_YOU: Proposer(thank_you.may_apply, thank_you.propose),
    ActionKind.REVIEW_REQUEST: Proposer(review_request.may_apply, review_request.propose),
    ActionKind.SURVEY: Proposer(survey.may_apply, survey.propose),
    ActionKind.OCCASION: Proposer(occasion.may_apply, occasion.propose),
    ActionKind.WIN_BACK: Proposer(win_back.may_apply, win_back.propose),
}
"""In the order in which proposals come; arbitration orders them by worth."""


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
    """Return the proposals for a situation that conditions will be asked of, too: what was found is kept."""
    found: list[Proposal] = []
    repertoire = situation.repertoire
    for kind, proposer in PROPOSERS.items():
        actions = repertoire.by_kind.get(kind)
        if actions is not None and proposer.may_apply(situation, repertoire.reach_s[kind]):
            for action in actions:
                found.extend(proposer.propose(action, situation))
    situation.forget()
    now_s = situation.now_s
    return [one for one in found if one.action.expiry_s is None or not is_expired(one, now_s)]


def is_expired(proposal: Proposal, now_s: int) -> bool:
    """Whether the triggering fact is older than the action's expiry."""
    expiry_s = proposal.action.expiry_s
    return expiry_s is not None and now_s - proposal.since_s > expiry_s
