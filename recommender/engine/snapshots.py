"""Models and catalogue, brought together for deciding."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from recommender.candidates.assortment import Assortment, assortment_of
from recommender.catalog.catalogue import Catalogue
from recommender.models.fitted import FittedModels
from recommender.types import ModelVersion

_KEPT = 4


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One bundle over one version of the catalogue; decisions made from it agree with each other."""

    models: FittedModels
    assortment: Assortment
    model_version: ModelVersion


class SnapshotCache:
    """The snapshots of the bundles in use; rebuilt when the catalogue moves, not when they are asked for."""

    def __init__(self) -> None:
        self._building = threading.Lock()
        self._held: dict[ModelVersion, Snapshot] = {}

    def of(
        self, models: FittedModels, model_version: ModelVersion, catalogue: Callable[[], Catalogue]
    ) -> Snapshot:
        """Return the snapshot of a bundle; built, over what ``catalogue`` returns, when the bundle is new."""
        held = self._held.get(model_version)
        if held is not None and held.models is models:
            return held
        with self._building:
            return self._build(models, model_version, catalogue())

    def renew(self, catalogue: Catalogue) -> None:
        """Bring every snapshot to this catalogue. Must come before a change of the catalogue is acknowledged."""
        with self._building:
            for held in list(self._held.values()):
                if held.assortment.catalogue is not catalogue:
                    self._build(held.models, held.model_version, catalogue)

    def _build(self, models: FittedModels, model_version: ModelVersion, catalogue: Catalogue) -> Snapshot:
        snapshot = Snapshot(models, assortment_of(models, catalogue, model_version), model_version)
        self._held.pop(model_version, None)
        while len(self._held) >= _KEPT:
            del self._held[next(iter(self._held))]
        self._held[model_version] = snapshot
        return snapshot
