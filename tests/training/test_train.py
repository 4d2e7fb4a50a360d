"""From a log to a registered version, on real MLflow and SQLite."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recommender.bundles import load_bundle
from recommender.engine.home import Home
from recommender.errors import InvalidRequestError, InvalidSourceError, NotEnoughDataError
from recommender.fitting import FitConfig
from recommender.storage.log import EventLog
from tests.training.homes import NOW, Trained, registry_of, train_in
from tests.training.small_shop import CLOSED, CUSTOMERS, purchase, small_shop_events
from training.code_version import code_version
from training.fit_settings import flat, read_fit_config
from training.train import TrainRequest, train


def bundle_bytes(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(path.iterdir())}


def test_a_run_leaves_a_champion_with_its_bundle_metrics_and_facts(trained: Trained) -> None:
    version = trained.outcome.version
    assert (version.version, version.aliases) == ("1", ("champion",))
    assert trained.registry.bundle_path("champion") == trained.home.bundles / version.digest
    assert version.facts["as_of"] == "2024-06-01T00:00:00+00:00"
    assert version.facts["window_start"] == "2024-05-04T00:00:00+00:00"
    assert version.facts["code_version"] != ""
    assert (
        version.metrics["discover_ours_ndcg_at_10"]
        == trained.outcome.result.metrics["discover_ours_ndcg_at_10"]
    )


def test_the_fingerprint_is_that_of_the_data_before_the_cut_off(
    trained: Trained, trained_log: EventLog
) -> None:
    as_of = datetime(2024, 6, 1, tzinfo=UTC)
    assert trained.outcome.version.facts["fingerprint"] == trained_log.fingerprint(as_of)
    assert trained_log.fingerprint(as_of) != trained_log.fingerprint()


def test_the_model_beats_popularity_where_everybody_has_a_taste(trained: Trained) -> None:
    metrics = trained.outcome.result.metrics
    assert metrics["discover_ours_ndcg_at_10"] > 2 * metrics["discover_popularity_ndcg_at_10"]


def test_the_pictures_are_kept_with_the_run(trained: Trained) -> None:
    kept = {file.name for file in trained.home.mlflow_artifacts.rglob("*.png")}
    assert kept == {
        "ndcg_by_segment_discover.png",
        "ndcg_by_segment_repeat.png",
        "coverage.png",
        "learning_curve.png",
        "calibration.png",
    }


def test_no_customer_is_in_the_bundle(trained: Trained) -> None:
    content = b"".join(bundle_bytes(trained.registry.bundle_path("1")).values())
    assert [
        f"shopper-{number:03d}" for number in range(CUSTOMERS) if f"shopper-{number:03d}".encode() in content
    ] == []


def test_training_again_gives_the_same_bytes_and_says_so(trained: Trained, shop_home: Home) -> None:
    as_of = datetime(2024, 6, 1, tzinfo=UTC)
    first, second = train_in(shop_home, as_of=as_of), train_in(shop_home, as_of=as_of)
    assert second.outcome.version.digest == first.outcome.version.digest == trained.outcome.version.digest
    assert second.outcome.version.aliases == ("challenger",)
    assert second.outcome.twin == "1"
    here, there = (bundle_bytes(one.registry.bundle_path("1")) for one in (second, trained))
    assert here == there


def test_what_happens_after_the_cut_off_changes_nothing(trained: Trained, shop_home: Home) -> None:
    with EventLog.open(shop_home.log_url, clock=lambda: NOW) as log:
        log.append([purchase("shopper-001", "late", datetime(2024, 6, 20, tzinfo=UTC), "kitchen-00")])
    later = train_in(shop_home, as_of=datetime(2024, 6, 1, tzinfo=UTC))
    assert later.outcome.version.digest == trained.outcome.version.digest


def test_without_a_cut_off_everything_up_to_the_last_purchase_teaches(shop_home: Home) -> None:
    last = max(event.occurred_at for event in small_shop_events())
    outcome = train_in(shop_home).outcome
    assert timedelta(0) < outcome.as_of - last <= timedelta(seconds=1)
    assert outcome.as_of <= CLOSED + timedelta(days=1)


def test_an_empty_log_says_how_to_load_one_and_registers_nothing(new_home: Callable[[str], Home]) -> None:
    home = new_home("empty")
    with pytest.raises(NotEnoughDataError, match="rapport ingest SOURCE"):
        train_in(home)
    assert registry_of(home).list_versions() == []
    assert list(home.bundles.iterdir()) == []


def test_a_cut_off_before_the_first_purchase_is_not_enough(shop_home: Home) -> None:
    with pytest.raises(NotEnoughDataError, match="purchases before 2023-01-01"):
        train_in(shop_home, as_of=datetime(2023, 1, 1, tzinfo=UTC))


def test_a_cut_off_in_the_future_is_refused(shop_home: Home) -> None:
    with pytest.raises(InvalidRequestError, match="lies in the future"):
        train_in(shop_home, as_of=NOW + timedelta(days=1))


def test_one_purchase_is_enough_for_a_model_without_measurements(new_home: Callable[[str], Home]) -> None:
    home = new_home("tiny")
    with EventLog.open(home.log_url, clock=lambda: NOW) as log:
        log.append([purchase("ada", "1", datetime(2024, 6, 1, tzinfo=UTC), "tea")])
    outcome = train_in(home).outcome
    assert outcome.result.evaluation is None
    assert "window_start" not in outcome.version.facts
    models, _ = load_bundle(registry_of(home).bundle_path("champion"))
    assert models.items.ids == ("tea",)


def test_only_guests_teach_too(new_home: Callable[[str], Home]) -> None:
    home = new_home("guests")
    with EventLog.open(home.log_url, clock=lambda: NOW) as log:
        log.append(
            [
                purchase(None, str(day), datetime(2024, 6, day, tzinfo=UTC), "tea", "cup")
                for day in range(1, 29)
            ]
        )
    models = train_in(home).outcome.result.models
    assert set(models.items.ids) == {"tea", "cup"}


def test_a_run_that_is_interrupted_leaves_nothing(shop_home: Home) -> None:
    def interrupt(name: str, _share: float) -> None:
        if name.startswith("registering"):
            raise KeyboardInterrupt

    with EventLog.open(shop_home.log_url, clock=lambda: NOW) as log, pytest.raises(KeyboardInterrupt):
        train(log, registry_of(shop_home), TrainRequest(config=FitConfig()), now=NOW, phase=interrupt)
    assert registry_of(shop_home).list_versions() == []
    assert list(shop_home.bundles.iterdir()) == []


def test_settings_come_from_a_file_and_options_win(tmp_path: Path) -> None:
    file = tmp_path / "fit.toml"
    file.write_text("seed = 3\nwindow_days = 14\n[als]\nfactors = 8\n")
    config = read_fit_config(file, {"seed": 4, "budget_seconds": None})
    assert (config.seed, config.window_days, config.als.factors) == (4, 14.0, 8)
    assert flat(config)["als.factors"] == "8"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sed = 3", "found sed"),
        ("[als]\nfactor = 8", "found als.factor"),
        ("[als]\nfactors = 'many'", "als.factors of the configuration"),
        ("als = 3", "als of the configuration"),
        (
            "[ranker]\nseeds = 0",
            "ranker.seeds of the configuration is out of range: expected 1 to 100, found 0; ",
        ),
        ("window_days = nan", "expected 0.01 to 3,660, found nan"),
        ("seed = -1", "expected 0 to 4,294,967,295, found -1"),
        ("[popularity]\nhorizons = []", "popularity.horizons of the configuration is out of range"),
        ("[popularity]\nhorizons = [1.0]", "popularity.lift_row of the configuration names no horizon"),
        ("[ranker.trees]\nleaves = 1", "ranker.trees.leaves of the configuration is out of range"),
    ],
)
def test_settings_that_do_not_exist_or_fit_are_named(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "fit.toml"
    file.write_text(text)
    with pytest.raises(InvalidRequestError, match=message):
        read_fit_config(file, {})


def test_a_settings_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "fit.toml"
    file.write_text("= ?")
    with pytest.raises(InvalidSourceError, match="cannot be read as TOML"):
        read_fit_config(file, {})


def test_the_code_version_of_a_folder_without_history_is_that_of_the_package(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    shutil.copy(__file__, tmp_path / "code.py")
    assert code_version(tmp_path) != ""
