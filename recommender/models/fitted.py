"""Everything that one training run learned."""

from dataclasses import dataclass, field

import numpy as np

from recommender.data.items import ItemTable
from recommender.models.als import AlsModel
from recommender.models.arrays import read_only
from recommender.models.blend import ELAPSED_WINDOWS, ORDER_COUNTS, Blend
from recommender.models.by_reference import Reference, refer_to_offers
from recommender.models.item_facts import ItemFacts
from recommender.models.item_item import ItemItemModel
from recommender.models.newcomers import NewcomerModel
from recommender.models.offer_tables import LEAST_SHARE, OfferTables, SparseRows
from recommender.models.ownership import LearnedOwnership
from recommender.models.popularity import PopularityModel
from recommender.models.propensity import LearnedPropensity
from recommender.models.ranker import Ranker
from recommender.models.replenishment import ReplenishmentModel
from recommender.types import SECONDS_PER_DAY, Float32Array, Int32Array


@dataclass(frozen=True, slots=True)
class FittedModels:
    """The models of one bundle, over one table of items.

    Attributes
    ----------
    item_item
        Cosine of recency-weighted purchases: bought together, by the same customers or in the same guest orders.
    newcomers
        What first orders hold; ``None`` where whoever is unknown is offered what is popular.
    lately, newly
        What buyers of the item bought for the first time of late: half-life of a window, of a quarter of one.
        ``None`` when unused.
    als
        ``None`` when there was too little to factorise.
    spectral
        A linear autoencoder's largest weights; ``None`` when unused.
    content
        Likeness of names and categories; ``None`` without any.
    facts
        What the ranker reads about items; ``None`` without a ranker.
    ranker
        The second stage; ``None`` where the blend alone ranks.
    promoted
        Planned and past promotions of each item at the time of a decision, ``float32 [n, 2 x kinds]``, for the kinds that
        the ranker learned; ``None`` for no promotion. Of the moment: no bundle holds it.
    propensity
        What logged outcomes taught about the actions of a playbook; ``None`` where there were none.
    as_of_s
        Cut-off of the training data, seconds since 1970.
    window_days
        The window that every probability speaks about.
    index_of_number
        Item index of every permanent number, ``int32``, -1 where unknown; derived from ``items``.
    offer_tables
        What compiled code reads of all this: a reference to :func:`offer_tables_of`.
    """

    items: ItemTable
    popularity: PopularityModel
    item_item: ItemItemModel
    replenishment: ReplenishmentModel
    ownership: LearnedOwnership
    blend: Blend
    as_of_s: int
    newcomers: NewcomerModel | None = None
    lately: ItemItemModel | None = None
    newly: ItemItemModel | None = None
    als: AlsModel | None = None
    spectral: ItemItemModel | None = None
    content: ItemItemModel | None = None
    facts: ItemFacts | None = None
    ranker: Ranker | None = None
    promoted: Float32Array | None = None
    propensity: LearnedPropensity | None = None
    window_days: float = 28.0
    index_of_number: Int32Array = field(init=False, repr=False)
    offer_tables: Reference = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "index_of_number", self.items.index_of_number())
        object.__setattr__(self, "offer_tables", refer_to_offers(offer_tables_of(self)))


def offer_tables_of(models: FittedModels) -> OfferTables:
    """Gather what the scoring of offers reads; no large array is copied."""
    blend, als = models.blend, models.als
    nothing = np.empty((0, 0), np.float32)
    sparse = (models.item_item, models.lately, models.newly, models.spectral, models.content)
    facts = ItemFacts.neutral(0) if models.facts is None else models.facts
    ranker = Ranker.absent() if models.ranker is None else models.ranker
    constants = (
        blend.half_life_days * SECONDS_PER_DAY,
        0.0 if als is None else als.alpha,
        SECONDS_PER_DAY if als is None else als.half_life_days * SECONDS_PER_DAY,
        models.window_days * SECONDS_PER_DAY,
    )
    newcomers = _for_newcomers(models)
    rounded, unit = (np.empty((0, 0), np.int16), np.empty(0, np.float32)) if als is None else als.columns()
    first, second, third, fourth, fifth = (_rows(model, len(models.items)) for model in sparse)
    proposed = (first.neighbour, second.neighbour, third.neighbour, fourth.neighbour, fifth.neighbour)
    return OfferTables(
        popularity=read_only(models.popularity.score[blend.horizon]),
        newcomers=read_only(newcomers),
        newcomer_bits=read_only(_bits_of(newcomers)),
        lift=read_only(models.popularity.lift),
        sparse=(first, second, third, fourth, fifth),
        factors=read_only(nothing if als is None else np.ascontiguousarray(als.item_factors)),
        by_dimension=read_only(rounded),
        dimension_unit=read_only(unit),
        gram=read_only(nothing if als is None else als.gram),
        weights=read_only(blend.weights),
        lifted=read_only(blend.lifted),
        activity=read_only(blend.activity),
        order_counts=read_only(ORDER_COUNTS),
        elapsed_windows=read_only(ELAPSED_WINDOWS),
        constants=read_only(np.array(constants, np.float64)),
        reach=1 + max(int(items.max(initial=-1)) for items in (*proposed, facts.best)),
        facts=facts.tables._replace(promoted=read_only(_promoted(models, 2 * len(ranker.kinds)))),
        ranker=ranker.tables,
    )


def _for_newcomers(models: FittedModels) -> Float32Array:
    newcomers = models.newcomers
    return models.popularity.score[models.blend.horizon] if newcomers is None else newcomers.score


def _bits_of(score: Float32Array) -> Float32Array:
    total = max(float(score.sum(dtype=np.float64)), 1e-30)
    return np.log2(np.maximum(score.astype(np.float64) / total, LEAST_SHARE)).astype(np.float32)


def _promoted(models: FittedModels, columns: int) -> Float32Array:
    """Return the promotions that the ranker reads; nothing is promoted as long as nobody said so."""
    if columns and models.promoted is not None:
        return np.ascontiguousarray(models.promoted)
    return np.zeros((len(models.items), columns), np.float32)


def _rows(model: ItemItemModel | None, n_items: int) -> SparseRows:
    rows = ItemItemModel.empty(n_items) if model is None else model
    return SparseRows(read_only(rows.indptr), read_only(rows.neighbour), read_only(rows.weight))
