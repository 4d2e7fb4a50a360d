"""Hand-built worlds with known answers: a shop of a few items, the more popular the earlier in its list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from recommender.candidates.assortment import Assortment, assortment_of
from recommender.catalog import CatalogItem, Catalogue
from recommender.customers import CustomerState, ItemHoldings, RecentLines
from recommender.data.items import ItemTable
from recommender.decisions import Decision, DecisionRequest, decide
from recommender.models.als import AlsModel
from recommender.models.blend import Blend, Source
from recommender.models.fitted import FittedModels
from recommender.models.item_item import ItemItemModel
from recommender.models.ownership import LearnedOwnership
from recommender.models.popularity import PopularityModel
from recommender.models.replenishment import ReplenishmentModel
from recommender.types import SECONDS_PER_DAY, DecisionId, ItemId, ItemNumber, ModelVersion

NOW_S = 1_700_000_000
GAP_DAYS = 14.0


@dataclass(frozen=True)
class Bought:
    """What one customer kept of one item."""

    item_id: str
    days_ago: float = 100.0
    orders: int = 1
    owned: float = 1.0
    first_days_ago: float | None = None


@dataclass(frozen=True)
class Shop:
    """A bundle, a catalogue, and the questions that tests ask of them."""

    models: FittedModels
    catalogue: Catalogue
    assortment: Assortment

    def number(self, item_id: str) -> ItemNumber:
        return self.catalogue.numbers[ItemId(item_id)]

    def numbers(self, *item_ids: str) -> tuple[ItemNumber, ...]:
        return tuple(self.number(item_id) for item_id in item_ids)

    def item_id(self, number: int | None) -> str:
        assert number is not None
        return str(self.catalogue.item_id(number))

    def customer(self, *bought: Bought, version: int = 1) -> CustomerState:
        rows = sorted(bought, key=lambda one: self.number(one.item_id))
        number = np.array([self.number(one.item_id) for one in rows], np.uint32)
        first = [one.days_ago if one.first_days_ago is None else one.first_days_ago for one in rows]
        items = ItemHoldings(
            number=number,
            owned=np.array([one.owned for one in rows], np.float32),
            orders=np.array([one.orders for one in rows], np.uint16),
            first_s=seconds_ago(first),
            last_s=seconds_ago([one.days_ago for one in rows]),
        )
        oldest_first = np.argsort(items.last_s, kind="stable")
        kept = np.maximum(items.owned, 1)
        recent = RecentLines(number[oldest_first], items.last_s[oldest_first], kept[oldest_first])
        return CustomerState(
            version=version,
            orders=sum(one.orders for one in rows),
            lines=len(rows),
            first_s=int(items.first_s.min(initial=NOW_S)),
            last_s=int(items.last_s.max(initial=0)),
            items=items,
            recent=recent,
            unmatched_returns=0,
        )

    def decide(
        self, state: CustomerState, request: DecisionRequest | None = None, now_s: int = NOW_S
    ) -> Decision:
        asked = DecisionRequest() if request is None else request
        return decide(
            state, asked, self.models, self.assortment, now_s=now_s, decision_id=DecisionId("decision-1")
        )

    def said(
        self, state: CustomerState, request: DecisionRequest | None = None, now_s: int = NOW_S
    ) -> dict[str, list[str]]:
        """Return the item ids of each kind, in slate order."""
        said: dict[str, list[str]] = {"product_offer": [], "buy_again": []}
        for action in self.decide(state, request, now_s).actions:
            said[action.action.value].append(self.item_id(action.item))
        return said

    def with_models(self, **changes: object) -> "Shop":
        models = replace(self.models, **changes)  # type: ignore[arg-type]  # fields of FittedModels
        return Shop(
            models, self.catalogue, assortment_of(models, self.catalogue, self.assortment.model_version)
        )


def seconds_ago(days: Sequence[float]) -> "np.ndarray[tuple[int], np.dtype[np.uint32]]":
    return np.array([NOW_S - round(one * SECONDS_PER_DAY) for one in days], np.uint32)


def shop_of(
    *items: CatalogItem | str,
    untaught: Sequence[CatalogItem] = (),
    consumable: Sequence[str] = (),
    popularity: Mapping[str, float] | None = None,
    bundle_order: Sequence[str] | None = None,
    model_version: str = "7",
) -> Shop:
    """Return a shop in which the earlier item is the more popular one, whatever its position in the bundle.

    Parameters
    ----------
    items
        Catalogue items of the bundle; a bare id is an item that the catalogue does not describe.
    untaught
        Catalogue items that the bundle does not know; they have the numbers after the others.
    consumable
        Ids that were learned as consumable; the others as owned once.
    popularity
        Other popularity than by position.
    bundle_order
        Ids in the order of the bundle's index; default reversed, so that numbers and indices differ.
    """
    ids = [one if isinstance(one, str) else one.item_id for one in items]
    described = [one for one in (*items, *untaught) if not isinstance(one, str)]
    numbered = [*ids, *(one.item_id for one in untaught)]
    catalogue = Catalogue.build(
        3, described, {ItemId(item_id): ItemNumber(number) for number, item_id in enumerate(numbered)}
    )
    sold = {item_id: 1 - rank / (len(ids) + 1) for rank, item_id in enumerate(ids)}
    sold |= dict(popularity or {})
    order = list(reversed(ids)) if bundle_order is None else list(bundle_order)
    models = FittedModels(
        items=ItemTable(
            tuple(map(ItemId, order)), np.array([catalogue.numbers[ItemId(one)] for one in order], np.uint32)
        ),
        popularity=PopularityModel((float("inf"),), np.array([[sold[one] for one in order]], np.float32)),
        item_item=ItemItemModel.empty(len(order)),
        replenishment=ReplenishmentModel.neutral(len(order), gap_days=GAP_DAYS),
        ownership=LearnedOwnership(
            np.zeros(len(order), np.float32), np.array([one not in consumable for one in order], np.bool_)
        ),
        blend=blend_of(Source.POPULARITY),
        as_of_s=NOW_S,
    )
    return Shop(models, catalogue, assortment_of(models, catalogue, ModelVersion(model_version)))


def blend_of(*sources: Source) -> Blend:
    """Return the neutral blend, with equal weights on some sources and none on the others."""
    weights = np.zeros(len(Source), np.float32)
    weights[list(sources)] = 1 / len(sources)
    return replace(Blend.neutral(), weights=weights)


def neighbours_of(shop: Shop, pairs: Mapping[str, Sequence[tuple[str, float]]]) -> ItemItemModel:
    """Return an item-item model from ids: bought item -> (neighbour, weight), by descending weight."""
    index = {item_id: position for position, item_id in enumerate(shop.models.items.ids)}
    rows = [pairs.get(item_id, ()) for item_id in shop.models.items.ids]
    return ItemItemModel(
        indptr=np.cumsum([0, *(len(row) for row in rows)]).astype(np.int64),
        neighbour=np.array([index[ItemId(other)] for row in rows for other, _ in row], np.int32),
        weight=np.array([weight for row in rows for _, weight in row], np.float32),
    )


def factors_of(shop: Shop, factors: Mapping[str, Sequence[float]]) -> AlsModel:
    """Return an ALS model from ids; every item needs its factors."""
    matrix = np.array([factors[item_id] for item_id in shop.models.items.ids], np.float32)
    gram = matrix.T @ matrix + 0.1 * np.eye(matrix.shape[1], dtype=np.float32)
    return AlsModel(matrix, gram.astype(np.float32), 10.0, 60.0)
