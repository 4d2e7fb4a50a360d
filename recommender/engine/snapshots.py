"""Models and catalogue, brought together for deciding."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from recommender.candidates.assortment import Assortment, assortment_of
from recommender.catalog.catalogue import Catalogue
from recommender.catalog.promotion_columns import PromotionColumns
from recommender.models.fitted import FittedModels
from recommender.models.promoted import with_columns
from recommender.types import ModelVersion

_KEPT = 4


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One bundle over one version of the catalogue; decisions made from it agree with each other."""

    models: FittedModels
    assortment: Assortment
    model_version: ModelVersion
    bundle: FittedModels
    """The models as they were loaded; ``models`` has the promotions of the hour too, where the ranker reads them."""
    promotions: PromotionColumns | None = None


Promoted: TypeAlias = Callable[[FittedModels, Catalogue], PromotionColumns | None]
"""Returns the promotions of the moment that a ranker reads, the same object for an hour; ``None`` where it reads none."""


class SnapshotCache:
    """The snapshots of the bundles in use; rebuilt when the catalogue moves or an hour is over, not when they are asked for."""

    def __init__(self, promoted: Promoted) -> None:
        self._promoted = promoted
        self._building = threading.Lock()
        self._held: dict[ModelVersion, Snapshot] = {}

    def of(
        self, models: FittedModels, model_version: ModelVersion, catalogue: Callable[[], Catalogue]
    ) -> Snapshot:
        """Return the snapshot of a bundle; built, over what ``catalogue`` returns, when the bundle is new."""
        held = self._held.get(model_version)
        if held is not None and held.bundle is models:
            return held
        with self._building:
            return self._build(models, model_version, catalogue())

    def renew(self, catalogue: Catalogue) -> None:
        """Bring every snapshot to this catalogue and hour. Must come before a change of the catalogue is acknowledged."""
        with self._building:
            for held in list(self._held.values()):
                is_old = held.assortment.catalogue is not catalogue
                if is_old or self._promoted(held.bundle, catalogue) is not held.promotions:
                    self._build(held.bundle, held.model_version, catalogue)

    def _build(self, models: FittedModels, model_version: ModelVersion, catalogue: Catalogue) -> Snapshot:
        columns = self._promoted(models, catalogue)
        now = models if columns is None else with_columns(models, columns)
        snapshot = Snapshot(now, assortment_of(now, catalogue, model_version), model_version, models, columns)
        self._held.pop(model_version, None)
        while len(self._held) >= _KEPT:
            del self._held[next(iter(self._held))]
        self._held[model_version] = snapshot
        return snapshot
