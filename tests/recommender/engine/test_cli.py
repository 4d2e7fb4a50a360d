"""The root command: quick, and never a traceback."""

import os
import signal
import subprocess
import sys
import time
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import typer

from recommender.engine.cli import GROUP, build_app, run
from recommender.errors import InvalidRequestError


def register_fine(app: typer.Typer) -> None:
    @app.command()
    def greet(name: str = "you") -> None:
        typer.echo(f"hello {name} at {os.environ.get('RAPPORT_HOME', 'no home')}")

    @app.command()
    def refuse() -> None:
        raise InvalidRequestError("k is out of range", expected="1 to 100", found="-3", remedy="send k=10")

    @app.command()
    def wait() -> None:
        typer.echo("waiting")
        sys.stdout.flush()
        time.sleep(60)

    @app.command()
    def leave() -> None:
        raise typer.Exit(7)


def register_broken(app: typer.Typer) -> None:
    raise ModuleNotFoundError("No module named 'mlflow'")


HERE = "tests.recommender.engine.test_cli"
FINE = EntryPoint("fine", f"{HERE}:register_fine", GROUP)
BROKEN = EntryPoint("broken", f"{HERE}:register_broken", GROUP)
ABSENT = EntryPoint("absent", "no.such.module:register", GROUP)


def call(*arguments: str) -> int:
    app, _ = build_app([FINE])
    return run(app, list(arguments))


def test_help_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--help") == 0
    assert "greet" in capsys.readouterr().out


def test_without_arguments_there_is_help(capsys: pytest.CaptureFixture[str]) -> None:
    call()
    streams = capsys.readouterr()
    assert "greet" in streams.out + streams.err


def test_the_version_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--version") == 0
    assert capsys.readouterr().out.startswith("rapport ")


def test_an_error_of_ours_is_one_line_and_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("refuse") == 2
    streams = capsys.readouterr()
    assert streams.err == "rapport: k is out of range: expected 1 to 100, found -3; send k=10\n"
    assert streams.out == ""


@pytest.mark.parametrize("arguments", [["nonsense"], ["greet", "--nonsense"], ["--home"]])
def test_a_wrong_call_is_explained_and_exits_with_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert call(*arguments) == 2
    assert "Error" in capsys.readouterr().err


def test_an_exit_code_of_a_command_is_passed_on() -> None:
    assert call("leave") == 7


def test_home_reaches_the_commands_and_their_processes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RAPPORT_HOME", "/elsewhere")
    assert call("--home", str(tmp_path), "greet", "--name", "Ann") == 0
    assert capsys.readouterr().out == f"hello Ann at {tmp_path.resolve()}\n"


def test_broken_commands_do_not_kill_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    app, notes = build_app([BROKEN, ABSENT, FINE])
    assert run(app, ["greet"]) == 0
    assert len(notes) == 2
    assert any("No module named 'mlflow'" in note for note in notes)


SCRIPT = f"""
import sys
from importlib.metadata import EntryPoint
from recommender.engine.cli import build_app, run
app, _ = build_app([EntryPoint("fine", "{HERE}:register_fine", "rapport.commands")])
sys.exit(run(app))
"""


def test_an_interrupt_exits_with_130_and_no_traceback() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, "wait"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in errors


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    command = f'"{sys.executable}" -c "$SCRIPT" greet | true; test "${{PIPESTATUS[0]}}" -le 1'
    result = subprocess.run(
        ["bash", "-c", command],
        env={**os.environ, "SCRIPT": SCRIPT},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stderr == ""


def test_help_loads_nothing_heavy() -> None:
    heavy = {"numpy", "pydantic", "sqlalchemy", "redis", "numba", "polars", "mlflow", "fastapi"}
    script = (
        "import sys; import recommender.engine.cli as cli; cli.run(cli.build_app([])[0], ['--version']); "
    )
    script += f"print(sorted({heavy!r} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "[]"
