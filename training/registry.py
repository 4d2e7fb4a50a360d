"""The model registry: MLflow, spoken to through its client only.

The one file of training that imports mlflow, and only when a method is called. No global state of MLflow is
touched: two registries in one process do not meet. Aliases are moved last, so an interrupted call leaves a finished
version or none; how champions follow one another is in :mod:`training.crowning`.
"""

import contextlib
import importlib.metadata
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from recommender.bundles import folders
from recommender.bundles.registration import BUNDLE_TAG, CHAMPION, MODEL_NAME, bundle_uri
from recommender.errors import ConflictError, CorruptBundleError, NotFoundError
from training import versions
from training.columns import INPUT_COLUMNS, MODEL_PARAMS, OUTPUT_COLUMNS
from training.crowning import Crowning, Standing, complete, crown, standing
from training.registry_answers import (
    all_pages,
    is_of_registry,
    no_such_version,
    quiet_environment,
    registered,
    translated,
)
from training.versions import ChampionChange, RegisteredVersion, RunRecord

if TYPE_CHECKING:
    from mlflow.entities import LoggedModel
    from mlflow.models import ModelSignature
    from mlflow.tracking import MlflowClient

EXPERIMENT, LEADERBOARDS = "rapport", "rapport-leaderboard"


class Registry:
    """Versions of the recommender in one MLflow registry.

    Parameters
    ----------
    uri
        ``sqlite:///...`` of a home, or the address of an MLflow server.
    bundles
        Folder with one bundle per digest; the place from which bundles are served.
    artifacts
        Folder for the artifacts when the registry is a local file; a server has its own.
    """

    def __init__(self, uri: str, *, bundles: Path, artifacts: Path) -> None:
        self.uri = uri
        self.bundles = bundles
        self._artifacts = artifacts
        self._opened: MlflowClient | None = None

    def is_new(self) -> bool:
        """Whether this is a local registry that nobody used yet."""
        file = self._file()
        return file is not None and not file.exists()

    def open(self) -> None:
        """Connect; the first time in a new home this creates MLflow's tables, which takes some seconds.

        Raises
        ------
        UnavailableError
            When the registry does not answer.
        """
        with self._errors():
            self._client().search_registered_models(max_results=1)

    def register_bundle(self, bundle: Path, record: RunRecord) -> RegisteredVersion:
        """Log one training run, and its bundle as a new version.

        The first version becomes champion, every later one challenger.

        Parameters
        ----------
        bundle
            Folder of a finished bundle, named by its digest.
        record
            What is kept about the run.

        Raises
        ------
        UnavailableError
            When the registry does not answer; the run is then marked as failed and no version exists.
        """
        with self._errors():
            client = self._client()
            run_id = client.create_run(self._experiment(client), run_name=f"train {bundle.name}").info.run_id
            try:
                _log_run(client, run_id, record)
                logged = _log_model(client, run_id, bundle)
                version = _create_version(client, run_id, logged, {**record.facts, BUNDLE_TAG: bundle.name})
            except BaseException:
                _mark_failed(client, run_id)
                raise
            client.set_terminated(run_id, "FINISHED")
            client.set_registered_model_alias(MODEL_NAME, self._alias_for_new(), version)
        return self.version(version)

    def log_leaderboard(self, record: RunRecord) -> str:
        """Log one leaderboard, in an experiment of its own, and return the id of its run; no version comes of it.

        Raises
        ------
        UnavailableError
            When the registry does not answer.
        """
        with self._errors():
            client = self._client()
            experiment = self._experiment(client, LEADERBOARDS)
            run_id = str(client.create_run(experiment, run_name="evaluate").info.run_id)
            try:
                _log_run(client, run_id, record)
            except BaseException:
                _mark_failed(client, run_id)
                raise
            client.set_terminated(run_id, "FINISHED")
        return run_id

    def list_versions(self) -> list[RegisteredVersion]:
        """Return every version, newest first; empty before the first training.

        Raises
        ------
        UnavailableError
            When the registry does not answer.
        """
        if self.is_new():
            return []
        with self._errors():
            client = self._client()
            aliases = standing(client).aliases
            found = all_pages(
                lambda token: client.search_model_versions(f"name='{MODEL_NAME}'", page_token=token)
            )
            metrics = _metrics_by_run(client)
            listed = [registered(version, aliases, metrics.get(version.run_id, {})) for version in found]
        return sorted(listed, key=lambda version: int(version.version), reverse=True)

    def version(self, name: str) -> RegisteredVersion:
        """Return one version by its number or alias.

        Raises
        ------
        NotFoundError
            When there is no such version or alias; the message lists those that exist.
        UnavailableError
            When the registry does not answer.
        """
        listed = self.list_versions()
        wanted = name.removeprefix("v")
        for version in listed:
            if wanted == version.version or name in version.aliases:
                return version
        raise no_such_version(name, listed)

    def promote(self, name: str) -> ChampionChange:
        """Make one version the champion, after its bundle was verified; the former one is remembered.

        Repeated after an interruption, it completes what had begun.

        Raises
        ------
        NotFoundError
            When there is no such version.
        ConflictError
            When it is the champion already.
        CorruptBundleError
            When its bundle must not be served; the alias stays.
        """
        begun = self._standing().begun
        if begun is not None and self._means(begun, name):
            return self._complete(begun)
        target = self.version(name)
        if CHAMPION in target.aliases:
            raise ConflictError(
                f"version {target.version} is the champion already",
                remedy="see `rapport models` for the others",
            )
        self.bundle_path(target.version)
        if begun is not None:
            self._complete(begun)
        champions = self._standing().champions
        former = champions[-1] if champions else None
        return self._crown(Crowning(name, former, (*champions, target.version)))

    def rollback(self) -> ChampionChange:
        """Bring back the champion before this one, after its bundle was verified.

        Repeated after an interruption, it completes what had begun.

        Raises
        ------
        ConflictError
            When there was no other champion before.
        CorruptBundleError
            When the bundle to go back to must not be served; the alias stays.
        """
        begun = self._standing().begun
        if begun is not None:
            change = self._complete(begun)
            if not begun.asked:
                return change
        champions = self._standing().champions
        if len(champions) < 2:
            raise ConflictError(
                "there is nothing to roll back to",
                expected="a champion before this one",
                found=f"champion {champions[0]}, the first" if champions else "no champion",
                remedy="see `rapport models`, then `rapport promote VERSION`",
            )
        self.bundle_path(champions[-2])
        return self._crown(Crowning("", champions[-1], champions[:-1]))

    def bundle_path(self, name: str) -> Path:
        """Return the folder of a version's bundle, verified; fetched from the registry when it is not here.

        Raises
        ------
        NotFoundError
            When there is no such version or alias.
        CorruptBundleError
            When its bytes do not match its manifest, here and in the registry.
        """
        version = self.version(name)
        path = self.bundles / version.digest
        if not version.digest.isalnum():
            raise CorruptBundleError(f"version {version.version} names no bundle", remedy="train again")
        return path if folders.is_intact(path) else self._fetch(version, path)

    def _fetch(self, version: RegisteredVersion, path: Path) -> Path:
        self.bundles.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.bundles, prefix=".fetch-") as folder:
            with self._errors():
                source = bundle_uri(version.source, version.digest)
                fetched = Path(_download(source, Path(folder), self.uri))
            folders.verify(fetched)
            folders.put_in_place(fetched, path)
        return path

    def _client(self) -> "MlflowClient":
        if self._opened is None:
            quiet_environment()
            if (file := self._file()) is not None:
                file.parent.mkdir(parents=True, exist_ok=True)
            from mlflow.tracking import MlflowClient

            self._opened = MlflowClient(tracking_uri=self.uri, registry_uri=self.uri)
        return self._opened

    def _file(self) -> Path | None:
        prefix = "sqlite:///"
        return Path(self.uri.removeprefix(prefix)) if self.uri.startswith(prefix) else None

    def _experiment(self, client: "MlflowClient", name: str = EXPERIMENT) -> str:
        if found := client.get_experiment_by_name(name):
            return str(found.experiment_id)
        location = None if self._file() is None else self._artifacts.resolve().as_uri()
        return str(client.create_experiment(name, artifact_location=location))

    def _alias_for_new(self) -> str:
        return versions.CHALLENGER if CHAMPION in self._standing().aliases else CHAMPION

    def _means(self, begun: Crowning, name: str) -> bool:
        """Whether to promote what is named so is what had begun; its alias may be gone by now."""
        try:
            return self.version(name).version == begun.crowned
        except NotFoundError:
            return begun.asked == name

    def _standing(self) -> Standing:
        with self._errors():
            return standing(self._client())

    def _crown(self, crowning: Crowning) -> ChampionChange:
        with self._errors():
            return crown(self._client(), crowning)

    def _complete(self, begun: Crowning) -> ChampionChange:
        with self._errors():
            return complete(self._client(), begun)

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if is_of_registry(error):
                raise translated(error, self.uri) from error
            raise


