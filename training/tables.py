"""What the training commands print: tables of versions and of metrics."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from training.versions import RegisteredVersion

if TYPE_CHECKING:
    from rich.table import Table

HEADLINE = {
    "discover_ours_ndcg_at_10": "NDCG new",
    "repeat_ours_ndcg_at_10": "again",
    "discover_ours_coverage_at_10": "coverage",
}
"""Metrics at 10 that a list of versions shows, as far as a run has them."""


def versions_table(listed: Sequence[RegisteredVersion]) -> "Table":
    """Return one row per version, newest first; it fits into 80 columns."""
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("version", justify="right")
    table.add_column("alias")
    table.add_column("data until", no_wrap=True)
    for label in HEADLINE.values():
        table.add_column(label, justify="right", no_wrap=True)
    table.add_column("data", no_wrap=True)
    table.add_column("trained", no_wrap=True)
    for version in listed:
        table.add_row(
            version.version,
            ", ".join(version.aliases),
            version.facts.get("as_of", "")[:10],
            *(_number(version.metrics.get(name)) for name in HEADLINE),
            version.facts.get("fingerprint", "")[:8],
            f"{version.created_at:%Y-%m-%d}",
        )
    return table


def versions_json(listed: Sequence[RegisteredVersion]) -> str:
    """Return the versions as JSON, newest first, with everything that is known of each."""
    return json.dumps(
        [
            {
                "version": version.version,
                "aliases": list(version.aliases),
                "created_at": version.created_at.isoformat(),
                "bundle": version.digest,
                "run_id": version.run_id,
                "facts": dict(version.facts),
                "metrics": dict(version.metrics),
            }
            for version in listed
        ],
        indent=2,
    )


def metrics_table(by_source: Mapping[str, Mapping[str, float]]) -> "Table":
    """Return one row per source and one column per metric; the best of every column is bold."""
    from rich.table import Table

    metrics = list(dict.fromkeys(metric for row in by_source.values() for metric in row))

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("source")
    for metric in metrics:
        table.add_column(metric, justify="right")
    best = {
        metric: max((row.get(metric, 0.0) for row in by_source.values()), default=0.0) for metric in metrics
    }
    for source, row in by_source.items():
        shown = [_number(row.get(metric)) for metric in metrics]
        cells = [
            f"[bold]{text}[/bold]" if row.get(metric) == best[metric] and best[metric] > 0 else text
            for metric, text in zip(metrics, shown, strict=True)
        ]
        table.add_row(source, *cells)
    return table


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
