import pytest

from recommender.data import Histories, histories_of
from recommender.fitting import FitConfig, fit_models
from recommender.models import FittedModels
from tests.recommender.data.worlds import DAY, START, busy_shop

NOW = START + 200 * DAY


@pytest.fixture(scope="session")
def fitted() -> tuple[FittedModels, Histories]:
    """Models of a busy shop, every source present, and its customers."""
    bought = busy_shop().before(NOW)
    return fit_models(bought, FitConfig(), now_s=NOW), histories_of(bought)
