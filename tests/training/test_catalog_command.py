"""``rapport catalog`` on a real home."""

from pathlib import Path

import pytest
import typer

from recommender.engine.cli import build_app, run
from recommender.storage.log import EventLog
from recommender.types import ItemId
from training.commands import catalog


@pytest.fixture
def app() -> typer.Typer:
    built, _ = build_app([])
    catalog.register(built)
    return built


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A home of its own; the command leaves its place in the environment, which is undone here."""
    monkeypatch.setenv("RAPPORT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return str(tmp_path / "home")


def test_items_are_loaded_changed_and_shown(
    app: typer.Typer, home: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "items.csv").write_text("item_id,name,price\nmug,Mug,4.5\ncup,Cup,3\n")
    assert run(app, ["catalog", "load", "items.csv"]) == 0
    assert "2 new, 0 changed, 0 as before; catalogue version 1" in capsys.readouterr().out
    (tmp_path / "prices.csv").write_text("item_id,price\nmug,5\ncup,3\n")
    (tmp_path / "rules.csv").write_text("kind,category\nconsumable,*\n")
    assert run(app, ["catalog", "load", "prices.csv", "--ownership", "rules.csv"]) == 0
    assert "0 new, 1 changed, 1 as before; 1 ownership rules" in capsys.readouterr().out
    assert run(app, ["catalog", "show", "mug"]) == 0
    shown = capsys.readouterr().out
    assert "Mug" in shown
    assert "consumable (by a rule)" in shown


def test_rules_are_replaced_as_a_whole(
    app: typer.Typer, home: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rules.csv").write_text("kind,item_group_id\nown_once,mugs\nconsumable,cups\n")
    assert run(app, ["catalog", "ownership", "rules.csv"]) == 0
    assert "2 ownership rules hold now" in capsys.readouterr().out


def test_bad_rows_stop_a_load_unless_allowed_and_are_listed(
    app: typer.Typer, home: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "items.csv").write_text("item_id,price\nmug,x\ncup,3\n")
    assert run(app, ["catalog", "load", "items.csv"]) == 2
    assert "too many bad rows" in capsys.readouterr().err
    assert (
        tmp_path / "items.rejected.csv"
    ).read_text() == "line,column,value,reason\n2,price,x,is not a number\n"
    assert run(app, ["catalog", "load", "items.csv", "--allow-bad"]) == 0
    with EventLog.open(f"sqlite:///{home}/log.sqlite") as log:
        assert set(log.catalogue().items) == {ItemId("cup")}


def test_a_dry_run_and_an_unknown_item_write_nothing(
    app: typer.Typer, home: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "items.csv").write_text("item_id\nmug\n")
    assert run(app, ["catalog", "load", "items.csv", "--dry-run"]) == 0
    assert not Path(home).exists()
    assert run(app, ["catalog", "show", "mug"]) == 2
    assert "no item 'mug'" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["load", "ownership"])
def test_an_empty_separator_is_refused_with_what_to_do(
    app: typer.Typer, home: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    (tmp_path / "file.csv").write_text("item_id,kind,category\nmug,consumable,Food > Tins\n")
    assert run(app, ["catalog", command, "file.csv", "--separator", ""]) == 2
    said = capsys.readouterr().err
    assert "--separator is empty: expected what stands between the levels" in said
    assert "leave --separator out" in said
    assert not Path(home).exists()


@pytest.mark.parametrize(
    ("command", "example"),
    [
        ("load", "item_id=sku,name=title,price=amount"),
        ("promotions", "item_id=sku,price=amount,from=start,until=end"),
    ],
)
def test_a_mapping_that_is_none_is_answered_with_names_that_the_command_takes(
    app: typer.Typer,
    home: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    command: str,
    example: str,
) -> None:
    (tmp_path / "file.csv").write_text("a\n1\n")
    assert run(app, ["catalog", command, "file.csv", "--columns", "customer_id=a"]) == 2
    assert f"found customer_id=a; write --columns {example}\n" in capsys.readouterr().err
