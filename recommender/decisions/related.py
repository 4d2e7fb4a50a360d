"""What goes with one item, for a product page: bought together, and similar."""

from dataclasses import dataclass

import numpy as np

from recommender.candidates.assortment import Assortment
from recommender.candidates.codes import IS_NOT_ACTIVE
from recommender.candidates.picking import pick_best
from recommender.decisions.reasons import Reason, ReasonKind
from recommender.decisions.request import MAX_ACTIONS
from recommender.errors import InvalidRequestError
from recommender.models.fitted import FittedModels
from recommender.types import Float32Array, Int32Array, ItemNumber, UInt8Array


@dataclass(frozen=True, slots=True)
class RelatedItem:
    """One related item.

    Attributes
    ----------
    item
        Its number.
    score
        Strength within its list, > 0 and never increasing: item-item weight, cosine (at most 1), or decayed buyers.
    reason
        Why, for a person.
    """

    item: ItemNumber
    score: float
    reason: Reason


@dataclass(frozen=True, slots=True)
class RelatedItems:
    """Two lists, best first, each at most ``k`` long and each possibly empty."""

    bought_together: tuple[RelatedItem, ...]
    similar: tuple[RelatedItem, ...]


def related_items(
    models: FittedModels, assortment: Assortment, item: ItemNumber, k: int, now_s: int
) -> RelatedItems:
    """Return what goes with an item and can be sold now; variants of the item itself are left out.

    Similar items are those with the most parallel ALS factors (cosine); where the item has none, the most popular of
    its category. Equal scores are ordered by item number. An item that the bundle does not know has no related items.

    Parameters
    ----------
    models, assortment
        A bundle, and the catalogue over it.
    item
        Number of the item.
    k
        Largest length of each list, 1 to 100.
    now_s
        The time of the question, seconds since 1970.

    Raises
    ------
    InvalidRequestError
        When k is out of range.
    """
    if not 1 <= k <= MAX_ACTIONS:
        raise InvalidRequestError(
            "k is out of range", expected=f"1 to {MAX_ACTIONS}", found=str(k), remedy="send k=10"
        )
    index = int(models.index_of_number[item]) if item < len(models.index_of_number) else -1
    if index < 0:
        return RelatedItems((), ())
    code = _sellable_beside(assortment, index, now_s)
    neighbour, weight = models.item_item.neighbours_of(index)
    together = _best(neighbour, weight, code, assortment, k)
    kind, similarity = _similarity(models, assortment, index)
    everything = np.arange(len(code), dtype=np.int32)
    return RelatedItems(
        _listed(together, Reason(ReasonKind.BOUGHT_TOGETHER, about=item), assortment),
        _listed(_best(everything, similarity, code, assortment, k), Reason(kind, about=item), assortment),
    )


def _sellable_beside(assortment: Assortment, index: int, now_s: int) -> UInt8Array:
    """Return 0 per item that can be sold now and is no variant of the given one."""
    shelf = assortment.shelf
    code = shelf.standing.copy()
    active = (shelf.active_from_s[shelf.windowed] <= now_s) & (now_s < shelf.active_until_s[shelf.windowed])
    code[shelf.windowed[~active]] = IS_NOT_ACTIVE
    group = shelf.group_of_number[shelf.number[index]]
    code[shelf.group_member[shelf.group_start[group] : shelf.group_start[group + 1]]] = IS_NOT_ACTIVE
    return code


def _best(
    items: Int32Array, score: Float32Array, code: UInt8Array, assortment: Assortment, k: int
) -> tuple[Int32Array, Float32Array]:
    """Return the best ``k`` of some items with a positive score, and their scores."""
    allowed = np.where(score > 0, code[items], IS_NOT_ACTIVE).astype(np.uint8)
    best = pick_best(score, allowed, assortment.shelf.number[items], k)
    return items[best], score[best]


def _similarity(models: FittedModels, assortment: Assortment, index: int) -> tuple[ReasonKind, Float32Array]:
    if models.als is None or index >= len(models.als.item_factors):
        same = assortment.category == assortment.category[index]
        popularity = models.popularity.score[models.blend.horizon]
        return ReasonKind.SAME_CATEGORY, np.where(same, popularity, 0).astype(np.float32)
    factors, length = models.als.item_factors, assortment.factor_length
    similarity = np.zeros(len(models.items), dtype=np.float32)
    lengths = length * length[index]
    np.divide(factors @ factors[index], lengths, out=similarity[: len(factors)], where=lengths > 0)
    return ReasonKind.SIMILAR_ITEM, np.minimum(similarity, 1)


def _listed(
    best: tuple[Int32Array, Float32Array], reason: Reason, assortment: Assortment
) -> tuple[RelatedItem, ...]:
    numbers = assortment.shelf.number[best[0]].tolist()
    return tuple(
        RelatedItem(ItemNumber(number), score, reason)
        for number, score in zip(numbers, best[1].tolist(), strict=True)
    )
