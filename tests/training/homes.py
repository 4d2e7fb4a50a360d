"""Training in a home, for tests."""

from dataclasses import dataclass
from datetime import UTC, datetime

from recommender.engine.home import Home
from recommender.fitting import FitConfig
from recommender.storage.log import EventLog
from training.registry import Registry
from training.train import TrainOutcome, TrainRequest, train

NOW = datetime(2024, 7, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Trained:
    """A home, its registry, and what the last training in it brought."""

    home: Home
    registry: Registry
    outcome: TrainOutcome


def registry_of(home: Home) -> Registry:
    """Return the local registry of a home."""
    return Registry(home.mlflow_uri, bundles=home.bundles, artifacts=home.mlflow_artifacts)


def train_in(home: Home, *, as_of: datetime | None = None, seed: int = 1) -> Trained:
    """Train once in a home."""
    with EventLog.open(home.log_url, clock=lambda: NOW) as log:
        outcome = train(log, registry_of(home), TrainRequest(as_of, FitConfig(seed=seed)), now=NOW)
    return Trained(home, registry_of(home), outcome)
