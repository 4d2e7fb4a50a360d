"""Models, playbook and catalogue, brought together for deciding."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from recommender.actions.repertoire import Repertoire
from recommender.candidates.assortment import Assortment, assortment_of
from recommender.engine.grounds import Grounds
from recommender.models.fitted import FittedModels
from recommender.playbook.model import Playbook
from recommender.types import ModelVersion

_KEPT = 4


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One bundle over one playbook and catalogue; decisions made from it agree with each other."""

    models: FittedModels
    assortment: Assortment
    model_version: ModelVersion
    playbook: Playbook
    repertoire: Repertoire | None


def snapshot_of(models: FittedModels, model_version: ModelVersion, grounds: Grounds) -> Snapshot:
    """Bring a bundle and its grounds together; takes as long as the catalogue is large."""
    assortment = assortment_of(models, grounds.catalogue, model_version)
    return Snapshot(models, assortment, model_version, grounds.playbook, grounds.repertoire)


class SnapshotCache:
    """The snapshots of the bundles in use; rebuilt when catalogue or playbook move, not when they are asked for."""

    def __init__(self) -> None:
        self._building = threading.Lock()
        self._held: dict[ModelVersion, Snapshot] = {}

    def of(
        self, models: FittedModels, model_version: ModelVersion, grounds: Callable[[], Grounds]
    ) -> Snapshot:
        """Return the snapshot of a bundle; built, over what ``grounds`` returns, when the bundle is new."""
        held = self._held.get(model_version)
        if held is not None and held.models is models:
            return held
        with self._building:
            return self._build(models, model_version, grounds())

    def renew(self, newest: Callable[[], Grounds]) -> None:
        """Bring every snapshot to the newest grounds. Must come before a change of the catalogue is acknowledged."""
        with self._building:
            grounds = newest()
            for held in list(self._held.values()):
                is_old = held.assortment.catalogue is not grounds.catalogue
                if is_old or held.repertoire is not grounds.repertoire:
                    self._build(held.models, held.model_version, grounds)

    def _build(self, models: FittedModels, model_version: ModelVersion, grounds: Grounds) -> Snapshot:
        snapshot = snapshot_of(models, model_version, grounds)
        self._held.pop(model_version, None)
        while len(self._held) >= _KEPT:
            del self._held[next(iter(self._held))]
        self._held[model_version] = snapshot
        return snapshot
