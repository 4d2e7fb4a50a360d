"""Which array of which model lies in which file."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.data import ItemTable
from recommender.errors import CorruptBundleError
from recommender.models import (
    AlsModel,
    Blend,
    FittedModels,
    ItemFacts,
    ItemItemModel,
    LearnedOwnership,
    LearnedPropensity,
    NewcomerModel,
    PopularityModel,
    Ranker,
    ReplenishmentModel,
)
from recommender.models.arrays import Arrays
from recommender.types import ItemId

_FromArrays = Callable[[Arrays], Any]

REQUIRED: Mapping[str, _FromArrays] = {
    "popularity": PopularityModel.from_arrays,
    "item_item": ItemItemModel.from_arrays,
    "replenishment": ReplenishmentModel.from_arrays,
    "ownership": LearnedOwnership.from_arrays,
    "blend": Blend.from_arrays,
}
OPTIONAL: Mapping[str, _FromArrays] = {
    "newcomers": NewcomerModel.from_arrays,
    "als": AlsModel.from_arrays,
    "lately": ItemItemModel.from_arrays,
    "newly": ItemItemModel.from_arrays,
    "spectral": ItemItemModel.from_arrays,
    "content": ItemItemModel.from_arrays,
    "facts": ItemFacts.from_arrays,
    "ranker": Ranker.from_arrays,
    "propensity": LearnedPropensity.from_arrays,
}

_SEPARATOR = "__"


def arrays_of(models: FittedModels) -> dict[str, NDArray[Any]]:
    """Return every array of the models by name, ``<model>__<array>``; absent models have none."""
    named: dict[str, NDArray[Any]] = {
        "items__numbers": models.items.numbers,
        "models__constants": np.array([models.as_of_s, models.window_days], np.float64),
    }
    for part in (*REQUIRED, *OPTIONAL):
        model = getattr(models, part)
        if model is not None:
            named |= {f"{part}{_SEPARATOR}{name}": array for name, array in model.arrays().items()}
    return named


def models_from(arrays: Mapping[str, NDArray[Any]], ids: list[str]) -> FittedModels:
    """Rebuild the models from named arrays and the item ids.

    Raises
    ------
    CorruptBundleError
        An array is missing, or sizes contradict each other.
    """
    try:
        parts = {part: _part(part, arrays, rebuild) for part, rebuild in {**REQUIRED, **OPTIONAL}.items()}
        as_of_s, window_days = arrays["models__constants"].tolist()
        numbers = arrays["items__numbers"]
        _check_sizes(numbers, ids, parts)
        table = ItemTable(tuple(ItemId(item_id) for item_id in ids), numbers)
        return FittedModels(items=table, as_of_s=int(as_of_s), window_days=window_days, **parts)
    except (KeyError, IndexError, ValueError, TypeError) as error:
        raise CorruptBundleError(
            "the arrays of the bundle do not make models",
            found=f"{type(error).__name__}: {error}"[:120],
            remedy="train again",
        ) from error


def _part(
    part: str, arrays: Mapping[str, NDArray[Any]], rebuild: _FromArrays
) -> Any:  # each part has its own class
    prefix = part + _SEPARATOR
    mine = {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
    return None if part in OPTIONAL and not mine else rebuild(mine)


def _check_sizes(numbers: NDArray[Any], ids: list[str], parts: Mapping[str, Any]) -> None:
    sizes = {
        "items.json": len(ids),
        "popularity": parts["popularity"].score.shape[1],
        "item_item": len(parts["item_item"].indptr) - 1,
        "replenishment": len(parts["replenishment"].gap_days),
        "ownership": len(parts["ownership"].own_once),
    }
    if parts["newcomers"] is not None:
        sizes["newcomers"] = len(parts["newcomers"].score)
    for name, size in sizes.items():
        if size != len(numbers):
            raise ValueError(f"{name} has {size} items, the bundle {len(numbers)}")
