"""One training run: from the log to a registered version."""

import contextlib
import importlib.metadata
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from recommender.bundles import BundleMetadata
from recommender.fitting import FitConfig, TrainingResult, select_and_fit
from recommender.fitting.propensity import LoggedOutcomes, fit_propensity
from recommender.storage.log import EventLog
from training.bundle_files import saved_bundle
from training.code_version import code_version
from training.fit_settings import flat
from training.learning_data import learning_data
from training.registry import Registry
from training.run_report import write_attachments
from training.told import logged_outcomes
from training.versions import RegisteredVersion, RunRecord

Phase = Callable[[str, float], None]
"""Called with the name of a phase and how much of it is done, 0..1."""


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """What to train.

    Attributes
    ----------
    as_of
        Cut-off: what happened then or later does not teach. ``None``: just after the last purchase, at most now.
    config
        Window, budget, seed and the settings of every model.
    """

    as_of: datetime | None = None
    config: FitConfig = field(default_factory=FitConfig)


@dataclass(frozen=True, slots=True)
class TrainOutcome:
    """What a run brought.

    Attributes
    ----------
    version
        The registered version.
    result
        Models, metrics, evaluation and notes.
    as_of
        The cut-off.
    twin
        An older version with the same bundle, byte for byte; empty when there is none.
    """

    version: RegisteredVersion
    result: TrainingResult
    as_of: datetime
    twin: str


def train(
    log: EventLog,
    registry: Registry,
    request: TrainRequest,
    *,
    now: datetime,
    phase: Phase = lambda _name, _share: None,
) -> TrainOutcome:
    """Learn from the log and register what was learned.

    An interrupted run leaves no version and no bundle behind. Same log, cut-off, configuration, code and machine: the same
    bundle, byte for byte.

    Parameters
    ----------
    log, registry
        Where from and where to.
    request
        What to train.
    now
        The present.
    phase
        Told what is going on.

    Raises
    ------
    NotEnoughDataError
        When there is nothing to learn from before the cut-off.
    InvalidRequestError
        When the cut-off lies in the future.
    UnavailableError
        When the log or the registry does not answer.
    """
    phase("reading the log", 0.0)
    data = learning_data(log, request.as_of, now=now)
    phase(
        "creating the model registry, once per home" if registry.is_new() else "connecting to the registry",
        0.0,
    )
    registry.open()
    phase("fingerprinting the data", 0.0)
    fingerprint = log.fingerprint(data.as_of)
    result = select_and_fit(
        data.purchases,
        data.catalogue,
        request.config,
        until_s=data.until_s,
        promotions=data.promotions,
        progress=_renamed(phase),
    )
    phase("learning what follows what was said", 0.0)
    result = _with_propensity(result, logged_outcomes(log, request.as_of or now, _window(result)))
    phase("writing the bundle", 0.0)
    with saved_bundle(result.models, registry.bundles, _metadata(result, fingerprint)) as bundle:
        twins = [older.version for older in registry.list_versions() if older.digest == bundle.name]
        phase("registering the version", 0.0)
        with _attachments(result) as folder:
            version = registry.register_bundle(bundle, _record(result, data.as_of, fingerprint, folder))
    phase("registering the version", 1.0)
    return TrainOutcome(version, result, data.as_of, twins[0] if twins else "")


def _with_propensity(result: TrainingResult, outcomes: LoggedOutcomes) -> TrainingResult:
    """Add how likely the outcomes of a playbook's actions are; nothing changes where nothing was ever said."""
    if len(outcomes) == 0:
        return result
    learned = fit_propensity(outcomes)
    seen = {"propensity_outcomes": float(len(outcomes)), "propensity_cells": float(len(learned.cells))}
    return replace(
        result, models=replace(result.models, propensity=learned), metrics={**result.metrics, **seen}
    )


def _window(result: TrainingResult) -> timedelta:
    return timedelta(days=result.config.window_days)


def _renamed(phase: Phase) -> Phase:
    return lambda step, share: phase(f"learning: {step}", share)


def _metadata(result: TrainingResult, fingerprint: str) -> BundleMetadata:
    return BundleMetadata(
        engine_version=_package_version(),
        data_fingerprint=fingerprint,
        config=flat(result.config),
        metrics=dict(result.metrics),
    )


def _package_version() -> str:
    try:
        return importlib.metadata.version("rapport")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


@contextlib.contextmanager
def _attachments(result: TrainingResult) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        write_attachments(result, Path(folder))
        yield Path(folder)


def _record(result: TrainingResult, as_of: datetime, fingerprint: str, folder: Path) -> RunRecord:
    window = _window(result)
    held_out = {"window_start": (as_of - window).isoformat(), "window_end": as_of.isoformat()}
    return RunRecord(
        params=flat(result.config),
        metrics=result.metrics,
        facts={
            "as_of": as_of.isoformat(),
            "fingerprint": fingerprint,
            "code_version": code_version(),
            **(held_out if result.evaluation is not None else {}),
        },
        attachments=folder,
        curves={
            "learning_curve_ndcg_at_10": [
                (round(100 * point.share_of_customers), point.ndcg_at_10) for point in result.curve
            ]
        },
    )
