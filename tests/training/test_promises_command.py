"""``rapport promises`` on a real home, with the jeweller's playbook."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer

from recommender.catalog import CatalogItem
from recommender.engine.cli import build_app, run
from recommender.engine.home import Home
from recommender.events.vocabulary import (
    Appointment,
    OrderLine,
    Profile,
    Purchase,
    Return,
    ReturnLine,
    ServiceVisit,
)
from recommender.playbook.examples import example_text
from recommender.storage.log import EventLog
from recommender.types import CustomerId
from training.commands import promises

PLAYBOOK = example_text("jeweller")
"""Bridal: every 6 months from the last visit, lead 30 days, grace 60 days, for 10 years."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def bought(who: str, order: str, day: str, *lines: OrderLine) -> Purchase:
    return Purchase(
        source="shop",
        event_id=order,
        occurred_at=at(f"{day}T12:00"),
        customer_id=who,
        order_id=order,
        lines=lines,
    )


RING = OrderLine(item_id="ring", serial="R-1")
BAND = OrderLine(item_id="band")
EVENTS = (
    bought("anna", "1042", "2024-02-29", RING),
    bought("berta", "1043", "2024-03-25", BAND, OrderLine(item_id="chain")),
    bought("clara", "1044", "2024-01-10", BAND),
    bought("dora", "1045", "2024-01-10", BAND),
    bought("emma", "1046", "2024-01-10", OrderLine(item_id="chain")),
    Profile(
        source="shop",
        event_id="p1",
        occurred_at=at("2024-03-01T00:00"),
        customer_id="berta",
        time_zone="Asia/Tokyo",
    ),
    ServiceVisit(
        source="shop",
        event_id="v1",
        occurred_at=at("2024-06-01T10:00"),
        customer_id="clara",
        service_code="inspection",
        item_id="band",
    ),
    Return(
        source="shop",
        event_id="r1",
        occurred_at=at("2024-01-20T10:00"),
        customer_id="dora",
        lines=(ReturnLine(item_id="band", order_id="1045"),),
    ),
    Appointment(
        source="shop",
        event_id="a1",
        occurred_at=at("2024-08-20T10:00"),
        customer_id="berta",
        appointment_id="77",
        starts_at=at("2024-09-10T09:30"),
        service_code="inspection",
    ),
)


