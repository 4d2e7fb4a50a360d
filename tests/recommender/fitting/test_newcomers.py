"""Somebody of whom nothing is known is offered what first orders hold, where newcomers buy otherwise than regulars."""

import numpy as np

from recommender.catalog.catalogue import Catalogue
from recommender.data import History, Purchases, histories_of
from recommender.data.holdings import holdings_of
from recommender.fitting import FitConfig, fit_popularity, select_and_fit
from recommender.fitting.config import AlsConfig, BlendConfig, NewcomerConfig, PopularityConfig
from recommender.fitting.newcomers import fit_newcomers
from recommender.models import FittedModels, score_offers
from tests.recommender.data.worlds import DAY, START, shop

DAYS = 200
UNTIL = START + DAYS * DAY
SMALL = FitConfig(als=AlsConfig(factors=0), blend=BlendConfig(most_customers=60))


def stationer() -> Purchases:
    """Return a shop whose regulars buy paper, and whose newcomers begin with pens."""
    rng, order = np.random.default_rng(5), 0
    lines: list[tuple[int, int, str, float]] = []
    for customer in range(400):
        day = round(float(rng.uniform(0, DAYS - 1)))
        kind = "pen"
        while day < DAYS:
            chosen = rng.choice(20, 2, replace=False).tolist()
            lines += [(customer, order, f"{kind}{one:02d}", float(day)) for one in chosen]
            kind, order, day = "paper", order + 1, day + int(rng.integers(20, 40))
    return shop(lines, 400)


def offered(models: FittedModels) -> list[str]:
    nobody = score_offers(models, History.empty(), UNTIL)
    return [str(models.items.ids[item])[:3] for item in np.argsort(-nobody, kind="stable")[:5]]


def test_newcomers_are_offered_what_newcomers_buy() -> None:
    result = select_and_fit(stationer(), Catalogue.empty(), SMALL, until_s=UNTIL)
    assert result.models.newcomers is not None
    assert set(offered(result.models)) == {"pen"}


def test_where_newcomers_cannot_be_told_apart_they_are_offered_what_is_popular() -> None:
    few = FitConfig(als=SMALL.als, blend=SMALL.blend, newcomers=NewcomerConfig(least=10_000))
    result = select_and_fit(stationer(), Catalogue.empty(), few, until_s=UNTIL)
    assert result.models.newcomers is None
    assert set(offered(result.models)) == {"pap"}


def test_first_orders_of_long_ago_give_way_to_popularity() -> None:
    purchases, config = stationer(), NewcomerConfig(prior=10.0)
    holdings = holdings_of(purchases)

    def share_of_pens(now_s: int) -> float:
        popularity = fit_popularity(holdings, PopularityConfig(), now_s=now_s, window_days=28.0)
        score = fit_newcomers(holdings, popularity, config, now_s=now_s, window_days=28.0).score
        pens = np.array([name.startswith("pen") for name in purchases.items.ids])
        return float(score[pens].sum() / score.sum())

    assert share_of_pens(UNTIL) > 0.9
    assert share_of_pens(UNTIL + 730 * DAY) < 0.5


def test_guests_and_customers_alike_have_one_first_order() -> None:
    lines = [
        (0, 1, "pen", 1.0),
        (0, 2, "ink", 9.0),
        (-1, 3, "cap", 5.0),
        (1, 4, "pen", 6.0),
        (1, 4, "nib", 6.0),
    ]
    purchases = shop(lines, 2)
    holdings = histories_of(purchases).holdings
    popularity = fit_popularity(holdings, PopularityConfig(), now_s=START, window_days=28.0)
    config = NewcomerConfig(prior=0.0)
    score = fit_newcomers(holdings, popularity, config, now_s=START, window_days=28.0).score
    found = dict(zip(map(str, purchases.items.ids), score.tolist(), strict=True))
    assert found == {"pen": 2.0, "ink": 0.0, "cap": 1.0, "nib": 1.0}
