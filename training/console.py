"""What the training commands show while they work."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from training.registry import Registry

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress


def console() -> "Console":
    """Return the console for results; nothing is cut when they go to a file."""
    from rich.console import Console

    return Console(highlight=False) if sys.stdout.isatty() else Console(highlight=False, width=200)


def progress_bar() -> "Progress":
    """Return a progress bar with phases and times, on standard error."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )


def connected(registry: Registry) -> Registry:
    """Connect to the registry, saying why the first time takes a while.

    Raises
    ------
    UnavailableError
        When it does not answer.
    """
    from rich.console import Console

    text = (
        "Creating the model registry (once per home) ..."
        if registry.is_new()
        else "Asking the model registry ..."
    )
    shown = Console(stderr=True)
    if not shown.is_terminal:
        shown.print(text, markup=False, highlight=False)
    with shown.status(text):
        registry.open()
    return registry


def say(text: str) -> None:
    """Say something that is no result: it goes to standard error; its lines are broken for a terminal only."""
    from rich.console import Console

    shown = Console(stderr=True, highlight=False)
    shown.print(text, markup=False, soft_wrap=not shown.is_terminal)


@contextmanager
def phases() -> Iterator[Callable[[str, float], None]]:
    """Show one line per phase, with the time it took; the function moves on, or on within a phase."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        SpinnerColumn,
        TaskID,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        shown: dict[str, TaskID] = {}

        def phase(name: str, share: float) -> None:
            group, _, detail = name.partition(": ")
            if group not in shown:
                for earlier in shown.values():
                    bar.update(earlier, completed=1.0)
                shown[group] = bar.add_task(group, total=1.0)
            bar.update(shown[group], completed=share, description=f"{group} ({detail})" if detail else group)

        yield phase
        for last in shown.values():
            bar.update(last, completed=1.0)
