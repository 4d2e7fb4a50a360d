"""What ``rapport export`` ships against the peers of the leaderboard, on the last 28 days of real purchases.

Ours goes the way of a user: ``rapport ingest``, ``rapport train --as-of CUT``, ``rapport export --as-of CUT``. Everything else is the
leaderboard of ``rapport evaluate``: its catalogue (items with at least 5 buyers before the cut on Online Retail II, 10 on
Complete Journey), its judging customers, its peers with settings chosen on the windows before the cut, its intervals. An item
that ours ships from outside of the catalogue is a miss. Online Retail II is measured when ``ONLINE_RETAIL_II`` names its
``interactions.parquet``.
"""

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.homes import rapport
from benchmarks.results import Row
from recommender.evaluation import Task
from recommender.evaluation.ranking import NOTHING
from recommender.types import Int32Array
from training.leaderboard.evaluating import EvaluateRequest, bench_of
from training.leaderboard.lists import Lists
from training.leaderboard.moments import Moment, Rules
from training.leaderboard.schema import OURS, BoardRow, TaskBoard
from training.leaderboard.shops import SourceRequest, opened
from training.leaderboard.summary import Contestant, task_board
from training.leaderboard.tuning import PeerRunner
from training.peers import peers_named

ACTIONS = {Task.DISCOVER: "product_offer", Task.REPEAT: "buy_again"}


@dataclass(frozen=True, slots=True)
class RealShop:
    """What ``rapport ingest`` is told to read, and the rules of its catalogue."""

    name: str
    source: str
    rules: Rules

    def request(self) -> SourceRequest:
        """Return how the leaderboard reads the same."""
        return SourceRequest(self.source, time_zone=None if self.source == "complete-journey" else "UTC")


def measure(folder: Path, rounds: int) -> list[Row]:  # noqa: ARG001 - intervals are over customers
    """Measure each shop once, on its last window."""
    return [row for shop in _shops() for row in _measure(shop, folder / f"quality-{shop.name}")]


def _shops() -> Iterable[RealShop]:
    yield RealShop("grocery", "complete-journey", Rules(min_buyers=10))
    if retail := os.environ.get("ONLINE_RETAIL_II"):
        yield RealShop("online-retail-II", retail, Rules(min_buyers=5))


def _measure(real: RealShop, home: Path) -> list[Row]:
    request = EvaluateRequest(real.rules, cutoffs=1, tasks=tuple(ACTIONS), peers=peers_named("all"))
    with opened(real.request(), lambda _lines: None) as shop:
        bench = bench_of(shop, request)
    moment, k = bench.moments[0], real.rules.k
    shipped = {task: _exported(real, home, moment, task) for task in ACTIONS}
    contestants = [
        Contestant(
            OURS, "rapport export", "ours", "", (Lists(shipped, None, 0.0, dict.fromkeys(shipped, 0.0)),)
        )
    ]
    for peer in request.peers:
        lists = PeerRunner(peer, bench, lambda _name, _seconds: None).at(0)
        contestants.append(Contestant(peer.name, peer.title, "peer", peer.source, (lists,)))
    boards = [task_board(task, contestants, (moment,), k, real.rules.seed) for task in ACTIONS]
    return [_row(real, board, row, k) for board in boards for row in board.rows if row.kind == "peer"]


def _row(real: RealShop, board: TaskBoard, peer: BoardRow, k: int) -> Row:
    ours, gain = board.rows[0].mean.metrics["ndcg"], peer.mean.difference
    ratio = board.lead.ratio
    is_best = peer.name == board.lead.best_peer
    best = f"best peer: ratio {ratio.low:.2f} to {ratio.high:.2f}; " if is_best else ""
    return Row(
        f"{real.name}, {board.task}",
        f"NDCG@{k}",
        (ours.mean or 0.0,),
        peer.title,
        (peer.mean.metrics["ndcg"].mean or 0.0,),
        note=f"{best}ours {ours.low:.3f} to {ours.high:.3f}; peer less ours {gain.low:+.3f} to {gain.high:+.3f}",
    )


def _exported(real: RealShop, home: Path, moment: Moment, task: Task) -> Int32Array:
    """Return what an export ships to the judging customers, ``int32 [customers, k]``."""
    cut, k = moment.split.cut_s, real.rules.k
    if not (home / f"bench-ready-{cut}").exists():
        shutil.rmtree(home, ignore_errors=True)
        rapport(home, "ingest", real.source, *(("--timezone", "UTC") if real.request().time_zone else ()))
        rapport(home, "train", "--as-of", _as_of(cut))
        (home / f"bench-ready-{cut}").touch()
    out = home / f"{ACTIONS[task]}.parquet"
    rapport(
        home, "export", "--as-of", _as_of(cut), "--actions", ACTIONS[task], "--k", str(k), "--out", str(out)
    )
    return ranked_lists(pl.read_parquet(out), moment, task, k)


def ranked_lists(rows: pl.DataFrame, moment: Moment, task: Task, k: int) -> Int32Array:
    """Return exported rows (``customer_id, rank, item_id``) as lists of the judging customers."""
    ranked = np.full((len(moment.judged[task].rows), k), NOTHING, np.int32)
    place = {moment.purchases.customers[row]: at for at, row in enumerate(moment.judged[task].rows.tolist())}
    index = {item: at for at, item in enumerate(moment.purchases.items.ids[: moment.n_items])}
    for customer, rank, item in rows.select("customer_id", "rank", "item_id").iter_rows():
        if customer in place and rank <= k:
            ranked[place[customer], rank - 1] = index.get(item, NOTHING)
    return ranked


def _as_of(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
