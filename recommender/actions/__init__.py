"""The kinds of action: what each of them proposes for a customer, and why now."""

from recommender.actions.proposal import Proposal

__all__ = ["Proposal"]
