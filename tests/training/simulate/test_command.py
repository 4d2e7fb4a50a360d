"""``rapport simulate`` on a real home."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import jsonschema_rs
import pytest
import typer

from recommender.engine.cli import build_app, run
from recommender.engine.home import Home
from recommender.storage.log import EventLog
from tests.training.simulate.world import CARE, HEAD, THANKS, WEEKLY, bought
from training.commands import simulate
from training.simulate.report import schema

SCHEMA = Path(__file__).parents[3] / "docs" / "simulation.schema.json"
NAMES = ("ada", "eve", "zoe")
EVENTS = [
    bought(who, f"2024-05-{day:02d}T12:00", item)
    for who in NAMES
    for day, item in ((2, "mug"), (4, "lamp"), (20, "tea"))
]


@pytest.fixture
def app() -> typer.Typer:
    built, _ = build_app([])
    simulate.register(built)
    return built


@pytest.fixture
def home(new_home: Callable[[str], Home], monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home of its own without a model; the command leaves its place in the environment, which is undone here."""
    made = new_home("shop")
    monkeypatch.setenv("RAPPORT_HOME", str(made.root))
    with EventLog.open(made.log_url) as log:
        log.append_bulk(EVENTS)
    made.playbook.write_text(HEAD + WEEKLY + THANKS)
    (made.root / "new.toml").write_text(HEAD + THANKS)
    return made


