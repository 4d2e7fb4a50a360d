"""The leaderboard in a terminal: one table per task, ours first, the best peer marked."""

from typing import TYPE_CHECKING

from training.leaderboard.schema import METRICS, BoardRow, Figure, Leaderboard, TaskBoard

if TYPE_CHECKING:
    from rich.table import Table

QUESTIONS = {
    "discover": "discover: items not bought before",
    "repeat": "repeat: items bought before, which of them next",
    "basket": "basket: everything",
}
BEST_PEER = "★"


def task_table(board: Leaderboard, task: TaskBoard) -> "Table":
    """Return one row per method, on the mean of the cuts."""
    from rich.table import Table

    k = board.protocol.k
    table = Table(
        box=None, header_style="bold", pad_edge=False, title_justify="left", title=_title(board, task)
    )
    table.add_column("", no_wrap=True)
    for heading in (f"NDCG@{k}", "95 %", "to ours", "ours x", *list(METRICS.values())[1:], *_OTHERS):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in task.rows:
        is_best = row.name == task.lead.best_peer
        style = "bold" if row.kind == "ours" or is_best else "dim" if row.kind == "source" else ""
        mark = f" {BEST_PEER}" if is_best else ""
        table.add_row(row.title + mark, *_cells(row, task), style=style)
    return table


_OTHERS = ("coverage", "novelty", "new answered", "fit s", "us/customer")


def _title(board: Leaderboard, task: TaskBoard) -> str:
    judged = sum(cut.customers[task.task] for cut in board.cuts)
    cuts = f"mean of {len(board.cuts)} cuts, " if len(board.cuts) > 1 else ""
    return f"{QUESTIONS[task.task]} ({cuts}{judged:,} judging customers)"


def _cells(row: BoardRow, task: TaskBoard) -> list[str]:
    score, ours = row.mean, task.rows[0].mean.metrics["ndcg"].mean
    ndcg = score.metrics["ndcg"]
    return [
        number(ndcg.mean),
        span(ndcg),
        "" if row.kind == "ours" else span(score.difference, signed=True),
        "" if row.kind == "ours" or not ndcg.mean or ours is None else f"{ours / ndcg.mean:.2f}",
        *(number(score.metrics[name].mean) for name in list(METRICS)[1:]),
        f"{score.coverage:.3f}",
        f"{score.novelty:.1f}",
        "-" if score.cold_answered is None else f"{score.cold_answered:.0%}",
        f"{score.fit_seconds:,.1f}" if row.kind != "source" else "",
        f"{score.score_microseconds:,.0f}",
    ]


def lead_line(board: Leaderboard, task: TaskBoard) -> str:
    """Return how ours stands to the best peer, in one sentence."""
    if task.lead.best_peer is None or task.lead.ratio.mean is None:
        return f"{task.task}: no peer to compare with"
    ratio = task.lead.ratio
    best = task.row(task.lead.best_peer).title
    return (
        f"{task.task}: {ratio.mean:.2f} x the best peer, {best} "
        f"(95 %: {number(ratio.low, 2)} to {number(ratio.high, 2)}), NDCG@{board.protocol.k}"
    )


def number(value: float | None, digits: int = 4) -> str:
    """Return a number, or a dash for none.

    Examples
    --------
    >>> number(0.12345), number(None)
    ('0.1235', '-')
    """
    return "-" if value is None else f"{value:.{digits}f}"


def span(figure: Figure, *, signed: bool = False) -> str:
    """Return the interval of a figure.

    Examples
    --------
    >>> span(Figure(0.1, 0.05, 0.15)), span(Figure(0.1, 0.05, 0.15), signed=True), span(Figure(None, None, None))
    ('.050-.150', '+.050 to +.150', '-')
    """
    if figure.low is None or figure.high is None:
        return "-"
    if signed:
        return f"{figure.low:+.3f} to {figure.high:+.3f}".replace("0.", ".")
    return f"{figure.low:.3f}-{figure.high:.3f}".replace("0.", ".")
