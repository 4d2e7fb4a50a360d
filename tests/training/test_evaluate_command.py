"""``rapport evaluate``, as it is typed: on the log, on a file, with reports and a run in MLflow."""

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import typer
from mlflow.tracking import MlflowClient

from recommender.engine.cli import run
from recommender.engine.home import Home
from recommender.events.vocabulary import Purchase
from tests.training.small_shop import small_shop_events
from training.commands import evaluate, models

Rapport = Callable[..., tuple[int, str, str]]


@pytest.fixture
def rapport(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Rapport:
    """Return a function that runs one command in a home and gives exit code, output and messages."""
    app = typer.Typer(add_completion=False)
    app.callback()(lambda: None)
    for room in (evaluate, models):
        room.register(app)

    def call(home: Home, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.setenv("RAPPORT_HOME", str(home.root))
        code = run(app, list(arguments))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_a_data_scientist_compares_on_the_log_and_finds_the_run_in_mlflow(
    rapport: Rapport, shop_home: Home, tmp_path: Path
) -> None:
    found, page = tmp_path / "board.json", tmp_path / "board.html"
    arguments = ["--cutoffs", "1", "--peers", "recent-popularity,decayed-frequency", "--min-buyers", "3"]
    code, out, err = rapport(shop_home, "evaluate", *arguments, "--json", str(found), "--html", str(page))
    assert code == 0, err
    for title in (
        "discover: items not bought before",
        "repeat: ",
        "basket: ",
        "Rapport",
        "popularity, recent",
    ):
        assert title in out
    assert "x the best peer, personal frequency, decayed" in out
    board = json.loads(found.read_bytes())
    assert [task["task"] for task in board["tasks"]] == ["discover", "repeat", "basket"]
    assert page.read_text().startswith("<!doctype html>")
    client = MlflowClient(tracking_uri=shop_home.mlflow_uri)
    experiment = client.get_experiment_by_name("rapport-leaderboard")
    (logged,) = client.search_runs([experiment.experiment_id])
    ndcg = board["tasks"][1]["rows"][0]["mean"]["metrics"]["ndcg"]["mean"]
    assert logged.data.metrics["repeat_ours_ndcg_at_10"] == pytest.approx(ndcg)
    assert logged.data.tags["fingerprint"] == board["fingerprint"]
    assert {file.path for file in client.list_artifacts(logged.info.run_id)} == {
        "leaderboard.html",
        "leaderboard.json",
    }
    assert "No model yet" in rapport(shop_home, "models")[1]


def test_a_file_is_measured_without_touching_the_log_of_the_home(
    rapport: Rapport, new_home: Callable[[str], Home], tmp_path: Path
) -> None:
    rows = [
        (event.customer_id, line.item_id, event.occurred_at.isoformat())
        for event in small_shop_events()
        if isinstance(event, Purchase)
        for line in event.lines
    ]
    file, home = tmp_path / "orders.csv", new_home("other")
    pl.DataFrame(rows, ["customer_id", "item_id", "occurred_at"], orient="row").write_csv(file)
    arguments = ["--peers", "none", "--tasks", "repeat", "--cutoffs", "1", "--window", "14d", "--k", "5"]
    code, out, err = rapport(home, "evaluate", "--source", str(file), *arguments)
    assert code == 0, err
    assert "NDCG@5" in out
    assert "repeat: no peer to compare with" in out
    assert not (home.root / "log.sqlite").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--peers", "magic"], "--peers names something unknown: expected all, none, or some of popularity"),
        (["--tasks", "guess"], "--tasks names something unknown: expected some of discover, repeat, basket"),
        (["--window", "soon"], "--window is no duration"),
        (["--html", "nowhere/at/all.html"], "cannot be written"),
        (["--source", "no-such-file.csv"], "no-such-file.csv"),
        (["--source", "orders.csv", "--date-order", "ymd"], "expected dmy or mdy"),
        (["--source", "orders.csv", "--where", "purchase"], "--where"),
        (["--peers", "none"], "there is no purchase to measure on"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_what_to_do(
    rapport: Rapport, new_home: Callable[[str], Home], arguments: list[str], message: str
) -> None:
    code, _, err = rapport(new_home("empty"), "evaluate", *arguments)
    assert code == 2
    assert message in " ".join(err.split())
