"""The catalogue as one bundle sees it: dense arrays by item index, ready for the gates."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from recommender.candidates.shelf import ShelfTable, grown, shelf_of
from recommender.catalog import Catalogue
from recommender.types import Float32Array, ItemNumber, ModelVersion, UInt32Array

if TYPE_CHECKING:
    from recommender.models.by_reference import Reference
    from recommender.models.fitted import FittedModels

UNREGISTERED: Final = ModelVersion("unregistered")
"""Model version of a bundle that no registry knows (notebooks, tests)."""

FALLBACK: Final = ModelVersion("fallback")
"""Model version of the log's own popularity, served while there is no model."""

_POPULAR_SHARE = 0.05
_POPULAR_AT_LEAST = 20


@dataclass(frozen=True, slots=True)
class Assortment:
    """One catalogue version over the items of one bundle; rebuilt when either changes.

    Attributes
    ----------
    catalogue, model_version
        What it was built from.
    shelf
        What the gates read.
    category
        Category number of each index, ``uint32 [n]``.
    popular_from
        Popularity score from which an item is among the most popular 5 % (at least 20 items).
    factor_length
        Euclidean length of each item's ALS factors, ``float32 [m]``; empty without factors.
    models
        The bundle.
    tables
        All that compiled code reads: a reference to :class:`.decision_tables.DecisionTables`.
    """

    catalogue: Catalogue
    model_version: ModelVersion
    shelf: ShelfTable
    category: UInt32Array
    popular_from: float
    factor_length: Float32Array
    models: "FittedModels"
    tables: "Reference"

    def name_of(self, number: ItemNumber) -> str:
        """Return what a person calls the item: its name, else its id."""
        return self.catalogue.name(number)


def assortment_of(
    models: "FittedModels", catalogue: Catalogue, model_version: ModelVersion = UNREGISTERED
) -> Assortment:
    """Resolve the catalogue for the items of a bundle.

    Items without a catalogue entry are available products of their own group. Declared ownership wins over learned.

    Parameters
    ----------
    models
        The bundle, ``n`` items; may be empty.
    catalogue
        Any version, older or newer than the bundle.
    model_version
        Name of the bundle, recorded in every decision; ``"fallback"`` for the log's own popularity.
    """
    from recommender.candidates.decision_tables import decision_tables

    shelf, popular_from = shelf_of(models, catalogue), _popular_from(models)
    size = max(len(catalogue.group), int(shelf.number.max(initial=0)) + 1)
    return Assortment(
        catalogue=catalogue,
        model_version=model_version,
        shelf=shelf,
        category=grown(catalogue.category_number, size, 0)[shelf.number],
        popular_from=popular_from,
        factor_length=_factor_length(models),
        models=models,
        tables=decision_tables(models, shelf, popular_from),
    )


def _popular_from(models: "FittedModels") -> float:
    score = models.popularity.score[models.blend.horizon]
    if len(score) == 0:
        return np.inf
    rank = min(len(score), max(_POPULAR_AT_LEAST, int(len(score) * _POPULAR_SHARE)))
    return float(np.partition(score, len(score) - rank)[len(score) - rank])


def _factor_length(models: "FittedModels") -> Float32Array:
    if models.als is None:
        return np.empty(0, dtype=np.float32)
    factors = models.als.item_factors
    length: Float32Array = np.sqrt(np.einsum("if,if->i", factors, factors))
    return length
