"""The registry, on MLflow's own SQLite store: versions, aliases, champions, bundles."""

import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mlflow.tracking import MlflowClient

from recommender.bundles import BundleMetadata
from recommender.engine.home import Home
from recommender.errors import ConflictError, CorruptBundleError, NotFoundError, UnavailableError
from tests.training.homes import Trained, registry_of
from training.bundle_files import saved_bundle
from training.registry import Registry
from training.versions import RunRecord, champions_until_now


def record(**metrics: float) -> RunRecord:
    return RunRecord(params={"seed": "1"}, metrics=metrics, facts={"as_of": "2024-06-01", "fingerprint": "f"})


def register(trained: Trained, home: Home, name: str) -> Registry:
    """Register the trained models again, in another home and under another fingerprint."""
    registry = registry_of(home)
    models, metadata = trained.outcome.result.models, BundleMetadata(data_fingerprint=name)
    with saved_bundle(models, home.bundles, metadata) as bundle:
        registry.register_bundle(bundle, record(ndcg=0.5))
    return registry


@pytest.fixture
def three(trained: Trained, new_home: Callable[[str], Home]) -> Registry:
    """A registry with three versions, the first being champion."""
    home = new_home("three")
    for name in ("a", "b", "c"):
        registry = register(trained, home, name)
    return registry


@pytest.fixture(scope="module")
def home_of_three(trained: Trained, tmp_path_factory: pytest.TempPathFactory, empty_registry: Path) -> Home:
    """A home with three versions, the first being champion; copy it before writing."""
    home = Home.at(tmp_path_factory.mktemp("three"))
    shutil.copy(empty_registry, home.mlflow / "mlflow.db")
    for name in ("a", "b", "c"):
        register(trained, home, name)
    return home


@pytest.fixture
def copied(home_of_three: Home, tmp_path: Path) -> Registry:
    """Three versions, the first being champion, whose bundles need not be fetched."""
    shutil.copytree(home_of_three.root, tmp_path / "copy")
    return registry_of(Home.at(tmp_path / "copy"))


def aliases(registry: Registry) -> dict[str, tuple[str, ...]]:
    return {version.version: version.aliases for version in registry.list_versions()}


def test_an_unused_registry_lists_nothing_and_is_not_even_created(tmp_path: Path) -> None:
    registry = registry_of(Home.at(tmp_path))
    assert registry.is_new()
    assert registry.list_versions() == []
    with pytest.raises(NotFoundError, match="no version at all; run `rapport train` first"):
        registry.version("champion")
    assert registry.is_new()


def test_the_first_version_serves_and_the_newest_other_one_challenges(three: Registry) -> None:
    assert aliases(three) == {"3": ("challenger",), "2": (), "1": ("champion",)}


def test_versions_keep_facts_metrics_and_digest(three: Registry) -> None:
    version = three.version("2")
    assert version.facts == {"as_of": "2024-06-01", "fingerprint": "f"}
    assert version.metrics == {"ndcg": 0.5}
    assert three.bundle_path("2").name == version.digest


def test_a_promotion_remembers_who_served_before(three: Registry) -> None:
    change = three.promote("challenger")
    assert (change.champion, change.former) == ("3", "1")
    assert aliases(three) == {"3": ("champion",), "2": (), "1": ("previous",)}


def test_rollbacks_walk_back_through_every_champion(three: Registry) -> None:
    three.promote("2")
    three.promote("v3")
    assert (three.rollback().champion, three.rollback().champion) == ("2", "1")
    assert aliases(three) == {"3": (), "2": (), "1": ("champion",)}
    with pytest.raises(ConflictError, match="nothing to roll back to"):
        three.rollback()


class CutOff(Registry):
    """A real registry whose connection is cut after so many writes; ``made`` counts them."""

    def __init__(self, real: Registry, writes: float = math.inf) -> None:
        super().__init__(real.uri, bundles=real.bundles, artifacts=real.bundles)
        self._writes = writes
        self.made = 0

    def _client(self) -> MlflowClient:
        return _Cut(super()._client(), self)

    def count(self) -> None:
        if self.made >= self._writes:
            raise KeyboardInterrupt
        self.made += 1


class _Cut:
    def __init__(self, client: MlflowClient, owner: CutOff) -> None:
        self._client, self._owner = client, owner

    def __getattr__(self, name: str) -> Any:  # whatever the client has
        if name.startswith(("set_", "delete_")):
            self._owner.count()
        return getattr(self._client, name)


WRITES_OF_A_ROLLBACK = 5
WRITES_OF_A_PROMOTION = 6  # the challenger loses its alias, too


@pytest.mark.parametrize("writes", range(WRITES_OF_A_ROLLBACK))
def test_a_rollback_that_was_interrupted_anywhere_is_completed_by_its_repeat(
    copied: Registry, writes: int
) -> None:
    copied.promote("2")
    copied.promote("3")
    with pytest.raises(KeyboardInterrupt):
        CutOff(copied, writes).rollback()
    change = copied.rollback()
    assert (change.champion, change.former) == ("2", "3")
    assert aliases(copied) == {"3": (), "2": ("champion",), "1": ("previous",)}
    assert copied.rollback().champion == "1"
    with pytest.raises(ConflictError, match="nothing to roll back to"):
        copied.rollback()


