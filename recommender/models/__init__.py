"""Fitted models: frozen values that score one customer and are saved as plain arrays."""

from recommender.models.als import AlsModel
from recommender.models.blend import Blend, Source
from recommender.models.fitted import FittedModels
from recommender.models.item_facts import ItemFacts
from recommender.models.item_item import ItemItemModel
from recommender.models.newcomers import NewcomerModel
from recommender.models.ownership import LearnedOwnership
from recommender.models.popularity import PopularityModel
from recommender.models.propensity import LearnedPropensity
from recommender.models.ranker import Ranker
from recommender.models.replenishment import ReplenishmentModel
from recommender.models.scoring import offer_probability, score_offers, score_repeats, strongest_antecedents

__all__ = [
    "AlsModel",
    "Blend",
    "FittedModels",
    "ItemFacts",
    "ItemItemModel",
    "LearnedOwnership",
    "LearnedPropensity",
    "NewcomerModel",
    "PopularityModel",
    "Ranker",
    "ReplenishmentModel",
    "Source",
    "offer_probability",
    "score_offers",
    "score_repeats",
    "strongest_antecedents",
]
