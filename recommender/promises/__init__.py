"""Service plans: what the brand owes for each unit that a customer holds, and when."""

from recommender.promises.obligation import OPEN_STATES, Obligation, ObligationState
from recommender.promises.obligations import obligations_of

__all__ = ["OPEN_STATES", "Obligation", "ObligationState", "obligations_of"]
