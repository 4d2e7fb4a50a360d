"""``rapport export`` as it is typed, in a home with and without a playbook."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
import typer

from recommender.engine.cli import build_app, run
from recommender.engine.home import Home
from recommender.events.vocabulary import Question
from recommender.storage.log import EventLog
from tests.training.homes import NOW
from tests.training.small_shop import CUSTOMERS
from tests.training.test_export_playbook import PLAYBOOK
from training.columns import EXPORT_COLUMNS, PLAYBOOK_COLUMNS, UNSUBSCRIBE_COLUMN
from training.commands import export


@pytest.fixture
def app() -> typer.Typer:
    built, _ = build_app([])
    export.register(built)
    return built


@pytest.fixture
def at_home(shop_home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The small shop's home; the command leaves its place in the environment, which is undone here."""
    monkeypatch.setenv("RAPPORT_HOME", str(shop_home.root))
    return shop_home


AS_OF = ("--as-of", "2024-06-01T12:00:00Z")


def test_without_a_playbook_the_file_is_as_it_always_was(
    app: typer.Typer, at_home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "mail.csv"
    assert run(app, ["export", "--out", str(out), "--k", "2", *AS_OF]) == 0
    assert f"{2 * CUSTOMERS} actions for {CUSTOMERS} customers as of 2024-06-01" in capsys.readouterr().out
    assert pl.read_csv(out).columns == list(EXPORT_COLUMNS)


def test_the_playbook_of_the_home_decides_and_the_report_names_its_gates(
    app: typer.Typer, at_home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    at_home.playbook.write_text(PLAYBOOK)
    out = tmp_path / "mail.csv"
    left = tmp_path / "left.jsonl"
    asked = ["--k", "2", "--channel", "email", "--left-out", str(left), *AS_OF]
    assert run(app, ["export", "--out", str(out), *asked]) == 0
    report = capsys.readouterr().out
    assert f"Nothing is said to {CUSTOMERS} (do_nothing): no consent {CUSTOMERS}" in report
    assert f"no consent {CUSTOMERS}" in next(
        line for line in report.splitlines() if line.startswith("for-you")
    )
    assert pl.read_csv(out).columns == list(PLAYBOOK_COLUMNS)
    assert pl.read_ndjson(left)["reason"].to_list() == ["no_consent"] * CUSTOMERS


def test_the_public_address_of_the_api_gives_a_campaign_its_links(
    app: typer.Typer, at_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_home.playbook.write_text(PLAYBOOK.replace("needs_consent = true", "needs_consent = false"))
    monkeypatch.setenv("RAPPORT_PUBLIC_URL", "https://rapport.shop.example/")
    out = tmp_path / "mail.csv"
    assert run(app, ["export", "--out", str(out), "--k", "1", "--channel", "email", *AS_OF]) == 0
    rows = pl.read_csv(out)
    assert rows.columns == [*PLAYBOOK_COLUMNS, UNSUBSCRIBE_COLUMN]
    assert rows[UNSUBSCRIBE_COLUMN].str.starts_with("https://rapport.shop.example/v1/unsubscribe/").all()
    assert rows[UNSUBSCRIBE_COLUMN].n_unique() == len(rows)


def test_another_playbook_an_audience_and_kinds_can_be_tried(
    app: typer.Typer, at_home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tried = tmp_path / "try.toml"
    tried.write_text(PLAYBOOK.replace("needs_consent = true", "needs_consent = false"))
    out = tmp_path / "mail.parquet"
    asked = ["--playbook", str(tried), "--audience", 'bought("coffee")', "--actions", "thank_you"]
    assert run(app, ["export", "--out", str(out), "--channel", "email", *asked, *AS_OF]) == 0
    assert f"{CUSTOMERS // 2} others are not in the audience." in capsys.readouterr().out
    rows = pl.read_parquet(out)
    assert set(rows["action_id"]) == {"thanks"}
    assert all(int(name.removeprefix("shopper-")) % 2 == 0 for name in rows["customer_id"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--audience", "customer.order >= 2"], "customer.orders"),
        (["--audience", "item.price > 2"], "item"),
        (["--channel", "email"], "a channel says nothing without a playbook"),
        (["--as-of", "2150-01-01"], "--as-of lies in the future: expected at most"),
        (["--playbook", "nowhere.toml"], "the playbook cannot be read"),
    ],
)
def test_what_cannot_be_decided_is_refused_with_the_remedy(
    app: typer.Typer,
    at_home: Home,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    words: str,
) -> None:
    out = tmp_path / "mail.csv"
    assert run(app, ["export", "--out", str(out), *options]) != 0
    assert words in capsys.readouterr().err
    assert not out.exists()


def test_a_moment_before_anybody_was_known_is_called_that(
    app: typer.Typer, at_home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    at_home.playbook.write_text(PLAYBOOK)
    out = tmp_path / "mail.csv"
    early = ["export", "--out", str(out), "--as-of", "1990-01-01"]
    assert run(app, early) == 2
    assert "or name a later --as-of" in capsys.readouterr().err
    asked = Question(
        source="shop",
        event_id="q",
        occurred_at=NOW - timedelta(days=1),
        customer_id="later",
        text="Is it red?",
    )
    with EventLog.open(at_home.log_url, clock=lambda: NOW) as log:
        log.append([asked])
    assert run(app, early) == 0
    assert "Nobody was known then, so there is nothing in it." in capsys.readouterr().out
    assert run(app, ["export", "--out", str(out), *AS_OF]) == 0
    assert "Nobody was" not in capsys.readouterr().out


def test_a_table_that_begins_with_a_customer_is_refused_and_one_with_any_header_is_read(
    app: typer.Typer, at_home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named, out = tmp_path / "named.csv", tmp_path / "mail.csv"
    named.write_text("shopper-001\nshopper-002\n")
    asked = ["export", "--out", str(out), "--customers", str(named), *AS_OF]
    assert run(app, asked) != 0
    said = " ".join(capsys.readouterr().err.split())
    assert "is no header" in said
    assert "found the customer shopper-001; put a line customer_id before it" in said
    named.write_text("who\nshopper-001\nshopper-002\n")
    assert run(app, asked) == 0
    assert set(pl.read_csv(out)["customer_id"]) == {"shopper-001", "shopper-002"}