def test_it_compares_a_playbook_with_that_of_the_home(
    app: typer.Typer, home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, rows = tmp_path / "result.json", tmp_path / "told.csv"
    book = str(home.root / "new.toml")
    options = [
        "--playbook",
        book,
        "--days",
        "21",
        "--workers",
        "1",
        "--json",
        str(out),
        "--contacts",
        str(rows),
    ]
    assert run(app, ["simulate", *options]) == 0
    printed = capsys.readouterr()
    for words in ("21 days, 2024-04-30 to 2024-05-20", "thanks", "customers told otherwise", "no model yet"):
        assert words in printed.out
    result = json.loads(out.read_text())
    jsonschema_rs.validator_for(json.loads(SCHEMA.read_text())).validate(result)
    assert (result["new"]["totals"]["contacts"], result["against"]["totals"]["contacts"]) == (6, 6)
    assert result["difference"]["customers_told_otherwise"] == 3
    assert "expected value EUR" in printed.out
    with rows.open(newline="") as file:
        told = list(csv.DictReader(file))
    assert [(one["customer_id"], one["at"], one["item_id"]) for one in told[:2]] == [
        ("ada", "2024-05-03T10:00:00Z", "mug"),
        ("ada", "2024-05-05T10:00:00Z", "lamp"),
    ]


def test_it_prints_json_for_some_customers_from_a_day_on(
    app: typer.Typer, home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = tmp_path / "who.txt"
    asked.write_text("ada\nnobody\n")
    book = str(home.root / "new.toml")
    options = [
        "--playbook",
        book,
        "--against",
        book,
        "--from",
        "2024-05-03",
        "--days",
        "2",
        "--format",
        "json",
    ]
    assert run(app, ["simulate", *options, "--customers", str(asked), "--workers", "1"]) == 0
    printed = capsys.readouterr()
    result = json.loads(printed.out)
    assert (result["first_day"], result["last_day"]) == ("2024-05-03", "2024-05-04")
    assert (result["new"]["totals"]["customers"], result["new"]["totals"]["contacts"]) == (1, 1)
    assert result["difference"]["customers_told_otherwise"] == 0
    assert "does not know 1 of 2 customers" in printed.err
    assert run(app, ["simulate", *options, "--customers", "2", "--workers", "1"]) == 0
    assert json.loads(capsys.readouterr().out)["new"]["totals"]["customers"] == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--at", "ten"], "--at is no time of day"),
        (["--from", "soon"], "--from is no time"),
        (["--from", "2150-01-01"], "--from lies in the future: expected at most"),
        (["--from", "2150-01-01T10:00:00Z"], "--from lies in the future: expected at most"),
        (["--customers", "-5"], "--customers draws nobody: expected how many to draw, above 0"),
        (["--customers", "0"], "found 0; write --customers 1000"),
        (["--channel", "pigeon"], "unknown channel"),
        (["--against", "nowhere.toml"], "the playbook cannot be read"),
        (["--contacts", "told.xlsx"], "--contacts cannot be written"),
        (["--contacts-against", "told.xlsx"], "--contacts-against cannot be written"),
        (["--json", "nowhere/result.json"], "nowhere/result.json cannot be written"),
        (["--model", "7", "--days", "2"], "7"),
    ],
)
def test_options_that_make_no_sense_are_explained(
    app: typer.Typer, home: Home, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    assert run(app, ["simulate", "--playbook", str(home.root / "new.toml"), *options]) == 2
    assert words in capsys.readouterr().err


def test_days_before_the_first_purchase_are_called_that(
    app: typer.Typer, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    note = "Nobody was known by a purchase until"
    options = ["--playbook", str(home.root / "new.toml"), "--days", "2", "--workers", "1"]
    assert run(app, ["simulate", *options, "--from", "1900-01-01"]) == 0
    assert f"{note} 1900-01-02: the purchases of the log begin later." in capsys.readouterr().out
    assert run(app, ["simulate", *options, "--from", "2024-05-01"]) == 0
    assert note not in capsys.readouterr().out


def test_both_playbooks_can_be_asked_for_everything_that_they_tell(
    app: typer.Typer, home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = tmp_path / "new.csv", tmp_path / "old.csv"
    options = ["--playbook", str(home.root / "new.toml"), "--days", "21", "--workers", "1"]
    asked = ["--contacts", str(files[0]), "--contacts-against", str(files[1])]
    assert run(app, ["simulate", *options, *asked]) == 0
    new, old = ({tuple(row) for row in csv.reader(file.read_text().splitlines())} for file in files)
    # Of two mails in a week the cap of the home lets one out, the other one when it opens.
    assert {(row[0], row[1]) for row in new - old} == {(who, "2024-05-05T10:00:00Z") for who in NAMES}
    assert {(row[0], row[1]) for row in old - new} == {(who, "2024-05-10T10:00:00Z") for who in NAMES}
    assert run(app, ["simulate", *options, "--contacts-against", str(files[0])]) == 0
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_table_that_is_cut_says_so_and_one_without_rows_is_left_out(
    app: typer.Typer, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    crowd, one = home.root / "crowd.toml", "2024-05-03"
    actions = (THANKS.replace('"thanks"', f'"thanks{number}"') + "holdout = 1\n" for number in range(23))
    crowd.write_text(HEAD + "".join(actions))
    options = [
        "--playbook",
        str(crowd),
        "--against",
        str(crowd),
        "--workers",
        "1",
        "--days",
        "1",
        "--from",
        one,
    ]
    assert run(app, ["simulate", *options]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("1 day, 2024-05-03 to 2024-05-03")
    assert "... and 3 more; --json FILE has them all." in printed
    assert "change of times" not in printed
    assert "contacts in a week" not in printed


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Auckland"])
def test_a_date_is_a_day_of_the_playbooks_zone_and_less_than_a_week_has_no_weekly_mean(
    app: typer.Typer, home: Home, capsys: pytest.CaptureFixture[str], zone: str
) -> None:
    book = home.root / "there.toml"
    book.write_text(HEAD.replace("[playbook]", f'[playbook]\ntime_zone = "{zone}"') + THANKS)
    options = ["--playbook", str(book), "--from", "2024-05-03", "--days", "2", "--workers", "1"]
    assert run(app, ["simulate", *options, "--format", "json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["first_day"], result["last_day"]) == ("2024-05-03", "2024-05-04")
    assert result["new"]["totals"]["contacts"] > 0
    assert result["new"]["totals"]["contacts_per_week"] is None
    jsonschema_rs.validator_for(json.loads(SCHEMA.read_text())).validate(result)
    assert run(app, ["simulate", *options]) == 0
    row = next(
        line for line in capsys.readouterr().out.splitlines() if "contacts per customer and week" in line
    )
    assert row.split()[-3:] == ["-", "-", "-"]


def test_what_is_about_no_item_of_the_catalogue_is_named_in_the_notes(
    app: typer.Typer, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    book, other = home.root / "care.toml", home.root / "other.toml"
    book.write_text(HEAD + CARE.replace('"ring"', '"rnig"') + THANKS + 'items.categories = ["Mugs"]\n')
    other.write_text(HEAD + THANKS + 'items.categories = ["Mugs"]\n')
    options = ["--playbook", str(book), "--against", str(other), "--days", "2", "--workers", "1"]
    assert run(app, ["simulate", *options, "--format", "json"]) == 0
    notes = [one for one in json.loads(capsys.readouterr().out)["notes"] if "no item" in one]
    assert notes == [
        "Plan care of the new playbook is about no item of the catalogue.",
        "Action thanks is about no item of the catalogue.",
    ]


def test_a_broken_playbook_is_named(
    app: typer.Typer, home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text(HEAD + "surprise = 1\n")
    options = ["--playbook", str(home.root / "new.toml"), "--against", str(broken)]
    assert run(app, ["simulate", *options]) == 2
    assert f"{broken}, line " in capsys.readouterr().err


def test_an_empty_log_has_nothing_to_simulate(
    app: typer.Typer,
    new_home: Callable[[str], Home],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    empty = new_home("empty")
    monkeypatch.setenv("RAPPORT_HOME", str(empty.root))
    (empty.root / "new.toml").write_text(HEAD + THANKS)
    assert run(app, ["simulate", "--playbook", str(empty.root / "new.toml")]) != 0
    assert "there is no customer to simulate" in capsys.readouterr().err


def test_the_published_schema_is_that_of_the_result() -> None:
    assert json.loads(SCHEMA.read_text()) == schema()
