"""Laws of every decision, against a second definition of the gates."""

from dataclasses import replace
from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.candidates import ActionKind
from recommender.decisions import reason_text
from tests.recommender.decisions.random_shops import Case, cases, expected_offers, expected_refills
from tests.recommender.decisions.tiny_shop import Bought, neighbours_of


@settings(max_examples=300, deadline=None)
@given(cases())
def test_exactly_what_the_gates_allow_is_said(case: Case) -> None:
    whole = replace(case.request, k=100)
    said = case.shop.said(case.state, whole)
    assert set(said["product_offer"]) == expected_offers(case)
    assert set(said["buy_again"]) == expected_refills(case)


@settings(max_examples=200, deadline=None)
@given(cases())
def test_a_slate_is_ranked_short_enough_explained_and_never_repeats(case: Case) -> None:
    decision = case.shop.decide(case.state, case.request)
    actions = decision.actions
    candidates = len(expected_offers(case)) + len(expected_refills(case))
    assert len(actions) == min(case.request.k, candidates)
    assert len({action.item for action in actions}) == len(actions)
    scores = [action.score for action in actions]
    assert all(0 <= score <= 1 for score in scores)
    assert scores == sorted(scores, reverse=True)
    assert all(reason_text(action.reason, case.shop.assortment.name_of) for action in actions)
    assert all(action.due_at_s is not None for action in actions if action.action is ActionKind.BUY_AGAIN)


@settings(max_examples=100, deadline=None)
@given(cases())
def test_a_smaller_k_is_the_beginning_of_a_larger_one(case: Case) -> None:
    short = case.shop.decide(case.state, case.request).actions
    whole = case.shop.decide(case.state, replace(case.request, k=100)).actions
    assert short == whole[: case.request.k]


@settings(max_examples=100, deadline=None)
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_the_bundles_items_changes_nothing(case: Case, random: Random) -> None:
    # Without item-item neighbours and factors, whose sums depend on the order in the last bit.
    order = list(range(len(case.shop.models.items)))
    random.shuffle(order)
    rows = np.array(order, np.int64)
    one = case.shop.with_models(item_item=neighbours_of(case.shop, {}), als=None)
    models = one.models
    other = one.with_models(
        items=models.items.take(rows),
        popularity=replace(models.popularity, score=models.popularity.score[:, rows]),
        ownership=replace(
            models.ownership,
            own_once=models.ownership.own_once[rows],
            repeat_rate=models.ownership.repeat_rate[rows],
        ),
    )
    assert other.decide(case.state, case.request) == one.decide(case.state, case.request)


@settings(max_examples=100, deadline=None)
@given(cases())
def test_every_candidate_is_either_said_or_counted(case: Case) -> None:
    offers = replace(case.request, k=100, actions=(ActionKind.PRODUCT_OFFER,))
    decision = case.shop.decide(case.state, offers)
    assert len(decision.actions) + sum(decision.gated.values()) == len(case.shop.models.items)
    assert all(count > 0 for count in decision.gated.values())


@settings(max_examples=100, deadline=None)
@given(cases())
def test_buying_what_is_offered_takes_it_away_at_once(case: Case) -> None:
    first = case.shop.decide(case.state, case.request).actions[:1]
    for action in first:
        item_id = case.shop.item_id(action.item)
        others = tuple(one for one in case.bought if one.item_id != item_id)
        after = replace(case, bought=(*others, Bought(item_id, days_ago=0, orders=2)))
        said = after.shop.said(after.state, case.request)
        assert item_id not in [*said["product_offer"], *said["buy_again"]]
