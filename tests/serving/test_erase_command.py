"""``rapport erase`` asks before it erases, says what it did, and lets somebody in again who came back."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from recommender.engine.cli import build_app, run
from recommender.engine.home import Home
from recommender.events.vocabulary import Identify, OrderLine, Purchase
from recommender.storage.log import EventLog
from recommender.types import CustomerId
from serving.commands import erase

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
EVE = CustomerId("eve")


@pytest.fixture
def app() -> typer.Typer:
    built, _ = build_app([])
    erase.register(built)
    built.command("other")(lambda: None)  # of one command alone typer makes no subcommand
    return built


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home of its own; the command leaves its place in the environment, which is undone here."""
    monkeypatch.setenv("RAPPORT_HOME", str(tmp_path / "home"))
    made = Home.at(tmp_path / "home")
    with EventLog.open(made.log_url) as log:
        log.append([bought("1"), bought("2"), linked()])
    return made


def bought(order_id: str) -> Purchase:
    lines = (OrderLine(item_id="mug"),)
    return Purchase(
        source="shop", event_id=order_id, occurred_at=NOON, customer_id=EVE, order_id=order_id, lines=lines
    )


def linked() -> Identify:
    return Identify(source="shop", event_id="l", occurred_at=NOON, customer_id="eve-card", other_id=EVE)


def events(home: Home) -> int:
    with EventLog.open(home.log_url) as log:
        return len(log.events_of(EVE))


def test_it_erases_and_says_what(app: typer.Typer, home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(app, ["erase", EVE, "--yes", "--reason", "she asked"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Erased: 3 events and 0 decisions.\n")
    assert "state store does not answer" not in said
    assert events(home) == 0
    with EventLog.open(home.log_url) as log:
        known = log.erasures.of(EVE)
        assert known is not None
        assert (known.reason, EVE in dict(log.pending())) == ("she asked", False)
    assert run(app, ["erase", EVE, "--yes"]) == 0
    assert "Erased before, on 2" in capsys.readouterr().out


def test_it_asks_first_and_names_the_other_ids_of_the_person(app: typer.Typer, home: Home) -> None:
    runner = CliRunner()
    no = runner.invoke(app, ["erase", EVE], input="n\n")
    assert no.exit_code == 1
    assert "'eve': 2 events and 0 decisions." in no.output
    assert "Linked with 'eve-card'" in no.output
    assert events(home) == 2
    assert runner.invoke(app, ["erase", EVE], input="y\n").exit_code == 0
    assert events(home) == 0
    assert "Nothing is known of 'eve'" in runner.invoke(app, ["erase", EVE], input="n\n").output


def test_without_anybody_to_ask_it_says_how(app: typer.Typer, home: Home) -> None:
    found = CliRunner().invoke(app, ["erase", EVE], input="")
    assert "run it with --yes" in str(found.exception)
    assert events(home) == 2


def test_who_comes_back_is_let_in(app: typer.Typer, home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(app, ["erase", EVE, "--lift"]) == 1
    assert "was not erased" in capsys.readouterr().out
    run(app, ["erase", EVE, "--yes"])
    with EventLog.open(home.log_url) as log:
        assert log.append([bought("3")])[0].status == "suppressed"
    assert run(app, ["erase", EVE, "--lift"]) == 0
    assert "let in again" in capsys.readouterr().out
    with EventLog.open(home.log_url) as log:
        assert log.append([bought("3")])[0].status == "accepted"


def test_an_id_that_cannot_be_one_is_refused(
    app: typer.Typer, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(app, ["erase", " eve", "--yes"]) == 2
    assert "the customer is no id" in capsys.readouterr().err
