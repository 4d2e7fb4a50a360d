"""Rapport's own rows: what it would ship at a cut, and each of its sources alone.

The one file of the leaderboard that knows which sources the product has.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from recommender.catalog import Promotions
from recommender.data import History
from recommender.errors import RapportError
from recommender.evaluation import Task
from recommender.evaluation.window import has_source
from recommender.fitting import FitConfig, select_and_fit
from recommender.models import (
    FittedModels,
    Source,
    offer_probability,
    score_offers,
    score_repeats,
)
from recommender.models.sources import source_scores
from recommender.types import BoolArray, Float32Array, Int32Array, Int64Array
from training.leaderboard.lists import Lists, ranked_by, stranger_list
from training.leaderboard.moments import Moment
from training.leaderboard.schema import OURS
from training.leaderboard.shops import Shop

_Score = Callable[[History], Float32Array]
_MOST_RELIABILITY = 5_000
UNTOLD: Final = "without_promotions"
"""Ours, told of no promotion: the same row as ours where the guard left promotions out."""


@dataclass(frozen=True, slots=True)
class OurLists:
    """Ours and every source alone, and how good our repeat probabilities were.

    Attributes
    ----------
    rows
        Lists by name; ``ours`` first.
    probability, again
        P(bought again) of every item that a sample of customers owned at the cut, and whether it was.
    """

    rows: dict[str, Lists]
    probability: Float32Array
    again: BoolArray


def our_lists(
    moment: Moment,
    shop: Shop,
    config: FitConfig,
    tasks: tuple[Task, ...],
    k: int,
    progress: Callable[[str, float], None],
) -> OurLists:
    """Train as ``rapport train --as-of CUT`` does, and rank with what it would ship."""
    started = time.perf_counter()
    now_s = moment.split.cut_s

    def trained(promotions: Promotions) -> FittedModels:
        return select_and_fit(
            shop.learnable(now_s),
            shop.catalogue,
            config,
            until_s=now_s,
            promotions=promotions,
            progress=progress,
        ).models

    models = trained(shop.promotions)
    seconds = time.perf_counter() - started
    if not np.array_equal(models.items.numbers, moment.purchases.items.numbers):
        raise RapportError("the models know other items than were sold before the cut")
    rows = {OURS: _ours(models, moment, tasks, k, seconds)}
    if len(shop.promotions):
        reads = models.ranker is not None and models.ranker.kinds
        untold = trained(Promotions.empty()) if reads else models
        rows[UNTOLD] = _ours(untold, moment, tasks, k, seconds)
    if Task.DISCOVER in tasks:
        rows |= {name: _source(score, moment, k) for name, score in sources_of(models, now_s).items()}
    return OurLists(rows, *_reliability(models, moment))


def sources_of(models: FittedModels, now_s: int) -> dict[str, _Score]:
    """Return how every source that the models hold scores a customer, by its name."""

    def scorer(source: Source) -> _Score:
        return lambda history: source_scores(models, source, history, now_s)

    return {source.name.lower(): scorer(source) for source in Source if has_source(models, source)}


def discover_score(models: FittedModels, now_s: int) -> _Score:
    """Return how offers are ordered."""
    return lambda history: score_offers(models, history, now_s)


def basket_score(models: FittedModels, now_s: int) -> _Score:
    """Return probabilities of everything: bought again where owned, taken up elsewhere."""

    def score(history: History) -> Float32Array:
        chance = offer_probability(models, score_offers(models, history, now_s))
        chance[history.item] = score_repeats(models, history, now_s)[0]
        return chance

    return score


def repeat_score(models: FittedModels, now_s: int) -> _Score:
    """Return P(bought again) where owned, nothing elsewhere."""

    def score(history: History) -> Float32Array:
        chance = np.zeros(len(models.items), np.float32)
        chance[history.item] = score_repeats(models, history, now_s)[0]
        return chance

    return score


_OURS = {Task.DISCOVER: discover_score, Task.REPEAT: repeat_score, Task.BASKET: basket_score}


def _ours(models: FittedModels, moment: Moment, tasks: tuple[Task, ...], k: int, seconds: float) -> Lists:
    ranked: dict[Task, Int32Array] = {}
    took: dict[Task, float] = {}
    for task in tasks:
        score = _OURS[task](models, moment.split.cut_s)
        lists, took[task] = ranked_by(_in_catalogue(score, moment), moment, (task,), k)
        ranked |= lists
    stranger = discover_score(models, moment.split.cut_s)(History.empty())
    return Lists(ranked, stranger_list(stranger[: moment.n_items], k), seconds, took)


def _source(score: _Score, moment: Moment, k: int) -> Lists:
    ranked, took = ranked_by(_in_catalogue(score, moment), moment, (Task.DISCOVER,), k)
    stranger = score(History.empty())[: moment.n_items]
    return Lists(ranked, stranger_list(stranger if stranger.any() else None, k), 0.0, {Task.DISCOVER: took})


def _in_catalogue(score: _Score, moment: Moment) -> Callable[[Int64Array], Float32Array]:
    """Return the scores of rows over the catalogue: its items are the first of all."""
    n = moment.n_items
    return lambda rows: np.array(
        [score(moment.histories.history(row))[:n] for row in rows.tolist()], np.float32
    ).reshape(len(rows), n)


def _reliability(models: FittedModels, moment: Moment) -> tuple[Float32Array, BoolArray]:
    """Return what was said of owned items, of customers who bought and of those who did not."""
    customers = np.flatnonzero(moment.histories.orders > 0)
    drawn = np.random.default_rng(0).permutation(customers)[:_MOST_RELIABILITY]
    bought = moment.outcomes
    said, came = [np.empty(0, np.float32)], [np.empty(0, np.bool_)]
    for row in np.sort(drawn).tolist():
        history = moment.histories.history(row)
        said.append(score_repeats(models, history, moment.split.cut_s)[0])
        came.append(np.isin(history.item, bought.repeats(row)))
    return np.concatenate(said), np.concatenate(came)
