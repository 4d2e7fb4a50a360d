"""What is offered while there is no model: in the order of what sells, with a probability that the log bears out."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from recommender.candidates.assortment import FALLBACK
from recommender.catalog import CatalogItem
from recommender.data.history import History
from recommender.decisions.request import DecisionRequest
from recommender.engine.fallback import DOUBT, popularity_only, share_of_buyers
from recommender.models.scoring import offer_probability, score_offers
from tests.recommender.data.worlds import DAY, START, index_of, shop
from tests.recommender.engine.shops import ANN, BEN, LATER, NOON, buy, open_engine, order, read
from tests.valkey import Valkey

NOW_S = START + 28 * DAY
DEAR = """[playbook]
name = "Shop"
currency = "EUR"

[[actions]]
id = "offer"
kind = "product_offer"
value_from_price = 1.0

[[actions]]
id = "thanks"
kind = "thank_you"
value = 100.0
prior = 0.5
"""


def test_the_best_seller_has_the_share_of_its_buyers_and_the_others_follow_in_proportion() -> None:
    """Of 200 customers 90 bought a today and 45 of them b; the others bought c, which nobody did of late."""
    of_late = [(one, one, item, 28) for one in range(90) for item in ("ab" if one < 45 else "a")]
    bought = shop([*of_late, *((one, one, "c", -400) for one in range(90, 200))], 200)
    models = popularity_only(bought, NOW_S)
    score = score_offers(models, History.empty(), NOW_S)
    probability = offer_probability(models, score)
    a, b, c = (index_of(bought, name) for name in "abc")
    assert probability[a] == pytest.approx(90 / (200 + DOUBT))
    assert probability[b] == pytest.approx(45 / (200 + DOUBT))
    assert 0 <= probability[c] < probability[b] / 1_000
    assert np.argsort(-probability).tolist() == np.argsort(-models.popularity.score[0]).tolist() == [a, b, c]


def test_a_guest_order_is_a_customer_and_the_window_ends_with_the_newest_purchase() -> None:
    """Two guests and one of three customers bought in the last 28 days of the log; a guest of long ago is nobody."""
    known: list[tuple[int, int, str, float]] = [
        (0, 0, "a", 0),
        (0, 1, "a", 3),
        (1, 2, "a", -27),
        (2, 3, "b", 0),
    ]
    bought = shop([*known, (-1, 4, "a", 1), (-1, 5, "b", 2), (-1, 6, "a", -99)], 3)
    assert share_of_buyers(bought, index_of(bought, "a")) == 2 / (3 + 2 + DOUBT)
    years_later = popularity_only(bought, NOW_S + 900 * DAY)
    assert years_later.blend.knot_probability.tolist() == np.array([0, 2 / (5 + DOUBT)], np.float32).tolist()


def test_where_nothing_was_ever_bought_nothing_is_probable() -> None:
    nobody = shop([], 0)
    assert share_of_buyers(nobody, 0) == 0.0
    assert popularity_only(nobody, NOW_S).blend.knot_probability.tolist() == [0.0, 0.0]


def test_without_a_model_an_offer_of_the_best_seller_does_not_beat_what_is_worth_more(
    tmp_path: Path, valkey: Valkey
) -> None:
    """A ring for 160 and five of six customers have it: 160 x 5 / 56 is about 14, thanks are worth 100 x 0.5."""
    (tmp_path / "playbook.toml").write_text(DEAR)
    engine = open_engine(tmp_path, valkey.url)
    prices = {"ring": Decimal(160), "mug": Decimal(1)}
    engine.put_items([CatalogItem(item_id=one, price=price, currency="EUR") for one, price in prices.items()])
    for number in range(5):
        buy(engine, f"r{number}", "ring", customer_id=f"c{number}")
    engine.append([order(ANN, "m", "mug", at=NOON - timedelta(days=1))])
    snapshot = engine.snapshot_for(engine.popularity_fallback(LATER), FALLBACK)
    thanks, ring = engine.decide(read(engine), DecisionRequest(k=5), snapshot, LATER).actions
    assert (thanks.action_id, thanks.expected_value) == ("thanks", 50.0)
    assert (ring.action_id, engine.catalogue().name(ring.item or 0)) == ("offer", "ring")
    assert ring.score == pytest.approx(5 / (6 + DOUBT))
    assert ring.expected_value == pytest.approx(160 * ring.score)
    nobody_known = engine.decide(read(engine, BEN), DecisionRequest(k=1), snapshot, LATER)
    assert nobody_known.actions[0].score == ring.score
    engine.close()