def _log_run(client: "MlflowClient", run_id: str, record: RunRecord) -> None:
    from mlflow.entities import Metric, Param, RunTag

    now_ms = int(time.time() * 1000)
    metrics = [Metric(name, value, now_ms, 0) for name, value in sorted(record.metrics.items())]
    metrics += [
        Metric(name, value, now_ms, step)
        for name, curve in sorted(record.curves.items())
        for step, value in curve
    ]
    params = [Param(name, value) for name, value in sorted(record.params.items())]
    tags = [RunTag(name, value) for name, value in sorted(record.facts.items())]
    for start in range(0, len(metrics), 1000):
        client.log_batch(run_id, metrics=metrics[start : start + 1000])
    for start in range(0, len(params), 100):
        client.log_batch(run_id, params=params[start : start + 100])
    client.log_batch(run_id, tags=tags)
    if record.attachments is not None:
        client.log_artifacts(run_id, str(record.attachments))


def _log_model(client: "MlflowClient", run_id: str, bundle: Path) -> "LoggedModel":
    """Store the bundle as a logged model of the run."""
    experiment = client.get_run(run_id).info.experiment_id
    logged = client.create_logged_model(experiment, name=MODEL_NAME, source_run_id=run_id)
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model"
            _save_pyfunc(path, bundle)
            client.log_model_artifacts(logged.model_id, str(path))
    except BaseException:
        client.finalize_logged_model(logged.model_id, "FAILED")
        raise
    return client.finalize_logged_model(logged.model_id, "READY")


