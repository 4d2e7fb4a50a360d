"""A model with a ranker, as the rooms of the models have it."""

from tests.recommender.models.conftest import fitted, ranked

__all__ = ["fitted", "ranked"]
