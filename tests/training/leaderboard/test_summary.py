"""Figures of made-up lists, written out as arithmetic."""

import numpy as np
import pytest

from recommender.evaluation import Task
from tests.training.leaderboard.worlds import latest_moment, shop_with
from training.leaderboard.estimate import Estimate, Planned
from training.leaderboard.lists import Lists
from training.leaderboard.moments import Moment
from training.leaderboard.schema import Kind
from training.leaderboard.summary import Contestant, task_board

TASK = Task.REPEAT


@pytest.fixture(scope="module")
def moment(tmp_path_factory: pytest.TempPathFactory) -> Moment:
    return latest_moment(shop_with(tmp_path_factory.mktemp("shop")))


def contestant(name: str, kind: Kind, moment: Moment, *, first_hit_at: int) -> Contestant:
    """A method whose only hit is the first positive of each customer, at one rank of five."""
    judged = moment.judged[TASK]
    ranked = np.full((len(judged.rows), 5), -1, np.int32)
    ranked[:, first_hit_at] = judged.item[judged.indptr[:-1]]
    return Contestant(name, name.upper(), kind, "", (Lists({TASK: ranked}, None, 2.0, {TASK: 3e-6}),))


def test_figures_of_a_task_are_what_the_lists_say(moment: Moment) -> None:
    methods = [
        contestant("ours", "ours", moment, first_hit_at=0),
        contestant("late", "peer", moment, first_hit_at=2),
        contestant("later", "peer", moment, first_hit_at=4),
    ]
    board = task_board(TASK, methods, (moment,), 5, seed=1)
    counts = moment.judged[TASK].counts()
    ideal = np.array([sum(1 / np.log2(rank + 2) for rank in range(min(count, 5))) for count in counts])
    ours, late = board.rows[0].mean, board.row("late").mean
    assert ours.metrics["ndcg"].mean == pytest.approx((1 / ideal).mean())
    assert late.metrics["ndcg"].mean == pytest.approx((0.5 / ideal).mean())
    assert late.difference.mean == pytest.approx((-0.5 / ideal).mean())
    assert late.metrics["recall"].mean == pytest.approx((1 / counts).mean())
    assert late.metrics["hit_rate"].mean == 1.0
    assert [late.fit_seconds, late.score_microseconds] == pytest.approx([2.0, 3.0])
    assert board.lead.best_peer == "late"
    assert [board.lead.ratio.low, board.lead.ratio.mean, board.lead.ratio.high] == pytest.approx([2.0] * 3)
    assert board.cut_leads[0] == board.lead


def test_without_a_peer_nobody_leads(moment: Moment) -> None:
    board = task_board(TASK, [contestant("ours", "ours", moment, first_hit_at=0)], (moment,), 5, seed=1)
    assert board.lead.best_peer is None
    assert board.lead.ratio.mean is None


def test_a_method_that_does_not_answer_a_task_is_not_in_its_table(moment: Moment) -> None:
    silent = Contestant("silent", "SILENT", "peer", "", (Lists({}),))
    board = task_board(
        TASK, [contestant("ours", "ours", moment, first_hit_at=0), silent], (moment,), 5, seed=1
    )
    assert [row.name for row in board.rows] == ["ours"]


def test_what_was_not_seen_yet_is_guessed_from_its_effort() -> None:
    estimate = Estimate({"quick": Planned(4, 1.0), "slow": Planned(2, 10.0)})
    assert estimate.seconds_left() is None
    estimate.spend("quick", 2.0)
    assert estimate.seconds_left() == pytest.approx(3 * 2.0 + 2 * 20.0)
    estimate.finish("quick")
    assert (estimate.done, estimate.total) == (1, 3)
    assert estimate.seconds_left() == pytest.approx(40.0)