@pytest.mark.parametrize("name", ["challenger", "3"])
@pytest.mark.parametrize("writes", range(WRITES_OF_A_PROMOTION))
def test_a_promotion_that_was_interrupted_anywhere_is_completed_by_its_repeat(
    copied: Registry, writes: int, name: str
) -> None:
    with pytest.raises(KeyboardInterrupt):
        CutOff(copied, writes).promote(name)
    change = copied.promote(name)
    assert (change.champion, change.former) == ("3", "1")
    assert aliases(copied) == {"3": ("champion",), "2": (), "1": ("previous",)}
    assert copied.rollback().champion == "1"


@pytest.mark.parametrize("writes", range(WRITES_OF_A_ROLLBACK))
def test_another_command_after_an_interrupted_one_starts_from_who_serves(
    copied: Registry, writes: int
) -> None:
    copied.promote("2")
    with pytest.raises(KeyboardInterrupt):
        CutOff(copied, writes).rollback()
    serving = copied.version("champion").version
    change = copied.promote("3")
    assert (change.champion, change.former) == ("3", serving)
    assert aliases(copied)["3"] == ("champion",)
    assert "previous" in aliases(copied)[serving]
    assert copied.rollback().champion == serving


def test_the_writes_that_are_cut_are_all_there_are(copied: Registry) -> None:
    promoting, back = CutOff(copied), CutOff(copied)
    promoting.promote("challenger")
    assert promoting.made == WRITES_OF_A_PROMOTION
    copied.promote("2")
    back.rollback()
    assert back.made == WRITES_OF_A_ROLLBACK


def test_an_interrupted_rollback_counts_for_nothing_once_other_hands_moved_the_alias(
    copied: Registry,
) -> None:
    copied.promote("2")
    with pytest.raises(KeyboardInterrupt):
        CutOff(copied, 2).rollback()
    MlflowClient(copied.uri, copied.uri).set_registered_model_alias("rapport", "champion", "3")
    assert copied.rollback().former == "3"


def test_promoting_the_champion_is_refused(three: Registry) -> None:
    with pytest.raises(ConflictError, match="version 1 is the champion already"):
        three.promote("champion")


@pytest.mark.parametrize("name", ["9", "0", "-1", "latest", "", "1; drop table", "💥"])
def test_an_unknown_version_is_named_with_those_that_exist(three: Registry, name: str) -> None:
    with pytest.raises(NotFoundError, match=r"expected one of 3 \(challenger\), 2, 1 \(champion\)"):
        three.promote(name)


def test_a_damaged_bundle_is_fetched_again(three: Registry) -> None:
    path = three.bundle_path("2")
    (path / "items.json").write_text("[]")
    assert three.bundle_path("2") == path
    assert (path / "items.json").read_text() != "[]"


def test_a_missing_bundle_is_fetched_from_the_artifacts(three: Registry) -> None:
    path = three.bundle_path("3")
    shutil.rmtree(path)
    assert three.bundle_path("challenger") == path
    assert [entry.name for entry in path.parent.iterdir() if entry.name.startswith(".")] == []


def test_a_bundle_damaged_here_and_there_is_never_promoted(three: Registry) -> None:
    version = three.version("2")
    stored = Path(version.source.removeprefix("file://")) / "artifacts" / version.digest
    for folder in (stored, three.bundle_path("2")):
        (folder / "items.json").write_text("[]")
    with pytest.raises(CorruptBundleError):
        three.promote("2")
    assert aliases(three)["1"] == ("champion",)


def test_a_bundle_under_the_name_of_another_is_refused(three: Registry) -> None:
    second, third = three.bundle_path("2"), three.bundle_path("3")
    shutil.rmtree(second)
    shutil.copytree(third, second)
    assert three.bundle_path("2") == second
    assert (second / "manifest.json").read_bytes() != (third / "manifest.json").read_bytes()


def test_a_registration_that_fails_leaves_no_version_and_no_bundle(
    trained: Trained, new_home: Callable[[str], Home]
) -> None:
    home = new_home("full")
    home.mlflow_artifacts.write_text("a file where the folder should be")
    with pytest.raises(UnavailableError):
        register(trained, home, "a")
    assert registry_of(home).list_versions() == []
    assert list(home.bundles.iterdir()) == []


def test_a_failed_registration_keeps_a_bundle_that_another_version_uses(
    trained: Trained, new_home: Callable[[str], Home]
) -> None:
    home = new_home("shared")
    used = register(trained, home, "a").bundle_path("1")
    shutil.rmtree(home.mlflow_artifacts)
    home.mlflow_artifacts.write_text("a file where the folder should be")
    with pytest.raises(UnavailableError):
        register(trained, home, "a")
    assert used.is_dir()


def test_two_homes_do_not_meet(trained: Trained, new_home: Callable[[str], Home]) -> None:
    first = register(trained, new_home("one"), "a")
    second = registry_of(new_home("two"))
    assert (len(first.list_versions()), len(second.list_versions())) == (1, 0)


def test_a_server_that_does_not_answer_is_unavailable(tmp_path: Path) -> None:
    registry = Registry("http://user:secret@127.0.0.1:9", bundles=tmp_path, artifacts=tmp_path)
    with pytest.raises(UnavailableError) as caught:
        registry.list_versions()
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_registry_is_unavailable(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    (home.mlflow / "mlflow.db").write_text("no database at all, " * 100)
    with pytest.raises(UnavailableError):
        registry_of(home).open()


def test_an_alias_moved_by_other_hands_counts_as_a_champion() -> None:
    assert champions_until_now("1,2", "5") == ("1", "2", "5")
