"""The commands, as they are typed: train, models, promote, rollback, export."""

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import typer

from recommender.engine.cli import run
from recommender.engine.home import Home
from training.commands import export, models, train, tune

Rapport = Callable[..., tuple[int, str, str]]


@pytest.fixture
def rapport(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Rapport:
    """Return a function that runs one command in a home and gives exit code, output and messages."""
    app = typer.Typer(add_completion=False)
    app.callback()(lambda: None)
    for room in (train, models, export, tune):
        room.register(app)

    def call(home: Home, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.setenv("RAPPORT_HOME", str(home.root))
        code = run(app, list(arguments))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_a_data_scientist_trains_compares_promotes_and_goes_back(rapport: Rapport, shop_home: Home) -> None:
    code, out, err = rapport(shop_home, "train", "--as-of", "2024-06-01", "--seed", "1")
    assert code == 0, err
    assert "Version 1 (champion)" in out
    assert all(source in out for source in ("popularity", "item-item", "als", "this model"))
    assert "before 2024-06-01 00:00:00 UTC" in err
    assert f'mlflow.set_tracking_uri("{shop_home.mlflow_uri}")' in out
    assert 'mlflow.pyfunc.load_model("models:/rapport@champion")' in out
    _, out, _ = rapport(shop_home, "train", "--window", "14d", "--budget", "30s")
    assert "Version 2 (challenger)" in out
    assert "rapport promote 2" in out
    code, out, _ = rapport(shop_home, "promote", "challenger")
    assert (code, "Version 2 is champion now instead of version 1." in out) == (0, True)
    _, out, err = rapport(shop_home, "models", "--json")
    assert err == "Asking the model registry ...\n"
    listed = json.loads(out)
    assert [(version["version"], version["aliases"]) for version in listed] == [
        ("2", ["champion"]),
        ("1", ["previous"]),
    ]
    _, out, _ = rapport(shop_home, "rollback")
    assert "Back to version 1 instead of version 2." in out
    _, out, _ = rapport(shop_home, "models")
    assert out.splitlines()[2].split()[:3] == ["1", "champion", "2024-06-01"]


def test_what_tune_found_is_what_train_uses(rapport: Rapport, shop_home: Home, tmp_path: Path) -> None:
    start, tuned = tmp_path / "start.toml", tmp_path / "tuned.toml"
    start.write_text("[als]\nfactors = 17\niterations = 2\n")
    code, out, err = rapport(
        shop_home, "tune", str(tuned), "--trials", "1", "--windows", "1", "--config", str(start)
    )
    assert code == 0, err
    assert f"rapport train --config {tuned}" in out
    assert "Best of 1 trials" in err
    assert "factors = 17" in tuned.read_text()
    code, out, err = rapport(shop_home, "train", "--config", str(tuned))
    assert code == 0, err


def test_a_search_whose_journal_is_garbage_ends_with_its_name(
    rapport: Rapport, shop_home: Home, tmp_path: Path
) -> None:
    shop_home.tuning.write_text("garbage\n")
    code, out, err = rapport(shop_home, "tune", str(tmp_path / "tuned.toml"), "--trials", "1")
    assert code == 2
    assert f"the trials in {shop_home.tuning} cannot be read" in err
    assert "Traceback" not in out + err


def test_an_email_builder_writes_a_file_for_an_audience(
    rapport: Rapport, shop_home: Home, tmp_path: Path
) -> None:
    audience, out = tmp_path / "audience.csv", tmp_path / "mail.csv"
    audience.write_text("customer_id\nshopper-001\nstranger\nshopper-001\n")
    code, text, err = rapport(
        shop_home, "export", "--customers", str(audience), "--k", "2", "--out", str(out)
    )
    assert code == 0, err
    assert "2 customers from audience.csv" in err
    assert "1 repeated rows left out" in err
    assert "There is no model yet" in err
    assert "4 actions for 2 customers" in text
    assert pl.read_csv(out)["customer_id"].to_list() == ["shopper-001"] * 2 + ["stranger"] * 2


def test_a_home_without_a_model_says_what_to_type(rapport: Rapport, new_home: Callable[[str], Home]) -> None:
    assert "rapport train" in rapport(new_home("new"), "models")[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("train", "--window", "28"), "--window is no duration"),
        (("train", "--budget", "-5s"), "--budget is no duration"),
        (("train", "--window", "3000000d"), "window_days of the configuration is out of range"),
        (("train", "--seed", "4294967296"), "expected 0 to 4,294,967,295, found 4294967296"),
        (("train", "--as-of", "2024-06-01T10:00:00"), "--as-of is no time"),
        (("train", "--config", "nowhere.toml"), "cannot be read as TOML"),
        (("train",), "rapport ingest SOURCE"),
        (("promote", "7"), "no version at all"),
        (("rollback",), "nothing to roll back to"),
        (("export", "--out", "mail.xlsx"), "say --format"),
        (("export", "--out", "mail.csv", "--format", "xml"), "found --format xml"),
        (("export", "--out", "mail.csv", "--k", "101"), "k is out of range"),
        (("export", "--out", "mail.csv", "--actions", "spam"), "unknown kind of action"),
        (("export", "--out", "mail.csv", "--customers", "nowhere.txt"), "nowhere.txt cannot be read"),
        (("export", "--out", "mail.csv", "--model", "7"), "no model version '7'"),
        (("export", "--out", "mail.csv"), "no customer to export"),
        (("export", "--out", "mail.csv", "--workers", "0"), "--workers"),
        (("export",), "--out"),
    ],
)
def test_mistakes_are_one_readable_message_and_exit_code_2(
    rapport: Rapport,
    new_home: Callable[[str], Home],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = rapport(new_home("empty"), *arguments)
    assert code == 2
    assert message in err
    assert "Traceback" not in out + err
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]
