"""All models of one cut-off."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from recommender.data import Histories, Purchases, histories_of
from recommender.data.descriptions import UNKNOWN_CATEGORY, Descriptions
from recommender.errors import NotEnoughDataError
from recommender.fitting.als import fit_als
from recommender.fitting.config import FitConfig
from recommender.fitting.content import fit_content
from recommender.fitting.item_facts import fit_item_facts
from recommender.fitting.item_item import fit_item_item, fit_taken_up, modelled_items
from recommender.fitting.newcomers import fit_newcomers
from recommender.fitting.ownership import fit_ownership
from recommender.fitting.popularity import fit_popularity
from recommender.fitting.repeat_lessons import Categories, RepeatMemory, RepeatShop
from recommender.fitting.replenishment import fit_replenishment
from recommender.fitting.spectral import fit_spectral
from recommender.models import Blend, FittedModels, LearnedOwnership, ReplenishmentModel, Source
from recommender.models.source_kernels import LONGER
from recommender.types import Int32Array, UInt32Array

Progress = Callable[[str, float], None]
"""Called with what is being done and the share done, 0..1."""


def silent(_step: str, _share: float) -> None:
    """Report nothing."""


@dataclass(frozen=True, slots=True)
class FittedCut:
    """Models and the histories they were fitted on, at one cut-off."""

    models: FittedModels
    histories: Histories
    purchases: Purchases


def fit_models(
    purchases: Purchases, config: FitConfig, *, now_s: int, progress: Progress = silent
) -> FittedModels:
    """Fit everything on all purchases before a time, with the untuned blend.

    Parameters
    ----------
    purchases
        Lines; those at or after ``now_s`` are ignored.
    config
        Settings.
    now_s
        Cut-off, seconds since 1970.
    progress
        Told about each step.

    Raises
    ------
    NotEnoughDataError
        There is no purchase before the cut-off.
    """
    cut = fit_sources(purchases, config, now_s=now_s, progress=progress)
    return with_repeats(cut, config).models


def fit_sources(
    purchases: Purchases,
    config: FitConfig,
    *,
    now_s: int,
    descriptions: Descriptions | None = None,
    progress: Progress = silent,
) -> FittedCut:
    """Fit the sources of product offers; nothing is known about buying again yet."""
    described = Descriptions.none() if descriptions is None else descriptions
    known = purchases.before(now_s)
    if len(known) == 0:
        raise NotEnoughDataError(
            "there is no purchase to learn from",
            expected="at least one purchase before the cut-off",
            found=f"{len(purchases)} purchases, all later" if len(purchases) else "none",
            remedy="ingest purchases, or choose a later --as-of",
        )
    histories = histories_of(known)
    holdings, days = histories.holdings, config.window_days
    items = config.item_item
    progress("popularity", 0.0)
    popularity = fit_popularity(holdings, config.popularity, now_s=now_s, window_days=days)
    progress("item to item and factors", 0.1)
    modelled = modelled_items(holdings, items)
    with ThreadPoolExecutor(max_workers=2) as pool:  # compiled loops without the interpreter's lock
        futures = (
            pool.submit(fit_item_item, holdings, items, now_s=now_s, window_days=days),
            pool.submit(fit_taken_up, holdings, items, items.lately, now_s=now_s, window_days=days),
            pool.submit(fit_taken_up, holdings, items, items.newly, now_s=now_s, window_days=days),
        )
        together, lately, newly = (future.result() for future in futures)
    als = fit_als(holdings, modelled, config.als, config.seed, now_s=now_s, window_days=days)
    spectral = fit_spectral(
        holdings,
        modelled,
        config.spectral,
        config.seed,
        now_s=now_s,
        half_life_days=LONGER * items.half_life * days,
    )
    models = FittedModels(
        items=known.items,
        popularity=popularity,
        newcomers=fit_newcomers(holdings, popularity, config.newcomers, now_s=now_s, window_days=days),
        item_item=together,
        lately=lately if len(lately.weight) else None,
        newly=newly if len(newly.weight) else None,
        als=als,
        spectral=spectral,
        content=fit_content(described.texts_of(known.items.numbers), modelled, config.content),
        facts=fit_item_facts(known, holdings, popularity, described, now_s=now_s, window_days=days),
        replenishment=ReplenishmentModel.neutral(len(known.items), window_days=days),
        ownership=LearnedOwnership.neutral(len(known.items)),
        blend=untuned_blend(config, has_als=als is not None),
        as_of_s=now_s,
        window_days=days,
    )
    return FittedCut(models, histories, known)


def with_repeats(
    cut: FittedCut,
    config: FitConfig,
    *,
    descriptions: Descriptions | None = None,
    memory: RepeatMemory | None = None,
) -> FittedCut:
    """Add what is known about buying again and about owning.

    Descriptions tell which items are alike; the memory keeps what past windows taught from one cut-off to the next.
    """
    categories = None if descriptions is None else _narrow(descriptions)
    shop = RepeatShop(cut.purchases, config.replenishment, config.window_days, categories)
    models = replace(
        cut.models,
        replenishment=fit_replenishment(shop, config.seed, now_s=cut.models.as_of_s, memory=memory),
        ownership=fit_ownership(cut.histories.holdings, cut.histories.last_s, config.ownership),
    )
    return replace(cut, models=models)


def _narrow(descriptions: Descriptions) -> Categories:
    """Return how to find the narrow category of item numbers, -1 where it is unknown."""

    def categories(numbers: UInt32Array) -> Int32Array:
        narrow = descriptions.categories_of(numbers)[:, 1]
        return np.where(narrow == UNKNOWN_CATEGORY, -1, narrow).astype(np.int32)

    return categories


def untuned_blend(config: FitConfig, *, has_als: bool) -> Blend:
    """Return the blend of a shop whose history is too short to choose one: mostly what is taken up of late."""
    weights = np.zeros(len(Source), np.float32)
    weights[Source.POPULARITY] = 0.1
    weights[Source.ITEM_ITEM] = 0.1
    weights[Source.NEWLY] = 0.5
    weights[Source.ALS if has_als else Source.LATELY] = 0.3
    half_life_days = config.item_item.half_life * config.window_days
    blend = Blend.neutral(horizon=config.popularity.lift_row, half_life_days=half_life_days)
    return replace(blend, weights=weights, knot_probability=np.array([0.0, 0.02], np.float32))
