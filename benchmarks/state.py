"""Bytes of packed customer states: all households of Complete Journey, and one customer of 50 purchases."""

from pathlib import Path

import numpy as np

from benchmarks.homes import grocery_home
from benchmarks.results import Row
from recommender.customers import fold_columns, pack
from recommender.engine.opening import open_log
from recommender.engine.settings import Settings
from recommender.types import CustomerId


def measure(folder: Path, rounds: int) -> list[Row]:  # noqa: ARG001 - a size needs no rounds
    """Pack every state and report the middle and the long tail."""
    log = open_log(Settings.load(home=grocery_home(folder)))
    logged = log.order_lines()
    log.close()
    ids = [CustomerId(one) for one in logged.customer_ids]
    folded = fold_columns(logged.lines, ids, logged.customer_versions)
    states = [folded.state(row) for row in range(len(ids))]
    sizes = np.array([len(pack(state)) for state in states])
    lines = np.array([state.lines for state in states])
    near_fifty = sizes[(lines >= 45) & (lines <= 55)]
    note = f"{len(ids):,} households, median {int(np.median(lines))} lines"
    return [
        Row("state, p50", "bytes", (float(np.percentile(sizes, 50)),), note=note),
        Row("state, p99", "bytes", (float(np.percentile(sizes, 99)),), note=note),
        Row("state, largest", "bytes", (float(sizes.max()),), note=f"{int(lines.max()):,} lines"),
        Row("state of about 50 lines, p50", "bytes", (float(np.median(near_fifty)),), note="45 to 55 lines"),
    ]
