"""``rapport access`` writes everything that is kept of a customer."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer

from recommender.engine.cli import build_app, run
from recommender.engine.engine import Engine
from recommender.engine.home import Home
from recommender.engine.settings import Settings
from recommender.events.vocabulary import Identify, OrderLine, Override, Profile, Purchase
from recommender.storage.log import EventLog
from recommender.types import CustomerId
from serving.commands import access

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
EVE = CustomerId("eve")


@pytest.fixture
def app() -> typer.Typer:
    built, _ = build_app([])
    access.register(built)
    built.command("other")(lambda: None)  # of one command alone typer makes no subcommand
    return built


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home of its own; the command leaves its place in the environment, which is undone here."""
    monkeypatch.setenv("RAPPORT_HOME", str(tmp_path / "home"))
    made = Home.at(tmp_path / "home")
    who = {"source": "shop", "occurred_at": NOON, "customer_id": EVE}
    with EventLog.open(made.log_url) as log:
        log.append(
            [
                Profile(event_id="1", name="Eve Ünal", phone="030 1", **who),  # type: ignore[arg-type]
                Purchase(event_id="2", order_id="2", lines=(OrderLine(item_id="mug"),), **who),  # type: ignore[arg-type]
                Identify(event_id="3", other_id="eve-card", **who),  # type: ignore[arg-type]
                Override(event_id="4", kind="hold_all", author="mira", reason="asked", **who),  # type: ignore[arg-type]
            ]
        )
    return made


def test_every_line_is_one_thing_that_is_kept(
    app: typer.Typer, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(app, ["access", EVE]) == 0
    about, *lines = map(json.loads, capsys.readouterr().out.splitlines())
    assert (about["line"], about["customer_id"], about["same_person"]) == ("about", EVE, ["eve-card"])
    assert about["profile"] == {"name": "Eve Ünal", "phone": "030 1"}
    assert [one["line"] for one in lines] == ["event"] * 4
    assert [one["event"]["type"] for one in lines] == ["profile", "purchase", "identify", "override"]
    assert lines[0]["event"]["name"] == "Eve Ünal"


def test_a_file_is_new_and_only_its_owner_reads_it(
    app: typer.Typer, home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "eve.jsonl"
    assert run(app, ["access", EVE, "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"5 lines in {out}.\n"
    assert (len(out.read_text().splitlines()), out.stat().st_mode & 0o777) == (5, 0o600)
    assert run(app, ["access", EVE, "--out", str(out)]) == 2
    assert "File exists" in capsys.readouterr().err


def test_of_whom_nothing_is_kept_nothing_is_written(
    app: typer.Typer, home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "x.jsonl"
    assert run(app, ["access", "stranger", "--out", str(out)]) == 1
    assert "Nothing is known of 'stranger'" in capsys.readouterr().err
    with Engine.open(Settings.load()) as engine:
        engine.erase(EVE)
    assert run(app, ["access", EVE, "--out", str(out)]) == 2
    assert "erased at" in capsys.readouterr().err
    assert not out.exists()
