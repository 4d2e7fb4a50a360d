"""The HTML report: one file that needs nothing else."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from training.leaderboard import charts
from training.leaderboard.schema import SEGMENT_TITLES, BoardRow, Leaderboard, TaskBoard
from training.leaderboard.tables import QUESTIONS, number, span

_TEMPLATE = "report.html"


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture as a data address: two pictures inlined into one page would share their identifiers."""

    caption: str
    data: str


def to_html(board: Leaderboard) -> str:
    """Return the report; every text from outside is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    return environment.get_template(_TEMPLATE).render(
        board=board,
        charts={task.task: _charts(board, task) for task in board.tasks},
        reliability=_address(charts.reliability(board)),
        questions=QUESTIONS,
        segment_titles=SEGMENT_TITLES,
        methods=_methods(board),
        number=number,
        span=span,
    )


def _charts(board: Leaderboard, task: TaskBoard) -> list[Chart]:
    drawn: list[tuple[str, Callable[[Leaderboard, TaskBoard], str]]] = [
        (f"{task.task}: by segment, ours, our best source and the best peers", charts.by_segment)
    ]
    if len(task.rows) > 1:
        drawn.insert(0, (f"{task.task}: every method", charts.bars))
    if len(board.cuts) > 1:
        drawn.append((f"{task.task}: at every cut", charts.by_cut))
    return [Chart(caption, _address(draw(board, task))) for caption, draw in drawn]


def _address(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _methods(board: Leaderboard) -> dict[str, BoardRow]:
    return {row.name: row for task in board.tasks for row in task.rows}
