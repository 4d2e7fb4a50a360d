"""Real bundles in a real MLflow registry: what `rapport train` and `rapport promote` leave behind, without the wait."""

import os
import shutil
import warnings
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from recommender.bundles import BundleMetadata, save_bundle
from recommender.bundles.registration import BUNDLE_TAG, CHAMPION, MODEL_NAME
from recommender.bundles.saving import file_digest
from recommender.data.assembly import purchases_from
from recommender.engine.engine import Engine
from recommender.engine.opening import open_log
from recommender.events.codec import decode_event
from recommender.fitting import FitConfig, fit_models
from serving.settings import ServingSettings
from tests.serving.shops import Json

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "ERROR")


def fill(settings: ServingSettings, events: Iterable[Json]) -> None:
    """Write events into the log as an ingest does."""
    with Engine.open(settings) as engine:
        engine.append_bulk(decode_event(msgspec.json.encode(event)) for event in events)


def train(settings: ServingSettings, *, seed: int = 0) -> Path:
    """Fit everything in the log and return the bundle, named by its digest and in its place in the home."""
    now = datetime.now(UTC)
    log = open_log(settings)
    try:
        logged, catalogue = log.order_lines(until=now), log.catalogue()
    finally:
        log.close()
    purchases = purchases_from(
        logged.lines,
        logged.customer_ids,
        logged.item_ids,
        catalogue=catalogue,
        until_us=int(now.timestamp() * 1e6),
    )
    models = fit_models(purchases, FitConfig(seed=seed), now_s=int(now.timestamp()) - seed)
    home = settings.home_folder()
    staging = home.bundles / f"staging-{seed}"
    metadata = BundleMetadata(engine_version="0", data_fingerprint=f"test-{seed}", config={}, metrics={})
    save_bundle(models, staging, metadata=metadata)
    place = home.bundles / file_digest(staging / "manifest.json")[:32]
    return staging.rename(place)


class TestRegistry:
    """The MLflow registry of a home, as a data scientist uses it."""

    __test__ = False

    def __init__(self, settings: ServingSettings) -> None:
        home = settings.home_folder()
        self._client = _client(settings.tracking_uri(home))
        self._artifacts = home.mlflow_artifacts

    def register(self, bundle: Path, *, keep_artifacts: bool = False) -> str:
        """Register a bundle and return its version; with ``keep_artifacts`` the registry has its own copy."""
        source = self._artifacts / bundle.name
        if keep_artifacts:
            shutil.copytree(bundle, source / "artifacts" / bundle.name)
        if not self._client.search_registered_models():
            self._client.create_registered_model(MODEL_NAME)
        made = self._client.create_model_version(MODEL_NAME, source.as_uri(), tags={BUNDLE_TAG: bundle.name})
        return str(made.version)

    def promote(self, version: str) -> None:
        """Move the champion alias."""
        self._client.set_registered_model_alias(MODEL_NAME, CHAMPION, version)


@cache
def _client(uri: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from mlflow.tracking import MlflowClient

        return MlflowClient(tracking_uri=uri, registry_uri=uri)
