"""What a person sees while a leaderboard is made: what is fitted, how much is done, and about how long it takes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


@dataclass(slots=True)
class Steps:
    """Two bars: reading, then fitting."""

    bar: "Progress"
    reading: "TaskID"
    fitting: "TaskID"

    def read(self, lines: int) -> None:
        """Count order lines of a file."""
        self.bar.update(self.reading, visible=True, advance=lines)

    def fit(self, what: str, done: int, total: int, seconds_left: float | None) -> None:
        """Say what is going on, and how long the rest will take."""
        self.bar.update(
            self.fitting,
            visible=True,
            description=what,
            completed=done,
            total=total or None,
            left=time_left(seconds_left),
        )


def time_left(seconds: float | None) -> str:
    """Return an estimate for a person.

    Examples
    --------
    >>> time_left(None), time_left(20.0), time_left(200.0)
    ('', 'less than a minute left', 'about 3 min left')
    """
    if seconds is None:
        return ""
    return "less than a minute left" if seconds < 60 else f"about {seconds / 60:,.0f} min left"


@contextmanager
def steps() -> Iterator[Steps]:
    """Show the bars, on standard error."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        reading = bar.add_task("reading order lines", total=None, visible=False, left="")
        fitting = bar.add_task("fitting", total=None, visible=False, left="")
        yield Steps(bar, reading, fitting)
