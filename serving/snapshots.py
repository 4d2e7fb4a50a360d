"""What decisions are made from right now: a bundle over a catalogue, replaced whole.

A request takes :attr:`SnapshotKeeper.current` once and works with it to the end; the one before lives until its last
request lets go of it. Nothing is replaced before it was warmed up.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from recommender.candidates.assortment import FALLBACK
from recommender.decisions.decision import ServedBy
from recommender.engine.engine import Engine
from recommender.engine.snapshots import Snapshot
from recommender.engine.warming import warm_up
from recommender.errors import UnavailableError
from recommender.models import FittedModels
from recommender.types import ModelVersion
from serving.cards import Cards
from serving.slate_cache import activity_boundaries
from serving.slate_text import SlateText

_SERIALS = count(1)


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What is known about a model version, for ``GET /v1/model``."""

    version: ModelVersion
    alias: str | None = None
    bundle: str | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Serving:
    """One bundle over one catalogue version, with all that answers are made of.

    ``serial`` differs between any two of one process: it names this one in the keys of remembered slates.
    """

    models: FittedModels
    facts: ModelFacts
    snapshot: Snapshot
    cards: Cards
    text: SlateText
    boundaries: tuple[int, ...]
    loaded_at: datetime
    serial: int

    @property
    def served_by(self) -> ServedBy:
        """``fallback`` without a model: the log's popularity answers."""
        return "fallback" if self.facts.version == FALLBACK else "model"


class SnapshotKeeper:
    """Holds the current :class:`Serving` and replaces it atomically.

    Parameters
    ----------
    engine
        Builds snapshots and decides, for the warm-up.
    clock
        Aware UTC now.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock
        self._replacing = threading.Lock()
        self._current: Serving | None = None
        self.problem: str | None = None

    @property
    def current(self) -> Serving:
        """What to decide from, over the catalogue as this process knows it now."""
        held = self._current
        if held is None:
            raise UnavailableError("no model was taken into service yet", remedy="ask again in a moment")
        snapshot = self._engine.snapshot_for(held.models, held.facts.version)
        if snapshot is held.snapshot:
            return held
        renewed = self._serving(held.models, held.facts, snapshot, held.loaded_at)
        if self._current is held:
            self._current = renewed
        return renewed

    @property
    def is_serving(self) -> bool:
        """Whether anything was taken into service yet."""
        return self._current is not None

    def serve(self, models: FittedModels, facts: ModelFacts) -> None:
        """Warm a bundle up and take it into service.

        Raises
        ------
        RapportError
            The bundle cannot be decided from; the one before keeps serving.
        """
        with self._replacing:
            now = self._clock()
            snapshot = self._engine.snapshot_for(models, facts.version)
            warm_up(self._engine.deciding, snapshot, now)
            self._current = self._serving(models, facts, snapshot, now)

    def serve_fallback(self) -> None:
        """Serve the log's popularity, because there is no model."""
        models = self._engine.popularity_fallback(self._clock())
        if self._current is None or models is not self._current.models:
            self.serve(models, ModelFacts(FALLBACK))

    def _serving(
        self, models: FittedModels, facts: ModelFacts, snapshot: Snapshot, loaded_at: datetime
    ) -> Serving:
        assortment = snapshot.assortment
        cards = Cards(assortment.catalogue, self._engine.log.numbers)
        boundaries = activity_boundaries(assortment)
        return Serving(
            models, facts, snapshot, cards, SlateText(cards), boundaries, loaded_at, next(_SERIALS)
        )
