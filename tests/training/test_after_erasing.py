"""Whoever was erased is in no campaign and in no training that comes after it."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
import typer

from recommender.bundles import load_bundle
from recommender.engine.cli import build_app, run
from recommender.engine.home import Home
from recommender.storage.log import EventLog
from recommender.types import CustomerId
from tests.training.homes import registry_of, train_in
from tests.training.small_shop import CUSTOMERS
from training.commands import export

WHO = CustomerId("shopper-003")


@pytest.fixture
def app() -> typer.Typer:
    built, _ = build_app([])
    export.register(built)
    return built


@pytest.fixture
def without(shop_home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The small shop's home after somebody left; the command leaves its place in the environment, which is undone here."""
    monkeypatch.setenv("RAPPORT_HOME", str(shop_home.root))
    with EventLog.open(shop_home.log_url) as log:
        assert log.erasures.erase(WHO)[0].events > 0
    return shop_home


def test_a_campaign_leaves_them_out(
    app: typer.Typer, without: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "mail.csv"
    assert run(app, ["export", "--out", str(out), "--k", "2", "--as-of", "2024-06-01T12:00:00Z"]) == 0
    assert f"for {CUSTOMERS - 1} customers" in capsys.readouterr().out
    customers = set(pl.read_csv(out)["customer_id"])
    assert (WHO in customers, len(customers)) == (False, CUSTOMERS - 1)


def test_a_campaign_leaves_them_out_also_when_somebody_names_them(
    app: typer.Typer, without: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named, out = tmp_path / "audience.txt", tmp_path / "mail.csv"
    named.write_text(f"{WHO}\nshopper-004\nsomebody-new\n")
    asked = ["export", "--out", str(out), "--customers", str(named), "--k", "1"]
    assert run(app, [*asked, "--as-of", "2024-06-01T12:00:00Z"]) == 0
    assert "1 of the named customers were erased: they are not in it." in capsys.readouterr().out
    assert set(pl.read_csv(out)["customer_id"]) == {"shopper-004", "somebody-new"}


def test_the_next_training_learns_without_them_and_nothing_that_it_keeps_names_them(without: Home) -> None:
    trained = train_in(without, as_of=datetime(2024, 6, 1, tzinfo=UTC))
    path = registry_of(trained.home).bundle_path("1")
    assert load_bundle(path)
    kept = [file for file in (*path.rglob("*"), *without.mlflow.rglob("*")) if file.is_file()]
    assert kept
    assert not [file for file in kept if WHO.encode() in file.read_bytes()]
