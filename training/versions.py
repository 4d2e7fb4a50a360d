"""What a registered model version is, and how the champions followed one another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from recommender.types import ModelVersion

CHALLENGER = "challenger"
"""Alias of the newest version that wants to serve."""

PREVIOUS = "previous"
"""Alias of the version that a rollback would bring back."""

HISTORY_TAG = "rapport.champions"
"""Tag of the registered model: versions that were champion, oldest first, separated by commas."""

MAX_HISTORY = 50


@dataclass(frozen=True, slots=True)
class RunRecord:
    """Everything the registry keeps about one training run, beside its bundle.

    Attributes
    ----------
    params
        What was asked and chosen, as text.
    metrics
        Measured on the held-out window; finite.
    curves
        Metrics by step (iteration, share of the data), for the curves of MLflow's own pages.
    facts
        Tags of the run and of the version: cut-off, window, data fingerprint, code version.
    attachments
        Folder whose files (plots, the evaluation as JSON) are kept with the run.
    """

    params: Mapping[str, str]
    metrics: Mapping[str, float]
    facts: Mapping[str, str]
    attachments: Path | None = None
    curves: Mapping[str, Sequence[tuple[int, float]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RegisteredVersion:
    """One version of the registered model.

    Attributes
    ----------
    version
        Number of the version, as text.
    digest
        Digest of its bundle.
    aliases
        Sorted.
    created_at
        When it was registered, UTC.
    facts
        Its tags: ``as_of``, ``fingerprint``, ``window_start``, ``window_end``, ``code_version`` and others.
    metrics
        Of its run; empty when the run was deleted.
    source
        Where its artifacts are.
    """

    version: ModelVersion
    digest: str
    aliases: tuple[str, ...]
    created_at: datetime
    facts: Mapping[str, str]
    metrics: Mapping[str, float]
    run_id: str
    source: str


@dataclass(frozen=True, slots=True)
class ChampionChange:
    """A move of the champion alias: from ``former`` (``None`` at the first) to ``champion``."""

    champion: ModelVersion
    former: ModelVersion | None


def champions_until_now(history: str, champion: str | None) -> tuple[str, ...]:
    """Return the champions in order, the last being the present one.

    The alias may have been moved by other hands than ours; then it is the alias that is right.

    Examples
    --------
    >>> champions_until_now("1,2", "2"), champions_until_now("1,2", "3"), champions_until_now("", None)
    (('1', '2'), ('1', '2', '3'), ())
    """
    known = tuple(part for part in history.split(",") if part)
    if champion is None or (known and known[-1] == champion):
        return known
    return (*known, champion)


def history_text(champions: Sequence[str]) -> str:
    """Return the tag that remembers the last champions, without repeating one twice in a row.

    Examples
    --------
    >>> history_text(("1", "2", "2", "3"))
    '1,2,3'
    """
    changes = [v for i, v in enumerate(champions) if i == 0 or v != champions[i - 1]]
    return ",".join(changes[-MAX_HISTORY:])
