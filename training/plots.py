"""The pictures of one training run, drawn without a screen and without global state."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from recommender.evaluation import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = (7.0, 4.2)
_COLOURS = ("#8d99ae", "#457b9d", "#2a9d8f", "#e9c46a", "#d1495b", "#5a189a")


def plot_segments(
    path: Path, ndcg: Mapping[str, Mapping[str, Interval]], customers: Mapping[str, int], *, title: str
) -> None:
    """Draw NDCG of every source, in groups by customer segment, to a PNG.

    Parameters
    ----------
    path
        Where to.
    ndcg
        By source, then by segment; every source has every segment.
    customers
        Customers measured in each segment.
    title
        Above the picture.
    """
    segments = list(customers)
    width = 0.8 / max(len(ndcg), 1)
    with _figure(path, title) as axes:
        for place, (source, by_segment) in enumerate(ndcg.items()):
            at = [x + (place - (len(ndcg) - 1) / 2) * width for x in range(len(segments))]
            shown = [by_segment[segment] for segment in segments]
            around = [[i.mean - i.low for i in shown], [i.high - i.mean for i in shown]]
            axes.bar(
                at,
                [interval.mean for interval in shown],
                width,
                yerr=around,
                label=source,
                color=_COLOURS[place % len(_COLOURS)],
                error_kw={"lw": 0.8},
            )
        axes.set_xticks(
            range(len(segments)), [f"{name}\n({customers[name]:,} customers)" for name in segments]
        )
        axes.set_ylabel("NDCG, with 95 % intervals")
        axes.legend(fontsize=8)


def plot_coverage(path: Path, coverage: Mapping[str, float], *, k: int) -> None:
    """Draw which share of the catalogue each source ever offered among its first ``k``, to a PNG."""
    with _figure(path, f"Catalogue coverage at {k}") as axes:
        shares = [100 * share for share in coverage.values()]
        bars = axes.barh(list(coverage), shares, color=_COLOURS[1])
        axes.bar_label(bars, fmt="%.1f %%", padding=3)
        axes.invert_yaxis()
        axes.set_xlabel("items offered to anybody, % of the items known")
        axes.margins(x=0.15)


def plot_curve(path: Path, curve: Sequence[tuple[float, float]], *, title: str, x: str, y: str) -> None:
    """Draw one measured curve to a PNG."""
    with _figure(path, title) as axes:
        axes.plot([point[0] for point in curve], [point[1] for point in curve], marker="o", color=_COLOURS[1])
        axes.set_xlabel(x)
        axes.set_ylabel(y)


def plot_calibration(
    path: Path, score: Sequence[float], probability: Sequence[float], error: float | None
) -> None:
    """Draw which probability a blended score stands for, to a PNG.

    Parameters
    ----------
    path
        Where to.
    score, probability
        Knots of the calibration, ascending.
    error
        Expected calibration error on the held-out window; ``None`` when none was held out.
    """
    measured = "" if error is None else f" (held-out error {100 * error:.2f} points)"
    with _figure(path, f"Calibration of offers{measured}") as axes:
        axes.plot(score, [100 * p for p in probability], marker=".", color=_COLOURS[4])
        axes.set_xlabel("blended score")
        axes.set_ylabel("bought within the window, %")


def plot_reliability(
    path: Path, bins: Mapping[str, Sequence[tuple[float, float]]], *, error: float | None
) -> None:
    """Draw what followed against what was said to be likely, one line per kind and channel, to a PNG.

    Parameters
    ----------
    path
        Where to.
    bins
        By name: mean probability and share of positive outcomes, ascending, ``0..1``.
    error
        Expected calibration error; ``None`` when nothing was measured.
    """
    measured = "" if error is None else f" (held-out error {100 * error:.2f} points)"
    with _figure(path, f"Calibration of actions{measured}") as axes:
        furthest = max((max(point) for points in bins.values() for point in points), default=1.0)
        axes.plot([0, 100 * furthest], [0, 100 * furthest], color="#8d99ae", lw=0.8, ls="--")
        for place, (name, points) in enumerate(bins.items()):
            x, y = ([100 * point[side] for point in points] for side in (0, 1))
            axes.plot(x, y, marker="o", label=name, color=_COLOURS[(place + 1) % len(_COLOURS)])
        axes.set_xlabel("said to be likely, %, of customers that did not teach it")
        axes.set_ylabel("happened, %")
        axes.legend(fontsize=8)


class _figure:  # noqa: N801  # reads as a function: `with _figure(path, title) as axes`
    """Axes to draw on; saved to ``path`` when nothing went wrong."""

    def __init__(self, path: Path, title: str) -> None:
        from matplotlib.figure import Figure

        self._path = path
        self._figure = Figure(figsize=_SIZE, layout="constrained")
        self._axes = self._figure.add_subplot()
        self._axes.set_title(title, fontsize=11)
        self._axes.spines[["top", "right"]].set_visible(False)

    def __enter__(self) -> "Axes":
        return self._axes

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._figure.savefig(self._path, dpi=120)