def _save_pyfunc(path: Path, bundle: Path) -> None:
    with warnings.catch_warnings():
        # MLflow warns about its own type hints, and asks for an input example although there is a signature.
        warnings.filterwarnings("ignore", category=UserWarning, module=r"mlflow\.")
        import mlflow.pyfunc

        mlflow.pyfunc.save_model(
            path,
            python_model=str(Path(__file__).with_name("pyfunc_model.py")),
            artifacts={"bundle": str(bundle)},
            signature=_signature(),
            pip_requirements=_requirements(),
        )


def _requirements() -> list[str]:
    """Return the pinned libraries below the model; Rapport itself is installed by whoever loads it."""
    return [f"{name}=={importlib.metadata.version(name)}" for name in ("msgspec", "numba", "numpy", "pandas")]


def _signature() -> "ModelSignature":
    """Return what the model takes and gives; its own checks are kinder than MLflow's about types."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema
    from mlflow.types.schema import AnyType

    return ModelSignature(
        inputs=Schema([ColSpec(AnyType(), name, required=name != "order_id") for name in INPUT_COLUMNS]),
        outputs=Schema([ColSpec(DataType[kind], name) for name, kind in OUTPUT_COLUMNS.items()]),
        params=ParamSchema(
            [
                ParamSpec(name, DataType.long if isinstance(default, int) else DataType.string, default)
                for name, default in MODEL_PARAMS.items()
            ]
        ),
    )


def _create_version(client: "MlflowClient", run_id: str, logged: "LoggedModel", tags: dict[str, str]) -> str:
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(MODEL_NAME, description="Next best action, by Rapport.")
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    # A server wants the model's id to prove the source; the plain path keeps a local registry off MLflow's globals.
    created = client.create_model_version(
        MODEL_NAME, logged.artifact_location, run_id=run_id, tags=tags, model_id=logged.model_id
    )
    return str(created.version)


def _mark_failed(client: "MlflowClient", run_id: str) -> None:
    """Mark the run as failed, if the registry still answers; the first error is the one to report."""
    from mlflow.exceptions import MlflowException

    with contextlib.suppress(MlflowException):
        client.set_terminated(run_id, "FAILED")


def _metrics_by_run(client: "MlflowClient") -> dict[str, dict[str, float]]:
    experiment = client.get_experiment_by_name(EXPERIMENT)
    if experiment is None:
        return {}
    runs = all_pages(lambda token: client.search_runs([experiment.experiment_id], page_token=token))
    return {run.info.run_id: dict(run.data.metrics) for run in runs}


def _download(uri: str, folder: Path, tracking_uri: str) -> str:
    from mlflow.artifacts import download_artifacts

    return str(download_artifacts(artifact_uri=uri, dst_path=str(folder), tracking_uri=tracking_uri))
