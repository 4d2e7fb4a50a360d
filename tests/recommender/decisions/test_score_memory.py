"""Scores that are handed in change no decision of their moment, and serve every playbook until they are too old."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings

from recommender.actions import repertoire_of
from recommender.candidates import Assortment, assortment_of
from recommender.catalog import Catalogue
from recommender.customers import CustomerState, ItemHoldings, RecentLines
from recommender.data import Histories
from recommender.decisions import Decision, DecisionRequest, decide
from recommender.decisions.circumstances import Circumstances
from recommender.decisions.remembering import RankingMemory
from recommender.decisions.score_memory import WEEK_S, ScoreMemory
from recommender.models import FittedModels
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action, Playbook
from recommender.types import DecisionId
from tests.recommender.decisions.random_shops import Case, cases
from tests.recommender.decisions.tiny_shop import NOW_S
from tests.recommender.models.conftest import NOW

ID = DecisionId("decision-1")
DAY = 86_400
ACTIONS = (
    Action("new", ActionKind.PRODUCT_OFFER, value=3.0),
    Action("again", ActionKind.BUY_AGAIN, value=2.0),
)


def remembering(scores: ScoreMemory | None = None) -> Circumstances:
    return Circumstances(rankings=RankingMemory(scores))


def customer_of(models: FittedModels, *items: int, days_ago: int = 20) -> CustomerState:
    number = np.sort(models.items.numbers[list(items)])
    at_s = np.full(number.size, NOW - days_ago * DAY, np.uint32)
    one, twice = np.ones(number.size, np.float32), np.full(number.size, 2, np.uint16)
    held = ItemHoldings(number, one, twice, at_s - 40 * DAY, at_s)
    first_s, last_s = int(at_s[0] - 40 * DAY), int(at_s[0])
    return CustomerState(1, 2, number.size, first_s, last_s, held, RecentLines(number, at_s, one), 0)


class Shop:
    """A model with a ranker over a catalogue of nothing but numbers."""

    def __init__(self, models: FittedModels) -> None:
        self.models = models
        ids = dict(zip(models.items.ids, models.items.numbers.tolist(), strict=True))
        self.catalogue = Catalogue.build(1, [], ids)
        self.assortment: Assortment = assortment_of(models, self.catalogue)

    def decide(
        self, state: CustomerState, now_s: int, around: Circumstances, book: tuple[Action, ...] | None = None
    ) -> Decision:
        played = None if book is None else repertoire_of(Playbook("v1", "s", actions=book), self.catalogue)
        return decide(
            state,
            DecisionRequest(k=5),
            self.models,
            self.assortment,
            now_s=now_s,
            decision_id=ID,
            repertoire=played,
            circumstances=around,
        )


@settings(max_examples=150, deadline=None)
@given(cases())
def test_without_a_ranker_nothing_differs_at_the_moment_of_scoring(case: Case) -> None:
    shop, request = case.shop, case.request
    known = decide(
        case.state,
        request,
        shop.models,
        shop.assortment,
        now_s=NOW_S,
        decision_id=ID,
        circumstances=remembering(),
    )
    anew = decide(case.state, request, shop.models, shop.assortment, now_s=NOW_S, decision_id=ID)
    assert known == anew


def test_with_a_ranker_nothing_differs_at_the_moment_of_scoring(
    ranked: tuple[FittedModels, Histories],
) -> None:
    shop = Shop(ranked[0])
    for items in ((0, 1, 2), (3, 7, 9, 11), tuple(range(0, len(shop.models.items), 2)), ()):
        state = customer_of(shop.models, *items) if items else CustomerState.empty()
        scores = ScoreMemory()
        for book in (None, ACTIONS, ACTIONS[:1], ACTIONS[1:]):
            known = shop.decide(state, NOW, remembering(scores), book)
            assert known == shop.decide(state, NOW, Circumstances(), book)


def test_two_playbooks_decide_from_the_same_scores_until_they_are_a_week_old(
    ranked: tuple[FittedModels, Histories],
) -> None:
    shop, scores = Shop(ranked[0]), ScoreMemory()
    state = customer_of(shop.models, 0, 1, 2, days_ago=2)
    one, other = remembering(scores), remembering(scores)
    first = shop.decide(state, NOW, one)
    later = NOW + WEEK_S - 1
    # As of the first look, by whichever of them it was asked.
    assert scores.as_of(state, later) == NOW
    assert shop.decide(state, later, other).actions == first.actions
    assert [one.score for one in shop.decide(state, later, other, ACTIONS).actions] == [
        one.score for one in shop.decide(state, NOW, Circumstances(), ACTIONS).actions
    ]
    then = NOW + WEEK_S
    assert shop.decide(state, then, other) == shop.decide(state, then, Circumstances())
    assert shop.decide(state, then, other).actions != first.actions


def test_other_purchases_and_another_model_are_scored_anew(ranked: tuple[FittedModels, Histories]) -> None:
    shop, scores = Shop(ranked[0]), ScoreMemory()
    around = remembering(scores)
    some, others = customer_of(shop.models, 0, 1, 2), customer_of(shop.models, 5, 6, 8)
    plain = Shop(replace(shop.models, ranker=None))
    for world, state in ((shop, some), (shop, others), (plain, others), (plain, some)):
        assert world.decide(state, NOW, around) == world.decide(state, NOW, Circumstances())
