"""Propensities are calibrated against worlds whose probabilities are known."""

import itertools
from dataclasses import dataclass

import numpy as np
import pytest

from recommender.fitting.calibration import expected_calibration_error
from recommender.fitting.propensity import LoggedOutcomes, fit_propensity
from recommender.models import LearnedPropensity
from recommender.models.propensity import FEATURES, Features
from recommender.playbook.kinds import ActionKind
from recommender.types import BoolArray, Float64Array

PRIOR = (0.05, 50.0)
EFFECT = {"care": -2.2, "fit": -1.6, "colour": -1.0}
ON_SITE = -0.5
NOTHING: Features = (-1.0,) * len(FEATURES)


@dataclass(frozen=True)
class World:
    outcomes: LoggedOutcomes
    true: Float64Array

    def said(self, learned: LearnedPropensity) -> Float64Array:
        rows = self.outcomes
        return np.array(
            [
                learned.probability((action, ActionKind(kind), channel), PRIOR, features)
                for action, kind, channel, features in zip(
                    rows.action_id, rows.kind, rows.channel, rows.features, strict=True
                )
            ]
        )


def world(n: int, seed: int, kind: str = "survey") -> World:
    """Return decisions whose outcome depends on customer, contact history, fact, action and channel."""
    rng = np.random.default_rng(seed)
    names = rng.choice(list(EFFECT), n)
    channel = rng.choice(["email", "site"], n)
    orders, bought = rng.poisson(4, n), rng.exponential(40, n)
    seen = np.where(rng.random(n) < 0.3, -1, rng.exponential(10, n))
    contact = np.where(rng.random(n) < 0.5, -1, rng.exponential(12, n))
    contacts, fact = rng.poisson(1, n), rng.exponential(8, n)
    odds = np.array([EFFECT[name] for name in names]) + np.where(channel == "site", ON_SITE, 0.0)
    odds += 0.35 * np.log1p(orders) - 0.3 * np.log1p(bought) - 0.25 * contacts + 0.4 * (contact < 0)
    true = 1.0 / (1.0 + np.exp(-odds + 0.1 * np.log1p(fact)))
    features: list[Features] = [
        (*map(float, row), -1.0, -1.0)
        for row in np.stack((orders, bought, seen, contact, contacts, fact), axis=1)
    ]
    positive, customer = rng.random(n) < true, rng.integers(0, max(n // 5, 10), n)
    rows = LoggedOutcomes(names.tolist(), [kind] * n, channel.tolist(), features, positive, customer)
    return World(rows, true)


def loss(said: Float64Array, positive: BoolArray) -> float:
    return float(-np.mean(np.log(np.where(positive, said, 1 - said))))


def test_after_twenty_thousand_decisions_probabilities_are_true_to_two_hundredths() -> None:
    learned = fit_propensity(world(20_000, seed=1).outcomes)
    later = world(20_000, seed=2)
    said = later.said(learned)
    assert set(learned.cells) == {("survey", "email"), ("survey", "site")}
    assert expected_calibration_error(said, later.outcomes.positive) < 0.02
    assert expected_calibration_error(said, later.true) < 0.02
    shares = np.full(len(said), later.outcomes.positive.mean())
    assert loss(said, later.outcomes.positive) < loss(shares, later.outcomes.positive)


def test_after_two_hundred_decisions_it_is_better_than_the_prior() -> None:
    gains = []
    for seed in range(20):
        learned = fit_propensity(world(200, seed=seed).outcomes)
        later = world(5_000, seed=100 + seed)
        prior = np.full(5_000, PRIOR[0])
        positive = later.outcomes.positive
        gains.append(loss(prior, positive) - loss(later.said(learned), positive))
    assert np.mean(gains) > 3 * np.std(gains) / np.sqrt(len(gains))
    assert sum(gain > 0 for gain in gains) >= 18


def test_a_new_action_begins_with_its_prior_in_a_cell_that_knows_others() -> None:
    learned = fit_propensity(world(20_000, seed=1).outcomes)
    assert learned.probability(("new", ActionKind.SURVEY, "email"), PRIOR, NOTHING) == PRIOR[0]


def test_nobody_is_likelier_to_take_an_action_than_the_model_says_at_most() -> None:
    learned = fit_propensity(world(20_000, seed=1).outcomes)
    later = world(20_000, seed=2)
    for action, channel in itertools.product((*EFFECT, "new"), ("email", "site")):
        most = learned.most((action, ActionKind.SURVEY, channel), PRIOR)
        rows = later.outcomes
        features = [one for one, name in zip(rows.features, rows.action_id, strict=True) if name == action]
        said = [
            learned.probability((action, ActionKind.SURVEY, channel), PRIOR, one)
            for one in (*features[:2_000], NOTHING)
        ]
        assert max(said) <= most <= 1.0


def test_few_outcomes_weigh_against_the_prior_as_the_formula_says() -> None:
    rows = LoggedOutcomes(
        ["tea"] * 10, ["survey"] * 10, [""] * 10, [NOTHING] * 10, np.arange(10) < 5, np.arange(10)
    )
    learned = fit_propensity(rows)
    assert learned.cells == {}
    assert learned.probability(("tea", ActionKind.SURVEY, None), (0.1, 10.0), NOTHING) == (10 * 0.1 + 5) / 20


@pytest.mark.parametrize("positive", [np.zeros(400, np.bool_), np.ones(400, np.bool_)])
def test_outcomes_that_are_all_alike_make_no_regression_and_no_certainty(positive: BoolArray) -> None:
    rows = LoggedOutcomes(
        ["tea"] * 400, ["survey"] * 400, [""] * 400, [NOTHING] * 400, positive, np.arange(400)
    )
    learned = fit_propensity(rows)
    assert learned.cells == {}
    assert 0 < learned.probability(("tea", ActionKind.SURVEY, None), PRIOR, NOTHING) < 1


def test_one_customer_alone_teaches_no_regression() -> None:
    rows = world(2_000, seed=3).outcomes
    alone = LoggedOutcomes(
        rows.action_id, rows.kind, rows.channel, rows.features, rows.positive, np.zeros(2_000, np.int64)
    )
    assert fit_propensity(alone).cells == {}


def test_outcomes_that_nothing_explains_make_no_regression() -> None:
    rng = np.random.default_rng(5)
    rows = world(2_000, seed=4).outcomes
    noise = LoggedOutcomes(
        ["tea"] * 2_000, rows.kind, ["email"] * 2_000, rows.features, rng.random(2_000) < 0.2, rows.customer
    )
    assert fit_propensity(noise).cells == {}


def ranked_world(n: int, seed: int, slope: float) -> LoggedOutcomes:
    """Return offers of which ``slope`` says how much the ranking's log odds count once they are said."""
    rng = np.random.default_rng(seed)
    ranked = rng.uniform(0.01, 0.6, n)
    true = 1.0 / (1.0 + np.exp(-(-1.5 + slope * np.log(ranked / (1 - ranked)))))
    features: list[Features] = [(3.0, 5.0, -1.0, -1.0, 0.0, -1.0, -1.0, float(one)) for one in ranked]
    return LoggedOutcomes(
        ["offer"] * n, ["product_offer"] * n, ["email"] * n, features, rng.random(n) < true, np.arange(n) // 4
    )


def test_offers_are_calibrated_to_the_response_and_keep_their_order() -> None:
    learned = fit_propensity(ranked_world(20_000, seed=6, slope=0.8))
    ranked = np.linspace(0.02, 0.55, 100)
    said = learned.of_ranked(
        ("offer", ActionKind.PRODUCT_OFFER, "email"), (3.0, 5.0, -1.0, -1.0, 0.0, -1.0, -1.0, -1.0), ranked
    )
    true = 1.0 / (1.0 + np.exp(-(-1.5 + 0.8 * np.log(ranked / (1 - ranked)))))
    assert np.all(np.diff(said) >= 0)
    assert np.abs(said - true).mean() < 0.02


def test_a_response_that_contradicts_the_ranking_does_not_turn_the_offers_round() -> None:
    learned = fit_propensity(ranked_world(5_000, seed=7, slope=-0.8))
    ranked = np.linspace(0.02, 0.55, 20)
    said = learned.of_ranked(("offer", ActionKind.PRODUCT_OFFER, "email"), NOTHING, ranked)
    assert np.all(np.diff(said) >= 0)


def test_offers_of_a_channel_that_taught_nothing_keep_the_ranking_s_probability() -> None:
    learned = fit_propensity(ranked_world(5_000, seed=8, slope=0.8))
    ranked = np.array([0.4, 0.1])
    assert learned.of_ranked(("offer", ActionKind.PRODUCT_OFFER, "sms"), NOTHING, ranked) is ranked


def test_saved_as_arrays_it_says_the_same() -> None:
    learned = fit_propensity(world(4_000, seed=9).outcomes)
    again = LearnedPropensity.from_arrays(learned.arrays())
    later = world(200, seed=10)
    assert np.array_equal(later.said(again), later.said(learned))
    assert again.seen == learned.seen
    empty = LearnedPropensity.from_arrays(LearnedPropensity().arrays())
    assert (empty.seen, empty.cells) == ({}, {})


def test_the_same_rows_give_the_same_bytes() -> None:
    rows = world(4_000, seed=11).outcomes
    one, two = fit_propensity(rows).arrays(), fit_propensity(rows).arrays()
    assert all(np.array_equal(one[name], two[name]) for name in one)


def labelled(outcomes: LoggedOutcomes, labels: LoggedOutcomes) -> LoggedOutcomes:
    return LoggedOutcomes(
        outcomes.action_id,
        outcomes.kind,
        outcomes.channel,
        outcomes.features,
        outcomes.positive,
        outcomes.customer,
        labels,
    )


def judgements(n: int, seed: int, *, fair: bool) -> LoggedOutcomes:
    """Return what staff says of customers: whom an action suits more than most, or, unfairly, whom it does not."""
    judged = world(n, seed)
    suits = (judged.true > np.median(judged.true)) == fair
    rows = judged.outcomes
    return LoggedOutcomes(
        rows.action_id, rows.kind, rows.channel, rows.features, suits, np.arange(n) + 1_000_000
    )


def test_labels_of_staff_teach_whom_an_action_suits() -> None:
    gains = []
    for seed in range(12):
        few, later = world(1_500, seed=seed).outcomes, world(5_000, seed=100 + seed)
        positive = later.outcomes.positive
        alone, told = (fit_propensity(one) for one in (few, labelled(few, judgements(3_000, 50, fair=True))))
        gains.append(loss(later.said(alone), positive) - loss(later.said(told), positive))
    assert np.mean(gains) > 2 * np.std(gains) / np.sqrt(len(gains))


@pytest.mark.parametrize("fair", [True, False])
def test_however_staff_judges_probabilities_stay_those_of_outcomes(fair: bool) -> None:
    learned = fit_propensity(labelled(world(20_000, seed=1).outcomes, judgements(5_000, 50, fair=fair)))
    later = world(20_000, seed=2)
    assert expected_calibration_error(later.said(learned), later.outcomes.positive) < 0.02


def test_without_a_regression_labels_change_nothing() -> None:
    few = world(60, seed=7).outcomes
    told = labelled(few, judgements(500, 50, fair=True))
    assert fit_propensity(told) == fit_propensity(few)
    assert fit_propensity(few).cells == {}


def test_labels_of_actions_and_channels_that_were_never_said_are_passed_over() -> None:
    rows, labels = world(2_000, seed=8).outcomes, judgements(100, 50, fair=True)
    elsewhere = LoggedOutcomes(
        ["unsaid"] * 100, labels.kind, ["email"] * 100, labels.features, labels.positive, labels.customer
    )
    learned, told = fit_propensity(rows), fit_propensity(labelled(rows, elsewhere))
    assert learned.cells.keys() == told.cells.keys()
    said = [
        one.probability((next(iter(EFFECT)), ActionKind.SURVEY, "email"), PRIOR, NOTHING)
        for one in (learned, told)
    ]
    assert said[0] == said[1]
