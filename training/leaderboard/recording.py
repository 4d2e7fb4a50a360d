"""A leaderboard as a run of the registry: its protocol, its figures, its JSON and its report."""

import tempfile
from pathlib import Path

from training.leaderboard.report import to_html
from training.leaderboard.schema import Leaderboard, to_json
from training.registry import Registry
from training.versions import RunRecord


def log_to(registry: Registry, board: Leaderboard) -> str:
    """Log a leaderboard and return the id of its run.

    Raises
    ------
    UnavailableError
        When the registry does not answer.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "leaderboard.json").write_bytes(to_json(board))
        (folder / "leaderboard.html").write_text(to_html(board), "utf-8")
        return registry.log_leaderboard(record_of(board, folder))


def record_of(board: Leaderboard, attachments: Path) -> RunRecord:
    """Return what the registry keeps of a leaderboard."""
    protocol = board.protocol
    return RunRecord(
        params={name: str(getattr(protocol, name)) for name in type(protocol).__slots__},
        metrics=metrics_of(board),
        facts={
            "source": board.source,
            "fingerprint": board.fingerprint,
            "code_version": board.code_version,
            "as_of": max(cut.end for cut in board.cuts).isoformat(),
            "cuts": str(len(board.cuts)),
        },
        attachments=attachments,
    )


def metrics_of(board: Leaderboard) -> dict[str, float]:
    """Return the means over the cuts as flat numbers, ``discover_ours_ndcg_at_10``, and the ratio to the best peer."""
    k, flat = board.protocol.k, dict[str, float | None]()
    for task in board.tasks:
        for row in task.rows:
            stem = f"{task.task}_{row.name}"
            flat |= {f"{stem}_{name}_at_{k}": figure.mean for name, figure in row.mean.metrics.items()}
            flat |= {
                f"{stem}_coverage_at_{k}": row.mean.coverage,
                f"{stem}_fit_seconds": row.mean.fit_seconds,
                f"{stem}_score_microseconds": row.mean.score_microseconds,
            }
        flat[f"{task.task}_ratio_to_best_peer"] = task.lead.ratio.mean
    return {name: value for name, value in flat.items() if value is not None}
