"""The kinds of action: what each of them proposes for a customer, and why now."""

from recommender.actions.proposal import Proposal
from recommender.actions.proposing import proposals_in, proposals_of
from recommender.actions.repertoire import Repertoire, repertoire_of
from recommender.actions.situation import CustomerSituation, ItemSituation, Moment

__all__ = [
    "CustomerSituation",
    "ItemSituation",
    "Moment",
    "Proposal",
    "Repertoire",
    "proposals_in",
    "proposals_of",
    "repertoire_of",
]
