"""The pictures of the HTML report, as SVG text, drawn without a screen and without global state."""

import io
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from training.leaderboard.schema import (
    SEGMENT_TITLES,
    SOURCE,
    BoardRow,
    Figure,
    Leaderboard,
    Reliability,
    TaskBoard,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

_COLOURS = {"ours": "#d1495b", "source": "#e9c46a", "peer": "#457b9d"}
_LINES = ("#d1495b", "#457b9d", "#2a9d8f", "#8d99ae", "#5a189a", "#e9a03b")


def bars(board: Leaderboard, task: TaskBoard) -> str:
    """Draw NDCG of every method with its interval, on the mean of the cuts."""
    rows = sorted(task.rows, key=_ndcg)
    drawing, axes = _drawing(8.0, 0.8 + 0.27 * len(rows))
    at = list(range(len(rows)))
    figures = [row.mean.metrics["ndcg"] for row in rows]
    axes.barh(
        at,
        [_ndcg(row) for row in rows],
        xerr=_around(figures),
        color=[_COLOURS[row.kind] for row in rows],
        error_kw={"lw": 0.9, "ecolor": "#333333"},
        height=0.72,
    )
    axes.set_yticks(at, [row.title for row in rows])
    axes.set_xlabel(f"NDCG@{board.protocol.k}, with 95 % intervals")
    return _svg(drawing)


def by_segment(board: Leaderboard, task: TaskBoard) -> str:
    """Draw NDCG by customer segment: ours and the best peers."""
    rows = _leading(task)
    segments = [name for name in SEGMENT_TITLES if rows[0].mean.segments[name].customers]
    drawing, axes = _drawing(8.0, 3.4)
    width = 0.8 / len(rows)
    for place, row in enumerate(rows):
        figures = [row.mean.segments[name].ndcg for name in segments]
        axes.bar(
            [x + (place - (len(rows) - 1) / 2) * width for x in range(len(segments))],
            [figure.mean or 0.0 for figure in figures],
            width,
            yerr=_around(figures),
            label=row.title,
            color=_LINES[place % len(_LINES)],
            error_kw={"lw": 0.8, "ecolor": "#333333"},
        )
    counts = [rows[0].mean.segments[name].customers for name in segments]
    labels = [textwrap.fill(SEGMENT_TITLES[name], 18) for name in segments]
    axes.set_xticks(
        range(len(segments)),
        [f"{label}\n(n = {count:,})" for label, count in zip(labels, counts, strict=True)],
        fontsize=8,
    )
    axes.set_ylabel(f"NDCG@{board.protocol.k}")
    axes.set_ylim(0, _headroom([row.mean.segments[name].ndcg for row in rows for name in segments]))
    _legend_above(axes)
    return _svg(drawing)


def by_cut(board: Leaderboard, task: TaskBoard) -> str:
    """Draw NDCG at every cut, oldest first: ours and the best peers."""
    drawing, axes = _drawing(8.0, 3.0)
    labels = [f"{cut.begin:%Y-%m-%d}" for cut in board.cuts]
    for place, row in enumerate(_leading(task)):
        figures = [score.metrics["ndcg"] for score in row.cuts]
        axes.errorbar(
            labels[::-1],
            [figure.mean or 0.0 for figure in figures][::-1],
            yerr=[side[::-1] for side in _around(figures)],
            label=row.title,
            color=_LINES[place % len(_LINES)],
            marker="o",
            capsize=3,
            lw=1.4,
        )
    axes.set_ylabel(f"NDCG@{board.protocol.k}")
    axes.set_xlabel("cut")
    axes.set_ylim(bottom=0)
    _legend_above(axes)
    return _svg(drawing)


def reliability(board: Leaderboard) -> str:
    """Draw how often what ours called so likely was bought again, against what it said; one line per cut."""
    drawing, axes = _drawing(5.2, 4.2)
    most = max((max(b.predicted, b.observed) for one in board.reliability for b in one.bins), default=1.0)
    axes.plot([0, most], [0, most], color="#999999", lw=0.8, ls="--", label="as said")
    for place, (cut, one) in enumerate(zip(board.cuts, board.reliability, strict=True)):
        axes.plot(
            [b.predicted for b in one.bins],
            [b.observed for b in one.bins],
            marker="o",
            ms=4,
            lw=1.2,
            color=_LINES[place % len(_LINES)],
            label=f"{cut.begin:%Y-%m-%d}{_error(one)}",
        )
    axes.set_xlabel("said: P(bought again within the window)")
    axes.set_ylabel("came")
    axes.legend(fontsize=8, frameon=False)
    return _svg(drawing)


def _error(one: Reliability) -> str:
    return "" if one.error is None else f", error {one.error:.4f}"


def _ndcg(row: BoardRow) -> float:
    return row.mean.metrics["ndcg"].mean or 0.0


def _leading(task: TaskBoard) -> Sequence[BoardRow]:
    """Return ours, our best source and the best four peers."""
    peers = [row for row in task.rows if row.kind == "peer"][:4]
    sources = [row for row in task.rows if row.name.startswith(SOURCE)]
    return [task.rows[0], *sources[:1], *peers]


def _headroom(figures: Sequence[Figure]) -> float:
    """Return the top of an axis: a segment of eight people has an interval that would squeeze everything else."""
    return 1.3 * max([figure.mean or 0.0 for figure in figures], default=0.0) or 1.0


def _legend_above(axes: "Axes") -> None:
    axes.legend(fontsize=8, frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=3)


def _around(figures: Sequence[Figure]) -> list[list[float]]:
    """Return how far the interval reaches below and above each mean, as matplotlib wants it."""
    below = [max(0.0, (f.mean or 0.0) - (f.low or 0.0)) if f.mean is not None else 0.0 for f in figures]
    above = [max(0.0, (f.high or 0.0) - (f.mean or 0.0)) if f.mean is not None else 0.0 for f in figures]
    return [below, above]


def _drawing(width: float, height: float) -> "tuple[Drawing, Axes]":
    from matplotlib.figure import Figure as New

    drawing = New(figsize=(width, height), layout="constrained")
    axes = drawing.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    return drawing, axes


def _svg(drawing: "Drawing") -> str:
    out = io.StringIO()
    drawing.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()
