"""``rapport catalog promotions`` on a real home."""

from pathlib import Path

import pytest
import typer

from recommender.engine.cli import build_app, run
from recommender.storage.log import EventLog
from training.commands import catalog

HEAD = "item_id,from,until,kind,share,announced_at\n"


@pytest.fixture
def app() -> typer.Typer:
    built, _ = build_app([])
    catalog.register(built)
    return built


@pytest.fixture
def home(tmp_path: Path, app: typer.Typer, monkeypatch: pytest.MonkeyPatch) -> str:
    """A home of its own with two items; the command leaves its place in the environment, which is undone here."""
    monkeypatch.setenv("RAPPORT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "items.csv").write_text("item_id,item_group_id\nmug,mugs\ncup,mugs\n")
    assert run(app, ["catalog", "load", "items.csv"]) == 0
    return str(tmp_path / "home")


def test_promotions_are_loaded_loaded_again_and_listed_as_they_were_known(
    app: typer.Typer, home: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plan.csv").write_text(
        HEAD
        + "mug,2024-06-01,2024-06-08,display,25%,2024-05-20\ncup,2024-06-10,2024-06-17,mailer,,2024-06-05\n"
    )
    capsys.readouterr()
    assert run(app, ["catalog", "promotions", "plan.csv"]) == 0
    assert "2 new, 0 changed, 0 as before; catalogue version 2" in capsys.readouterr().out
    assert run(app, ["catalog", "promotions", "plan.csv"]) == 0
    assert "0 new, 0 changed, 2 as before; catalogue version 2" in capsys.readouterr().out
    assert run(app, ["catalog", "promotions", "--at", "2024-06-02"]) == 0
    shown = capsys.readouterr().out
    assert "mug" in shown
    assert "25%" in shown
    assert "cup" not in shown, "it was announced on the 5th"
    assert "1 running, 0 planned, 0 over, 1 called off or not announced yet; kinds: display, mailer" in shown
    assert run(app, ["catalog", "promotions", "--item", "cup"]) == 0
    shown = capsys.readouterr().out
    assert "2024-06-05 00:00" in shown
    assert "0 running, 0 planned, 2 over" in shown


def test_the_whole_plan_is_replaced_when_asked(
    app: typer.Typer, home: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.csv").write_text(
        HEAD
        + "mug,2024-06-01,2024-06-08,display,,\nmug,2090-06-01,2090-06-08,display,,2024-01-01\ncup,2090-06-01,2090-06-08,display,,2024-01-01\n"
    )
    (tmp_path / "b.csv").write_text(HEAD + "cup,2090-06-01,2090-06-08,display,,2024-01-01\n")
    assert run(app, ["catalog", "promotions", "a.csv"]) == 0
    capsys.readouterr()
    assert run(app, ["catalog", "promotions", "b.csv", "--replace"]) == 0
    said = capsys.readouterr().out
    assert "0 new, 0 changed, 1 as before" in said
    assert "1 others called off; catalogue version 3" in said
    assert run(app, ["catalog", "promotions", "--at", "2089-01-01"]) == 0
    assert "0 running, 1 planned, 1 over, 1 called off" in capsys.readouterr().out
    assert run(app, ["catalog", "promotions", "--item", "mug"]) == 0
    assert "not any more" in capsys.readouterr().out


@pytest.mark.parametrize("allowing", [(), ("--allow-bad",)])
def test_a_plan_with_a_bad_row_replaces_nothing_as_the_row_would_be_called_off(
    app: typer.Typer, home: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], allowing: tuple[str, ...]
) -> None:
    good = "".join(f"mug,{year}-06-01,{year}-06-08,display,,2024-01-01\n" for year in range(2060, 2090))
    (tmp_path / "a.csv").write_text(HEAD + good + "cup,2090-06-01,2090-06-08,display,,2024-01-01\n")
    (tmp_path / "b.csv").write_text(HEAD + good + "cup,2090-06-01,2090-06-08,display,many,2024-01-01\n")
    assert run(app, ["catalog", "promotions", "a.csv"]) == 0
    capsys.readouterr()
    assert run(app, ["catalog", "promotions", "b.csv", "--replace", *allowing]) == 2
    said = capsys.readouterr()
    assert "listed in b.rejected.csv" in said.out
    assert "expected no bad row beside --replace" in said.err
    assert "found 1; mend these rows" in said.err
    assert run(app, ["catalog", "promotions", "--item", "cup"]) == 0
    assert "not any more" not in capsys.readouterr().out
    with EventLog.open(f"sqlite:///{home}/log.sqlite") as log:
        assert log.catalogue_version() == 2


def test_nothing_is_replaced_without_a_file(
    app: typer.Typer, home: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(app, ["catalog", "promotions", "--replace"]) == 2
    assert "needs the file that is the whole plan" in capsys.readouterr().err


def test_a_lead_says_since_when_a_plan_is_known_and_a_group_is_its_items(
    app: typer.Typer, home: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plan.csv").write_text("item_group_id,from,until\nmugs,2024-06-08,2024-06-15\n")
    assert run(app, ["catalog", "promotions", "plan.csv", "--lead", "7d"]) == 0
    capsys.readouterr()
    assert run(app, ["catalog", "promotions", "--at", "2024-06-01"]) == 0
    assert "0 running, 2 planned, 0 over" in capsys.readouterr().out
    assert run(app, ["catalog", "promotions", "--at", "2024-05-31"]) == 0
    assert "0 running, 0 planned, 0 over, 2 called off or not announced yet" in capsys.readouterr().out


def test_bad_rows_stop_a_load_unless_allowed_and_are_listed(
    app: typer.Typer, home: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plan.csv").write_text(
        HEAD + "pot,2024-06-01,2024-06-08,display,,\nmug,2024-06-01,2024-06-08,display,,\n"
    )
    assert run(app, ["catalog", "promotions", "plan.csv"]) == 2
    assert "too many bad rows" in capsys.readouterr().err
    listed = (tmp_path / "plan.rejected.csv").read_text()
    assert (
        listed
        == 'line,column,value,reason\n2,item_id,pot,"is no item of the catalogue, and was never bought"\n'
    )
    assert run(app, ["catalog", "promotions", "plan.csv", "--allow-bad", "--dry-run"]) == 0
    with EventLog.open(f"sqlite:///{home}/log.sqlite") as log:
        assert len(log.promotions()) == 0
    assert run(app, ["catalog", "promotions", "plan.csv", "--allow-bad"]) == 0
    with EventLog.open(f"sqlite:///{home}/log.sqlite") as log:
        assert len(log.promotions()) == 1


def test_an_unknown_item_is_named_and_a_list_takes_no_file(
    app: typer.Typer, home: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(app, ["catalog", "promotions", "--item", "pot"]) == 2
    assert "no item 'pot'" in capsys.readouterr().err
    assert run(app, ["catalog", "promotions", "plan.csv", "--item", "mug"]) == 2
    assert "leave the file out" in capsys.readouterr().err
