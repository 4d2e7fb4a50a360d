"""What compiled code lines up for a slate is what products taken one by one give."""

from dataclasses import replace
from itertools import accumulate

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.catalog import CatalogItem
from recommender.decisions import DecisionRequest
from recommender.decisions.calibrating import calibrated
from recommender.decisions.decision import ScoredAction
from recommender.decisions.market_kernel import (
    FAMILY,
    GROUP,
    NUMBER,
    PLACE,
    Market,
    Products,
    Turn,
    Wanted,
    bounds_of,
    lineup_of,
    traded,
)
from recommender.decisions.seeds import salt_of, signed, tie_breaker
from recommender.decisions.telling import Ranking
from recommender.playbook.model import Action, ItemSelector
from recommender.types import Float64Array
from tests.recommender.decisions.brand import AGAIN, OFFER, THANKS, brand_of
from tests.recommender.decisions.tiny_shop import Bought, shop_of

SEEDS = st.integers(0, 2**64 - 1)
NONE_DUE = np.empty(0, np.int64)
VALUES = st.sampled_from((0.0, 5.0, 5.0, 20.0, 40.0))


def pulled(numbers: list[int], families: list[int], groups: list[int], most: int, k: int) -> list[int]:
    """Return the rows that are looked at: each while the one before it waits to be taken."""
    looked: list[int] = []
    taken: list[int] = []

    def has_room(row: int) -> bool:
        alike = sum(families[one] == families[row] for one in taken) if families[row] >= 0 else 0
        is_new = groups[row] < 0 or groups[row] not in [groups[one] for one in taken]
        return is_new and numbers[row] not in [numbers[one] for one in taken] and alike < most

    for row in range(len(numbers)):
        if not has_room(row):
            continue
        if looked and has_room(looked[-1]):
            taken.append(looked[-1])
        if len(taken) == k:
            break
        looked.append(row)
    return looked


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(-1, 3)), max_size=25),
    st.one_of(st.just([]), st.lists(st.integers(0, 4), min_size=8, max_size=8)),
    st.integers(0, 25),
    st.integers(1, 3),
    st.integers(1, 8),
)
def test_a_lineup_is_looked_at_in_the_order_of_worth_while_there_is_room(
    products: list[tuple[int, int]], variants: list[int], offers: int, most: int, k: int
) -> None:
    families = dict(products)
    numbers = [number for number, _ in products]
    family = np.array(
        [families.get(number, -1) for number in range(8)], np.int32
    )  # two numbers lie beyond its end
    of_row = [families[number] if number < 8 else -1 for number in numbers]
    group = np.array(variants, np.int32)  # of offers, which come first
    groups = [
        variants[number] if number < len(variants) and row < offers else -1
        for row, number in enumerate(numbers)
    ]
    places = np.arange(len(numbers), dtype=np.int32)
    ranked = Products(
        places, np.array(numbers, np.uint32), np.zeros(len(numbers), np.float32), offers, NONE_DUE
    )
    found = lineup_of(places, places, ranked, (family, most, group), k)
    expected = pulled(numbers, of_row, groups, most, k)
    assert found[:, PLACE].tolist() == expected
    assert found[:, NUMBER].tolist() == [numbers[row] for row in expected]
    assert found[:, FAMILY].tolist() == [of_row[row] for row in expected]
    assert found[:, GROUP].tolist() == [groups[row] for row in expected]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(VALUES, st.booleans()), min_size=1, max_size=4),
    st.sampled_from((None, 1, 2)),
    st.integers(1, 8),
    st.integers(1, 3),
    st.text("ab", min_size=1, max_size=4),
)
def test_a_slate_is_the_same_whether_compiled_code_lines_it_up_or_not(
    offers: list[tuple[float, bool]], most: int | None, k: int, variants: int, decision_id: str
) -> None:
    shop = shop_of(
        *(
            CatalogItem(
                item_id=f"i{one}", category=("home", f"c{one % 3}"), item_group_id=f"g{one // variants}"
            )
            for one in range(10)
        ),
        consumable=["i8", "i9"],
    )
    some = ItemSelector(item_ids=frozenset(f"i{one}" for one in range(0, 10, 2)))
    actions: list[Action] = [
        replace(OFFER, id=f"offer-{at}", value=value, items=some if is_some else ItemSelector())
        for at, (value, is_some) in enumerate(offers)
    ]
    brand = brand_of(shop, *actions, AGAIN, THANKS, most_per_category=most)
    she = shop.customer(Bought("i8", days_ago=30.0, orders=3), Bought("i9", days_ago=5.0))
    request = DecisionRequest(k=k)
    lined_up = brand.decide(she, request, decision_id=decision_id)
    one_by_one = brand.with_book(epsilon=1e-12).decide(she, request, decision_id=decision_id)
    assert [_likely(one) for one in lined_up.actions] == [_likely(one) for one in one_by_one.actions]
    assert lined_up.trace is not None
    assert one_by_one.trace is not None
    assert lined_up.trace.gathered == one_by_one.trace.gathered


def _likely(action: ScoredAction) -> ScoredAction:
    """Return an action as if nothing had been drawn."""
    return msgspec.structs.replace(action, action_probability=1.0)


