"""Models, playbook and catalogue, brought together for deciding."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from recommender.actions.repertoire import Repertoire
from recommender.candidates.assortment import Assortment, assortment_of
from recommender.catalog.catalogue import Catalogue
from recommender.catalog.promotion_columns import PromotionColumns
from recommender.engine.grounds import Grounds
from recommender.models.fitted import FittedModels
from recommender.models.promoted import with_columns
from recommender.playbook.model import Playbook
from recommender.types import ModelVersion

_KEPT = 4


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One bundle over one playbook and catalogue; decisions made from it agree with each other."""

    models: FittedModels
    assortment: Assortment
    model_version: ModelVersion
    bundle: FittedModels
    """The models as they were loaded; ``models`` has the promotions of the hour too, where the ranker reads them."""
    playbook: Playbook
    repertoire: Repertoire | None
    promotions: PromotionColumns | None = None


Promoted: TypeAlias = Callable[[FittedModels, Catalogue], PromotionColumns | None]
"""Returns the promotions of the moment that a ranker reads, the same object for an hour; ``None`` where it reads none."""


def snapshot_of(
    models: FittedModels, model_version: ModelVersion, grounds: Grounds, columns: PromotionColumns | None
) -> Snapshot:
    """Bring a bundle, its grounds and the promotions of the hour together; takes as long as the catalogue is large."""
    now = models if columns is None else with_columns(models, columns)
    assortment = assortment_of(now, grounds.catalogue, model_version)
    return Snapshot(now, assortment, model_version, models, grounds.playbook, grounds.repertoire, columns)


class SnapshotCache:
    """The snapshots of the bundles in use.

    Rebuilt when catalogue or playbook move, or an hour is over, not when they are asked for.
    """

    def __init__(self, promoted: Promoted) -> None:
        self._promoted = promoted
        self._building = threading.Lock()
        self._held: dict[ModelVersion, Snapshot] = {}

    def of(
        self, models: FittedModels, model_version: ModelVersion, grounds: Callable[[], Grounds]
    ) -> Snapshot:
        """Return the snapshot of a bundle; built, over what ``grounds`` returns, when the bundle is new."""
        held = self._held.get(model_version)
        if held is not None and held.bundle is models:
            return held
        with self._building:
            return self._build(models, model_version, grounds())

    def renew(self, newest: Callable[[], Grounds]) -> None:
        """Bring every snapshot to the newest grounds and hour. Must come before a change of the catalogue is acknowledged."""
        with self._building:
            grounds = newest()
            for held in list(self._held.values()):
                is_old = held.assortment.catalogue is not grounds.catalogue
                is_old = is_old or held.repertoire is not grounds.repertoire
                if is_old or self._promoted(held.bundle, grounds.catalogue) is not held.promotions:
                    self._build(held.bundle, held.model_version, grounds)

    def _build(self, models: FittedModels, model_version: ModelVersion, grounds: Grounds) -> Snapshot:
        columns = self._promoted(models, grounds.catalogue)
        snapshot = snapshot_of(models, model_version, grounds, columns)
        self._held.pop(model_version, None)
        while len(self._held) >= _KEPT:
            del self._held[next(iter(self._held))]
        self._held[model_version] = snapshot
        return snapshot
