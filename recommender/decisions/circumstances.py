"""What a decision under a playbook takes beside the customer, the request and the models."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from recommender.decisions.propensity import PropensityModel

if TYPE_CHECKING:
    from recommender.decisions.remembering import RankingMemory


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Who decides for whom, as far as the state does not say so.

    Attributes
    ----------
    propensity
        Learned response to actions; None: the playbook's priors.
    customer_seed
        A number that is always the same for one customer and says nothing else: what holdouts are drawn by.
    engine_version
        Recorded in the decision; replays are exact on the same one.
    rankings
        Remembers scores and rankings of this customer's products for who decides about them again and again, at an age
        that the memory states; None: products are ranked anew.
    """

    propensity: PropensityModel | None = None
    customer_seed: int = 0
    engine_version: str = ""
    rankings: "RankingMemory | None" = None


NONE: Final = Circumstances()
