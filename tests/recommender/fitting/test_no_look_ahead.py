"""A return that came after a window began is not seen when the lessons of that window are made."""

from dataclasses import fields, replace

import numpy as np
import pytest

from recommender.catalog.catalogue import Catalogue
from recommender.customers import OrderLines
from recommender.customers.lines import PURCHASE, RETURN
from recommender.data import Purchases, revisable_purchases_from
from recommender.fitting import FitConfig
from recommender.fitting.config import AlsConfig, BlendConfig, ReplenishmentConfig
from recommender.fitting.offering import Offering
from recommender.fitting.past import look_back
from recommender.fitting.plan import plan_of
from recommender.fitting.repeat_lessons import RepeatMemory, RepeatShop, study
from recommender.fitting.replenishment import fit_replenishment
from tests.recommender.any_shop.markets import DAY_US, END_DAY, Market

MARKET = Market(60, 80, 260, 12, 3, staples=3)
NOW = END_DAY * 86_400
CONFIG = FitConfig(als=AlsConfig(factors=4, iterations=1), blend=BlendConfig(most_customers=30))


def purchases_of(lines: OrderLines) -> Purchases:
    ids = [f"i{number}" for number in range(MARKET.items)]
    customers = [f"c{code}" for code in range(MARKET.customers)]
    return revisable_purchases_from(
        lines, customers, ids, catalogue=Catalogue.empty(), until_us=END_DAY * DAY_US
    )


def with_late_returns(lines: OrderLines) -> OrderLines:
    """Give back, ten days before the end, a third of what was bought earlier: all of item 7, for one."""
    early = (lines.kind == PURCHASE) & (lines.at_us < (END_DAY - 30) * DAY_US) & (lines.customer >= 0)
    back = lines.where(early & ((lines.number == 7) | (np.arange(len(lines)) % 3 == 0)))
    back = replace(
        back,
        kind=np.full(len(back), RETURN, np.uint8),
        at_us=np.full(len(back), (END_DAY - 10) * DAY_US),
        rank=lines.rank.max() + 1 + np.arange(len(back)),
    )
    parts = [(getattr(lines, field.name), getattr(back, field.name)) for field in fields(OrderLines)]
    return OrderLines(*(np.concatenate(pair) for pair in parts))


@pytest.fixture(scope="module")
def both() -> tuple[Purchases, Purchases]:
    lines = MARKET.order_lines()
    as_it_was, returned = purchases_of(lines), purchases_of(with_late_returns(lines))
    assert len(returned) < 0.8 * len(as_it_was)
    return as_it_was, returned


def test_lessons_about_buying_again_do_not_know_of_later_returns(both: tuple[Purchases, Purchases]) -> None:
    config = ReplenishmentConfig(min_repeats=20)
    (before, counts_before), (after, counts_after) = (
        study(RepeatShop(bought, config, 28.0), NOW, 1) for bought in both
    )
    assert before.keys() == after.keys() >= {1, 2, 3}
    for back in before:
        assert after[back].features.tobytes() == before[back].features.tobytes()
        if back > 1:
            assert after[back].again.tobytes() == before[back].again.tobytes()
            assert counts_after[back].again.tobytes() == counts_before[back].again.tobytes()


def test_lessons_about_offers_do_not_know_of_later_returns(both: tuple[Purchases, Purchases]) -> None:
    plan = plan_of(both[0], CONFIG)
    before, after = (
        look_back(bought, CONFIG, plan, NOW, Offering.unknown(), lambda _step, _share: None)
        for bought in both
    )
    assert before.lessons.keys() == after.lessons.keys() >= {1, 2, 3}
    for back, lesson in before.lessons.items():
        if back > 1:
            assert after.lessons[back].x.tobytes() == lesson.x.tobytes()
            assert after.lessons[back].is_positive.tobytes() == lesson.is_positive.tobytes()
    first, then = before.judged[0].cut, after.judged[0].cut
    assert then.models.popularity.score.tobytes() == first.models.popularity.score.tobytes()
    assert then.histories.holdings.item.tobytes() == first.histories.holdings.item.tobytes()


def test_what_is_remembered_of_an_earlier_cut_off_is_what_would_be_learned_again(
    both: tuple[Purchases, Purchases],
) -> None:
    shop = RepeatShop(both[1], ReplenishmentConfig(min_repeats=20, trees=5), 28.0)
    memory = RepeatMemory()
    fit_replenishment(shop, 1, now_s=NOW - 28 * 86_400, memory=memory)
    held = len(memory.learned)
    remembered = fit_replenishment(shop, 1, now_s=NOW, memory=memory)
    fresh = fit_replenishment(shop, 1, now_s=NOW)
    assert held == 3
    assert len(memory.learned) == 4
    for name, array in fresh.arrays().items():
        assert remembered.arrays()[name].tobytes() == array.tobytes(), name
