"""What the registry answers, in our words: versions, errors, and a quiet MLflow. Nothing here imports mlflow."""

import logging
import os
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from recommender.bundles.registration import BUNDLE_TAG
from recommender.errors import NotFoundError, RapportError, UnavailableError
from recommender.types import ModelVersion
from training.versions import RegisteredVersion

_PASSWORD = re.compile(r"//[^/@\s]*@")
_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "CRITICAL",
    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "GIT_PYTHON_REFRESH": "quiet",
}


_LIBRARIES = ("mlflow", "sqlalchemy", "sqlite3", "requests", "urllib3")


def registered(
    version: Any,  # an entity of MLflow, which is untyped
    aliases: Mapping[str, str],
    metrics: Mapping[str, float],
) -> RegisteredVersion:
    """Return a version as we speak of it, with the aliases that point to it."""
    number = str(version.version)
    return RegisteredVersion(
        version=ModelVersion(number),
        digest=version.tags.get(BUNDLE_TAG, ""),
        aliases=tuple(sorted(alias for alias, held in aliases.items() if held == number)),
        created_at=datetime.fromtimestamp(version.creation_timestamp / 1000, UTC),
        facts={name: value for name, value in sorted(version.tags.items()) if name != BUNDLE_TAG},
        metrics=metrics,
        run_id=version.run_id or "",
        source=version.source,
    )


def all_pages(page_of: Callable[[str | None], Any]) -> list[Any]:  # MLflow's entities are untyped
    """Return the entries of every page; ``page_of`` takes the token of a page, ``None`` for the first."""
    page = page_of(None)
    found = list(page)
    while page.token:
        page = page_of(page.token)
        found.extend(page)
    return found


def no_such_version(name: str, listed: Sequence[RegisteredVersion]) -> NotFoundError:
    """Return the error that lists what exists."""
    there = ", ".join(
        version.version + (f" ({', '.join(version.aliases)})" if version.aliases else "")
        for version in listed
    )
    return NotFoundError(
        f"there is no model version {name!r}",
        expected=f"one of {there}" if there else "",
        found="" if there else "no version at all",
        remedy="" if there else "run `rapport train` first",
    )


def is_of_registry(error: Exception) -> bool:
    """Whether MLflow raised it, or its database or HTTP client, whose errors it lets through."""
    return type(error).__module__.partition(".")[0] in _LIBRARIES or isinstance(error, OSError)


def translated(error: Exception, uri: str) -> RapportError:
    """Return the error to show: one line, without passwords, saying what to do."""
    lines = _PASSWORD.sub("//", str(error)).splitlines()
    first_line = lines[0][:200] if lines else type(error).__name__
    shown = without_password(uri)
    if "out-of-date database schema" in first_line:
        return UnavailableError(
            "the model registry was written by an older MLflow",
            remedy=f"copy its file, then run `mlflow db upgrade {shown}`",
        )
    return UnavailableError(
        f"the model registry at {shown} refused or did not answer",
        found=first_line,
        remedy="check its address and try again",
    )


def without_password(uri: str) -> str:
    """Return the address as it may be shown.

    Examples
    --------
    >>> without_password("https://ann:secret@mlflow.example")
    'https://mlflow.example'
    """
    return _PASSWORD.sub("//", uri)


def quiet_environment() -> None:
    """Keep MLflow from talking, calling home and unpickling; what was set before stays. Before its first import."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    logging.getLogger("urllib3").setLevel(logging.ERROR)
