"""Follows the champion alias of the registry: finds the bundle, verifies it, takes it into service.

The only file of serving that imports mlflow, and only inside a background thread: the import takes seconds. Whatever
goes wrong here, the model that serves keeps serving: an unreachable registry, a corrupt bundle, a bundle that cannot
decide. The last champion is noted in the home, so that a restart serves it at once, registry or not.
"""

import os
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import msgspec

from recommender.bundles import load_bundle
from recommender.bundles.folders import put_in_place, verify
from recommender.bundles.registration import BUNDLE_TAG, CHAMPION, MODEL_NAME, bundle_uri
from recommender.engine.home import Home
from recommender.errors import BundleError, CorruptBundleError, RapportError, UnavailableError
from recommender.types import ModelVersion
from serving.snapshots import ModelFacts, SnapshotKeeper

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

RETRY_REFUSED_SECONDS = 30.0

_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "GIT_PYTHON_REFRESH": "quiet",
}


@dataclass(frozen=True, slots=True)
class Champion:
    """The version that should serve, and where its bundle is."""

    version: str
    digest: str
    source: str
    metrics: Mapping[str, float] = field(default_factory=dict)


class ChampionRegistry:
    """Reads the champion alias through MLflow's client.

    Parameters
    ----------
    uri
        Tracking and registry store.
    bundles
        Folder with one bundle per digest; bundles of another machine are fetched into it.
    """

    def __init__(self, uri: str, bundles: Path) -> None:
        self._uri = uri
        self._bundles = bundles
        self._opened: MlflowClient | None = None

    def exists(self) -> bool:
        """Say whether there can be a champion: a local registry that was never written has none."""
        if not self._uri.startswith("sqlite:///"):
            return True
        return Path(self._uri.removeprefix("sqlite:///")).exists()

    def champion(self) -> Champion | None:
        """Return the champion; ``None`` before the first training.

        Raises
        ------
        UnavailableError
            The registry does not answer.
        """
        if not self.exists():
            return None
        try:
            found = self._client().get_model_version_by_alias(MODEL_NAME, CHAMPION)
        except Exception as error:
            if getattr(error, "error_code", "") in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                return None
            raise UnavailableError(
                "the model registry does not answer",
                found=f"{type(error).__name__} from {_without_password(self._uri)}",
                remedy="the model that serves keeps serving",
            ) from error
        return Champion(
            str(found.version),
            found.tags.get(BUNDLE_TAG, ""),
            found.source or "",
            self._metrics(found.run_id),
        )

    def bundle_of(self, champion: Champion) -> Path:
        """Return the folder of the champion's bundle, verified; fetched when it is not in this home, or damaged.

        Raises
        ------
        BundleError
            The version names no bundle, or its artifacts cannot be fetched.
        CorruptBundleError
            The bundle is damaged here, and there is no whole one in the registry.
        """
        if not champion.digest.isalnum():
            raise BundleError(
                "the version names no bundle", expected=f"a tag {BUNDLE_TAG}", remedy="train again"
            )
        path = self._bundles / champion.digest
        if not path.is_dir():
            return self._fetch(champion, path)
        try:
            verify(path)
        except CorruptBundleError as damage:
            return self._fetch_instead(champion, path, damage)
        return path

    def _fetch_instead(self, champion: Champion, path: Path, damage: CorruptBundleError) -> Path:
        try:
            return self._fetch(champion, path)
        except BundleError as error:
            raise CorruptBundleError(
                damage.message,
                expected=damage.expected,
                found=damage.found,
                remedy=f"train again; fetching it again failed: {error}",
            ) from error

    def _fetch(self, champion: Champion, path: Path) -> Path:
        from mlflow.artifacts import download_artifacts

        uri = bundle_uri(champion.source, champion.digest)
        with tempfile.TemporaryDirectory(dir=self._bundles, prefix=".fetch-") as folder:
            try:
                fetched = Path(download_artifacts(artifact_uri=uri, dst_path=folder, tracking_uri=self._uri))
            except Exception as error:
                raise BundleError(
                    "the bundle cannot be fetched",
                    found=type(error).__name__,
                    remedy="check the registry's artifacts",
                ) from error
            verify(fetched)
            put_in_place(fetched, path)
        return path

    def _metrics(self, run_id: str | None) -> dict[str, float]:
        try:
            return dict(self._client().get_run(run_id).data.metrics) if run_id else {}
        except Exception:  # noqa: BLE001 - metrics are decoration; a deleted run must not stop a champion
            return {}

    def _client(self) -> "MlflowClient":
        if self._opened is None:
            for name, value in _QUIET.items():
                os.environ.setdefault(name, value)
            from mlflow.tracking import MlflowClient

            self._opened = MlflowClient(tracking_uri=self._uri, registry_uri=self._uri)
        return self._opened


