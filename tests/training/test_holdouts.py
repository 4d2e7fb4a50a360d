"""Who is held out, as listed and as decided."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from recommender.engine.cli import build_app, run
from recommender.engine.home import Home
from recommender.playbook.reading import read_playbook
from recommender.storage.log import EventLog
from tests.training.simulate.world import HEAD, THANKS, World, bought
from training.commands import playbook
from training.holdouts import held_out, measured_actions

NAMES = [f"c{number:02d}" for number in range(60)]
MEASURED = HEAD + THANKS + "holdout = 0.4\n"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World.of(tmp_path, [bought(who, "2024-05-02T12:00", "mug") for who in NAMES])
    yield made
    made.log.close()


@pytest.fixture
def app(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    """The command in a home on the world's log."""
    home = Home.at(tmp_path / "home")
    monkeypatch.setenv("RAPPORT_HOME", str(home.root))
    monkeypatch.setenv("RAPPORT_DATABASE_URL", world.url)
    monkeypatch.delenv("RAPPORT_PLAYBOOK", raising=False)
    (home.root / "playbook.toml").write_text(MEASURED)
    built, _ = build_app([])
    playbook.register(built)
    return built


def listed(printed: str) -> list[tuple[str, str]]:
    return [(row["action"], row["customer_id"]) for row in csv.DictReader(printed.splitlines())]


def test_who_is_listed_is_never_told_and_everybody_else_is(
    app: typer.Typer, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(app, ["playbook", "holdouts"]) == 0
    printed = capsys.readouterr()
    out = listed(printed.out)
    told = {who for who, _, _ in world.told(MEASURED)}
    assert 0 < len(out) < len(NAMES)
    assert out == [("thanks", who) for who in NAMES if who not in told]
    assert f"thanks: {len(out)} of 60 never get it; its holdout is 0.4." in printed.err


def test_one_action_of_another_file_may_be_asked_for(
    app: typer.Typer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.toml"
    again = THANKS.replace('"thanks"', '"again"')
    other.write_text(MEASURED + again + "holdout = 1\n" + THANKS.replace('"thanks"', '"always"'))
    assert run(app, ["playbook", "holdouts", str(other), "--action", "again"]) == 0
    assert listed(capsys.readouterr().out) == [("again", who) for who in NAMES]
    assert run(app, ["playbook", "holdouts", str(other), "--action", "always"]) == 2
    assert "nobody is held out: expected one of thanks, again, found always" in capsys.readouterr().err


def test_without_a_holdout_there_is_nobody_to_compare(
    app: typer.Typer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plain.toml").write_text(HEAD + THANKS)
    assert run(app, ["playbook", "holdouts", str(tmp_path / "plain.toml")]) == 2
    printed = capsys.readouterr()
    assert "nobody is held out: expected an action with a holdout" in printed.err
    assert printed.out == ""


def test_a_log_without_customers_holds_nobody_out(tmp_path: Path) -> None:
    (action,) = measured_actions(read_playbook(MEASURED.encode()), None)
    with EventLog.open(f"sqlite:///{tmp_path / 'empty.sqlite'}") as log:
        assert list(held_out(log, action)) == []
