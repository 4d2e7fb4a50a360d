"""The command ``rapport``: one root, to which the other rooms add their commands.

Start-up is what a person feels, so nothing heavy is imported here, and a room whose imports are broken costs its own
commands only.
"""

import os
import sys
from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, version
from pathlib import Path
from typing import Annotated, Any

import typer

from recommender.errors import RapportError

GROUP = "rapport.commands"
EXIT_ERROR = 2
EXIT_INTERRUPTED = 130
# Typer carries its own copy of click since 0.26; before, it used the real one.
_ClickError: type[Exception] = next(
    base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException"
)
_EPILOG = "Every command reads RAPPORT_HOME and the other RAPPORT_ variables."


def main() -> None:
    """Run ``rapport`` with the arguments of the process, and exit."""
    app, broken = build_app(entry_points(group=GROUP))
    for note in broken:
        print(note, file=sys.stderr)
    sys.exit(run(app))


def build_app(groups: Iterable[EntryPoint]) -> tuple[typer.Typer, list[str]]:
    """Return the app with the commands of every group, and a note for each group that cannot be loaded."""
    app = typer.Typer(name="rapport", no_args_is_help=True, add_completion=False, epilog=_EPILOG)
    app.callback()(_root)
    notes = [_register(app, group) for group in sorted(groups, key=lambda group: group.name)]
    return app, [note for note in notes if note]


def run(app: typer.Typer, arguments: list[str] | None = None) -> int:
    """Run the app and return its exit code: 2 with one line for an error of ours, 130 when it was interrupted."""
    try:
        code = app(args=arguments, prog_name="rapport", standalone_mode=False)
    except RapportError as error:
        return _fail(str(error), EXIT_ERROR)
    except _ClickError as error:
        return _show(error)
    except (KeyboardInterrupt, typer.Abort):
        return _fail("interrupted", EXIT_INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has seen enough; say nothing, also not when Python flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code if isinstance(code, int) else 0


def _register(app: typer.Typer, group: EntryPoint) -> str:
    try:
        register: Callable[[typer.Typer], None] = group.load()
        register(app)
    except Exception as error:  # noqa: BLE001 - whatever is broken in there, the other commands must run
        return f"rapport: the commands of {group.value} are missing: {type(error).__name__}: {error}"
    return ""


def _show_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"rapport {_version()}")
        raise typer.Exit


def _root(
    home: Annotated[
        Path | None,
        typer.Option(help="Folder that holds one installation (RAPPORT_HOME).", show_default=False),
    ] = None,
    _version_only: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Decide the next thing worth saying to each customer, and never pitch what they own."""
    if home is not None:
        # Through the environment, so that the workers this process starts use the same home.
        os.environ["RAPPORT_HOME"] = str(home.expanduser().resolve())


def _version() -> str:
    try:
        return version("rapport")
    except PackageNotFoundError:
        return "(not installed)"


def _show(error: Any) -> int:
    error.show()
    return int(error.exit_code)


def _fail(message: str, code: int) -> int:
    print(f"rapport: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    main()