def _without_password(uri: str) -> str:
    parts = urlsplit(uri)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


class ModelFollower:
    """Keeps the snapshot at the champion, from one background thread.

    Parameters
    ----------
    registry
        Where the champion is looked up.
    models
        What is replaced.
    home
        Where the last champion is noted.
    report
        Called with an event name and facts, for logs and metrics.
    """

    def __init__(
        self,
        registry: ChampionRegistry,
        models: SnapshotKeeper,
        home: Home,
        report: Callable[[str, str], None],
    ) -> None:
        self._registry = registry
        self._models = models
        self._note = home.run / "champion.json"
        self._bundles = home.bundles
        self._report = report
        self._served: tuple[str, str] | None = None
        self._refused: tuple[tuple[str, str], float] | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, poll_seconds: float) -> None:
        """Serve something, then follow the alias in the background.

        The noted champion comes first, then the registry's, then the log's popularity.
        """
        if not self._serve_noted():
            self.look()
        if self._served is None:
            self._models.serve_fallback()
        self._thread = threading.Thread(
            target=self._run, args=(poll_seconds,), name="model-follower", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop following; waits for a look that is under way, but not for a hanging registry."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=2)

    def _run(self, poll_seconds: float) -> None:
        while not self._stopping.wait(poll_seconds):
            self.look()

    def look(self) -> None:
        """Look once; never raises."""
        try:
            champion = self._registry.champion()
            if champion is None:
                self._no_champion()
            elif self._is_news(champion):
                self._take(champion)
        except UnavailableError as error:
            self._problem("registry_unavailable", str(error))
        except Exception as error:  # noqa: BLE001 - the thread must outlive whatever a registry can do
            self._problem("follower_failed", f"{type(error).__name__} while following the registry")

    def _no_champion(self) -> None:
        self._models.problem = None
        if self._served is None and self._models.is_serving:
            self._models.serve_fallback()

    def _is_news(self, champion: Champion) -> bool:
        identity = (champion.version, champion.digest)
        if identity == self._served:
            self._models.problem = None
            return False
        if self._refused is None or self._refused[0] != identity:
            return True
        return time.monotonic() - self._refused[1] > RETRY_REFUSED_SECONDS

    def _take(self, champion: Champion) -> None:
        identity = (champion.version, champion.digest)
        try:
            self._serve(champion, self._registry.bundle_of(champion))
        except RapportError as error:
            self._refused = (identity, time.monotonic())
            kind = "bundle_corrupt" if isinstance(error, CorruptBundleError) else "bundle_refused"
            self._problem(kind, f"version {champion.version}: {error}")

    def _serve(self, champion: Champion, path: Path) -> None:
        models, _ = load_bundle(path, verify=False)  # whoever named the folder has just verified it
        facts = ModelFacts(ModelVersion(champion.version), CHAMPION, champion.digest, champion.metrics)
        self._models.serve(models, facts)
        self._served, self._refused = (champion.version, champion.digest), None
        self._models.problem = None
        self._remember(champion)
        self._report("model_swapped", f"version {champion.version}")

    def _problem(self, kind: str, detail: str) -> None:
        if self._models.problem != detail:
            self._models.problem = detail
            self._report(kind, detail)

    def _serve_noted(self) -> bool:
        """Serve the champion of the last run; the registry is asked in a moment."""
        try:
            champion = msgspec.json.decode(self._note.read_bytes(), type=Champion)
        except (OSError, msgspec.MsgspecError):
            return False
        path = self._bundles / champion.digest
        if not champion.digest.isalnum() or not path.is_dir():
            return False
        try:
            verify(path)
            self._serve(champion, path)
        except RapportError as error:  # the registry, asked next, has a whole one
            self._report("bundle_corrupt", f"version {champion.version}: {error}")
        return self._served is not None

    def _remember(self, champion: Champion) -> None:
        temporary = self._note.with_suffix(f".{os.getpid()}")
        try:
            temporary.write_bytes(msgspec.json.encode(champion))
            temporary.replace(self._note)
        except OSError:
            self._report("note_failed", "the champion could not be noted for the next start")