@pytest.fixture
def app() -> typer.Typer:
    built, _ = build_app([])
    promises.register(built)
    return built


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home of its own; the command leaves its place in the environment, which is undone here."""
    monkeypatch.setenv("RAPPORT_HOME", str(tmp_path / "home"))
    made = Home.at(tmp_path / "home")
    with EventLog.open(made.log_url) as log:
        log.append_bulk(EVENTS)
        log.put_items(
            [
                CatalogItem(item_id="ring", name="Ring [Aurora]", category=("Bridal", "Rings")),
                CatalogItem(item_id="band", name="Band", category=("Bridal", "Bands")),
                CatalogItem(item_id="chain", name="Chain", category=("Necklaces",)),
            ]
        )
    made.playbook.write_text(PLAYBOOK)
    return made


def listed(
    app: typer.Typer, capsys: pytest.CaptureFixture[str], *options: str, as_of: str = "2024-09-01"
) -> list[tuple[str | None, str | None, str | None]]:
    assert run(app, ["promises", "--format", "jsonl", "--as-of", as_of, *options]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [(row["customer_id"], row["state"], row["due"]) for row in rows]


def test_it_lists_what_is_owed_to_whom_the_most_urgent_first(
    app: typer.Typer, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert listed(app, capsys) == [
        ("anna", "overdue", "2024-08-29"),
        ("berta", "due", "2024-09-25"),
        ("clara", "upcoming", "2024-12-01"),
    ]


def test_it_asks_for_what_is_overdue_or_soon_or_one_customers(
    app: typer.Typer, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [row[0] for row in listed(app, capsys, "--overdue")] == ["anna"]
    assert [row[0] for row in listed(app, capsys, "--within", "30d")] == ["anna", "berta"]
    assert [row[0] for row in listed(app, capsys, "--within", "92d")] == ["anna", "berta", "clara"]
    assert [row[0] for row in listed(app, capsys, "--customer", "clara")] == ["clara"]
    assert listed(app, capsys, "--customer", "emma") == []
    assert run(app, ["promises", "--customer", "zoe"]) == 2
    assert "the log does not know this customer" in capsys.readouterr().err


def test_an_erased_customer_is_called_that(
    app: typer.Typer, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    with EventLog.open(home.log_url) as log:
        log.erasures.erase(CustomerId("anna"))
    assert run(app, ["promises", "--customer", "anna"]) == 2
    told = capsys.readouterr().err
    assert "the customer was erased: expected a customer who was not erased, found erased at 2" in told
    assert "ingest" not in told


def test_a_plan_about_no_item_of_the_catalogue_is_told(
    app: typer.Typer, home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.toml"
    other.write_text(PLAYBOOK.replace('items.categories = ["Bridal"]', 'items.categories = ["Birdal"]'))
    note = "Plan bridal-inspection is about no item of the catalogue"
    assert run(app, ["promises", "--format", "jsonl", "--as-of", "2024-09-01", "--playbook", str(other)]) == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines()[0] == "0 promises to 0 customers"
    assert note in printed.err
    assert run(app, ["promises", "--as-of", "2024-09-01"]) == 0
    assert note not in capsys.readouterr().err


def test_of_an_earlier_day_it_knows_only_what_had_happened(
    app: typer.Typer, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert listed(app, capsys, as_of="2024-01-15") == [
        ("clara", "upcoming", "2024-07-10"),
        ("dora", "upcoming", "2024-07-10"),
    ]
    assert listed(app, capsys, as_of="2024-01-01") == []


def test_what_ended_is_listed_when_asked_for(
    app: typer.Typer, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert listed(app, capsys, as_of="2034-12-31") == []
    assert {row[1] for row in listed(app, capsys, "--closed", as_of="2034-12-31")} == {"ended"}


def test_a_csv_has_a_row_per_promise_with_everything_that_is_known(
    app: typer.Typer, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(app, ["promises", "--format", "csv", "--as-of", "2024-09-01"]) == 0
    printed = capsys.readouterr()
    anna, berta, _ = csv.DictReader(io.StringIO(printed.out))
    assert anna == {
        "customer_id": "anna",
        "item_id": "ring",
        "item": "Ring [Aurora]",
        "order_id": "1042",
        "serial": "R-1",
        "plan_id": "bridal-inspection",
        "service": "Inspection of stones and prongs",
        "state": "overdue",
        "due": "2024-08-29",
        "in_time_until": "2024-10-28",
        "remind_from": "2024-07-30",
        "bought": "2024-02-29",
        "last_visit": "",
        "appointment_at": "",
        "consequence": "the lifetime warranty on stones and settings",
        "time_zone": anna["time_zone"],
    }
    assert (berta["appointment_at"], berta["time_zone"]) == ("2024-09-10T09:30:00Z", "Asia/Tokyo")
    assert "3 promises to 3 customers: 1 overdue, 1 due, 1 upcoming; 1 with an appointment" in printed.err


def test_the_counts_are_one_line_wherever_they_go_but_to_a_terminal(
    app: typer.Typer, home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert run(app, ["promises", "--format", "csv", "--as-of", "2024-09-01"]) == 0
    counts = "3 promises to 3 customers: 1 overdue, 1 due, 1 upcoming; 1 with an appointment"
    assert capsys.readouterr().err.splitlines()[0] == counts


def test_the_table_names_the_unit_as_it_is_called(
    app: typer.Typer, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(app, ["promises", "--as-of", "2024-09-01"]) == 0
    shown = capsys.readouterr().out
    for word in ("anna", "Ring [Aurora]", "R-1", "overdue", "2024-08-29"):
        assert word in shown


def test_another_playbook_promises_other_things_and_none_promises_nothing(
    app: typer.Typer, home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.toml"
    other.write_text(PLAYBOOK.replace('first_after = "6 months"', 'first_after = "7 months"'))
    assert listed(app, capsys, "--playbook", str(other))[0] == ("anna", "due", "2024-09-29")
    home.playbook.unlink()
    assert run(app, ["promises"]) == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "nothing is promised" in printed.err
    assert "0 promises to 0 customers" in printed.err


def test_options_that_make_no_sense_are_explained(
    app: typer.Typer, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(app, ["promises", "--within", "soon"]) == 2
    assert "--within is no duration" in capsys.readouterr().err
    assert run(app, ["promises", "--playbook", "nowhere.toml"]) == 2
    assert "the playbook cannot be read" in capsys.readouterr().err