@settings(deadline=None)
@given(
    SEEDS,
    st.lists(st.text("abcd-12", min_size=1, max_size=12), min_size=1, max_size=6, unique=True),
    st.data(),
)
def test_of_actions_that_make_the_same_of_a_product_the_tie_breaker_picks_one_that_may_speak(
    seed: int, names: list[str], data: st.DataObject
) -> None:
    ids = [salt_of(name) for name in names]
    silent = data.draw(st.sets(st.integers(0, len(ids) - 1)))
    market, wanted = _market(names, np.ones((len(ids), 3)) * (2.0, 0.0, 0.5)), _wanted(len(ids))
    turn = Turn(signed(seed), np.array([(one, 0) for one in silent], np.int64).reshape(-1, 2), 0)
    products = Products(np.zeros(1, np.int32), np.zeros(1, np.uint32), np.ones(1, np.float32), 1, NONE_DUE)
    bidding, _ = traded(market, wanted, products, (turn, 1))
    speaking = [at for at in range(len(ids)) if at not in silent]
    expected = min(speaking, key=lambda at: (tie_breaker(seed, ids[at]), at), default=None)
    assert bidding.tolist() == ([[], []] if expected is None else [[0], [expected]])


@settings(deadline=None)
@given(
    SEEDS,
    st.lists(st.integers(0, 3), min_size=1, max_size=12),
    st.lists(st.sampled_from((1.0, 2.0)), min_size=4),
)
def test_products_of_several_actions_that_are_worth_the_same_come_in_the_order_of_ties(
    seed: int, whose: list[int], chances: list[float]
) -> None:
    names, size = ["spring", "summer", "autumn", "winter"], len(whose)
    offers = np.zeros((size, 4), np.uint8)
    offers[np.arange(size), whose] = 1
    chance = (np.sort(np.resize(np.array(chances), size)) / 4)[::-1].astype(np.float32)
    products = Products(
        np.arange(size, dtype=np.int32), np.arange(size, dtype=np.uint32), chance, size, NONE_DUE
    )
    wanted = _wanted(4)._replace(offers=offers, price=np.zeros(size))
    turn = Turn(signed(seed), np.empty((0, 2), np.int64), 0)
    bidding, _ = traded(_market(names, np.ones((4, 3)) * (2.0, 0.0, 0.0)), wanted, products, (turn, 3))
    ties = [tie_breaker(seed, salt_of(name)) for name in names]
    expected = sorted(range(size), key=lambda at: (-chance[at], ties[whose[at]], at))
    assert bidding.tolist() == [expected, [whose[at] for at in expected]]


def test_a_product_goes_to_the_action_that_makes_the_most_of_it() -> None:
    # Worth 0.5 x 4 - 1 = 1, 0.5 x (1 + 0.5 x 10) = 3, and 0.5 x 2 - 1 = 0: the second speaks.
    terms = np.array([[4.0, 0.0, 1.0], [1.0, 0.5, 0.0], [2.0, 0.0, 1.0]])
    market, wanted = _market(["a", "b", "c"], terms), _wanted(3)
    half = Products(np.zeros(1, np.int32), np.array([7], np.uint32), np.full(1, 0.5, np.float32), 1, NONE_DUE)
    nobody = Turn(0, np.empty((0, 2), np.int64), 0)
    bidding, lineup = traded(market, wanted._replace(price=np.array([10.0])), half, (nobody, 3))
    assert bidding.tolist() == [[0], [1]]
    assert lineup[0, :4].tolist() == [0, 1, 7, -1]
    only_third = wanted._replace(offers=np.array([[0, 0, 1]], np.uint8))
    assert traded(market, only_third, half, (nobody, 3))[0].size == 0  # worth no more than saying nothing


def test_an_action_behind_worse_ones_still_speaks_of_what_it_makes_the_most_of() -> None:
    terms = np.array([[4.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [2.0, 0.0, 0.0], [4.5, 0.0, 0.2]])
    market, wanted = _market(["a", "b", "c", "d", "e"], terms), _wanted(5)
    products = Products(
        np.arange(2, dtype=np.int32), np.array([7, 8], np.uint32), np.full(2, 0.5, np.float32), 2, NONE_DUE
    )
    shelf = wanted._replace(offers=np.ones((2, 5), np.uint8), price=np.array([10.0, 0.0]))
    nobody = Turn(0, np.empty((0, 2), np.int64), 0)
    assert traded(market, shelf, products, (nobody, 3))[0].tolist() == [[0, 1], [2, 4]]


def test_falling_scores_between_knots_are_calibrated_as_numpy_interpolates() -> None:
    rng = np.random.default_rng(3)
    for knots in range(1, 40):
        xs = np.sort(rng.normal(size=knots).astype(np.float32))
        xs[: knots // 3] = xs[0]
        ys = np.sort(rng.uniform(size=knots).astype(np.float32))
        scores = np.sort(np.concatenate((xs, rng.normal(size=30).astype(np.float32) * 2)))[::-1].copy()
        best = Ranking(
            np.arange(scores.size, dtype=np.int32), np.arange(scores.size, dtype=np.uint32), scores
        )
        one_by_one = np.interp(scores, xs, ys).astype(np.float32).tolist()
        expected = list(accumulate(one_by_one, min))
        assert calibrated(best, (xs, ys)).probability.tolist() == expected


def _market(names: list[str], terms: Float64Array) -> Market:
    columns = np.arange(len(names), dtype=np.int32)
    return Market(
        len(names),
        columns,
        terms,
        bounds_of(terms, len(names)),
        np.array([signed(salt_of(name)) for name in names], np.int64),
        np.zeros(len(names), np.int64),
    )


def _wanted(selectors: int) -> Wanted:
    every = np.ones((1, selectors), np.uint8)
    nobody = np.empty(0, np.int32)
    speaking = np.ones(selectors, np.uint8)
    return Wanted(
        every, np.ones(selectors, np.int32), every, speaking, nobody, np.zeros(1), nobody, 1, nobody
    )
