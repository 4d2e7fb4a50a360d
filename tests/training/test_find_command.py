"""``rapport find`` on a real home, with the jeweller's playbook."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import typer

from recommender.catalog import CatalogItem
from recommender.engine.cli import build_app, run
from recommender.engine.home import Home
from recommender.events.vocabulary import (
    ComplaintOpened,
    Identify,
    OrderLine,
    Profile,
    Purchase,
    Return,
    ReturnLine,
)
from recommender.playbook.examples import example_text
from recommender.storage.log import EventLog
from training.commands import find


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


BRIDAL = OrderLine(item_id="ring", serial="R-1", unit_price=Decimal("900.5"), currency="EUR")
CHAINS = OrderLine(item_id="chain", quantity=2, unit_price=Decimal(50), currency="EUR")
EVENTS = (
    Purchase(
        source="pos",
        event_id="1",
        occurred_at=at("2024-02-29T12:00"),
        customer_id="anna",
        channel="store",
        store_id="london-1",
        order_id="1042",
        lines=(BRIDAL, CHAINS),
    ),
    Return(
        source="pos",
        event_id="2",
        occurred_at=at("2024-03-09T12:00"),
        customer_id="anna",
        lines=(ReturnLine(item_id="chain", order_id="1042"),),
    ),
    ComplaintOpened(
        source="desk",
        event_id="3",
        occurred_at=at("2024-04-01T08:30"),
        customer_id="anna",
        complaint_id="k",
        order_id="1042",
    ),
    Purchase(
        source="pos",
        event_id="4",
        occurred_at=at("2024-03-01T12:00"),
        order_id="G[7]",
        lines=(OrderLine(item_id="chain"),),
    ),
)


@pytest.fixture
def app() -> typer.Typer:
    built, _ = build_app([])
    find.register(built)
    built.command("other")(lambda: None)  # of one command alone typer makes no subcommand
    return built


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home of its own; the command leaves its place in the environment, which is undone here."""
    monkeypatch.setenv("RAPPORT_HOME", str(tmp_path / "home"))
    made = Home.at(tmp_path / "home")
    with EventLog.open(made.log_url) as log:
        log.append_bulk(EVENTS)
        log.put_items([CatalogItem(item_id="ring", name="Ring [Aurora]", category=("Bridal", "Rings"))])
    made.playbook.write_text(example_text("jeweller"))
    return made


def test_an_order_number_shows_the_customer_the_order_and_the_promises(
    app: typer.Typer, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(app, ["find", "--order", "1042"]) == 0
    said = capsys.readouterr().out
    assert "customer anna\norder 1042, 2024-02-29 12:00 UTC, store, london-1, 1000.5 EUR\n" in said
    ring, chain = [line.split("│")[1:-1] for line in said.splitlines() if line.startswith("│")]
    assert [cell.strip() for cell in ring] == ["Ring [Aurora]", "ring", "R-1", "1", "", "900.5 EUR", ""]
    assert [cell.strip() for cell in chain] == ["chain", "chain", "", "2", "1", "50 EUR", ""]
    assert "promised: Inspection of stones and prongs" in said
    assert "2024-08-29" in said
    assert "2024-04-01 08:30 UTC: complaint opened (desk/3)" in said


def test_a_serial_number_shows_the_same_and_a_home_needs_no_playbook(
    app: typer.Typer, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    home.playbook.unlink()
    assert run(app, ["find", "--serial", "R-1"]) == 0
    said = capsys.readouterr().out
    assert "customer anna" in said
    assert "promised" not in said


def test_the_order_of_a_guest_is_shown_as_such(
    app: typer.Typer, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(app, ["find", "--order", "G[7]"]) == 0
    assert "a guest, nobody known\norder G[7], 2024-03-01 12:00 UTC\n" in capsys.readouterr().out


def test_nobody_is_said_and_told_by_the_exit_code(
    app: typer.Typer, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(app, ["find", "--order", "1043"]) == 1
    assert "No event names order '1043'" in capsys.readouterr().err
    assert run(app, ["find"]) == 2
    assert run(app, ["find", "--order", "1", "--serial", "2"]) == 2


def test_a_name_shows_who_is_called_so(
    app: typer.Typer, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    with EventLog.open(home.log_url) as log:
        log.append(
            [
                Profile(
                    source="crm",
                    event_id="5",
                    occurred_at=at("2024-05-01T12:00"),
                    customer_id="anna",
                    name="Anna [B] Müller",
                    phone="030 1234567",
                ),
                Identify(
                    source="crm",
                    event_id="6",
                    occurred_at=at("2024-05-01T12:00"),
                    customer_id="anna",
                    other_id="card-1",
                ),
            ]
        )
    for asked in (["--name", "mueller"], ["--phone", "+49 30 1234567"]):
        assert run(app, ["find", *asked]) == 0
        assert capsys.readouterr().out == (
            "customer anna\n  Anna [B] Müller, 030 1234567\n  last bought 2024-02-29 12:00 UTC\n"
            "  the same person: card-1\n"
        )
    assert run(app, ["find", "--email", "anna@example.org"]) == 1
    assert "No profile has email 'anna@example.org'" in capsys.readouterr().err
    assert run(app, ["find", "--phone", "12"]) == 2
