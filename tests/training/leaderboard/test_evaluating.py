"""The whole leaderboard on a small shop: nothing leaks, everything adds up, what is written can be read."""

import dataclasses
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import numpy as np
import pytest

from recommender.catalog import Promotion, Promotions
from recommender.errors import NotEnoughDataError
from recommender.evaluation import Task
from tests.training.homes import NOW
from tests.training.leaderboard.worlds import RULES, latest_moment, shop_with
from tests.training.small_shop import CLOSED, purchase
from training.leaderboard.evaluating import EvaluateRequest, evaluate
from training.leaderboard.moments import Rules
from training.leaderboard.report import to_html
from training.leaderboard.schema import SCHEMA, Figure, Leaderboard, from_json, to_json
from training.leaderboard.shops import Shop
from training.leaderboard.tuning import Bench, PeerRunner
from training.peers import peers_named

PEERS = "recent-popularity,popularity,frequency,tifu-knn"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return shop_with(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def board(shop: Shop) -> Leaderboard:
    return evaluate(shop, EvaluateRequest(RULES, cutoffs=2, peers=peers_named(PEERS)), now=NOW)


def test_every_row_is_measured_on_the_same_cuts_back_to_back(board: Leaderboard) -> None:
    assert board.schema == SCHEMA
    assert [cut.end - cut.begin for cut in board.cuts] == [timedelta(days=28)] * 2
    assert board.cuts[1].end == board.cuts[0].begin
    assert {task.task for task in board.tasks} == {"discover", "repeat", "basket"}
    assert all(len(row.cuts) == 2 for task in board.tasks for row in task.rows)


def test_ours_comes_first_then_our_sources_then_peers_by_ndcg(board: Leaderboard) -> None:
    for task in board.tasks:
        kinds = [row.kind for row in task.rows]
        assert kinds == sorted(kinds, key=["ours", "source", "peer"].index)
        peers = [row for row in task.rows if row.kind == "peer"]
        assert task.lead.best_peer == peers[0].name
        assert all(row.mean.difference.mean == 0 for row in task.rows[:1])


def figures(of: Figure) -> tuple[float, float, float]:
    """Return a figure that exists."""
    assert of.mean is not None
    assert of.low is not None
    assert of.high is not None
    return of.low, of.mean, of.high


def test_means_and_ratios_are_those_of_the_cuts(board: Leaderboard) -> None:
    for task in board.tasks:
        means = {}
        for row in task.rows:
            cuts = [score.metrics["ndcg"].mean for score in row.cuts]
            low, means[row.name], high = figures(row.mean.metrics["ndcg"])
            assert low <= means[row.name] <= high
            assert means[row.name] == pytest.approx(np.mean([mean for mean in cuts if mean is not None]))
        assert figures(task.lead.ratio)[1] == pytest.approx(means["ours"] / means[str(task.lead.best_peer)])


def test_segments_of_orders_add_up_to_the_judging_customers(board: Leaderboard) -> None:
    for task in board.tasks:
        for cut, score in zip(board.cuts, task.rows[0].cuts, strict=True):
            assert (
                sum(score.segments[name].customers for name in ("1", "2-4", "5+")) == cut.customers[task.task]
            )


def test_methods_that_know_only_customers_leave_new_ones_alone(board: Leaderboard) -> None:
    basket = board.tasks[2]
    assert board.tasks[1].rows[0].mean.cold_answered is None
    assert {row.mean.cold_answered for row in basket.rows} <= {None, 0.0, 1.0}


def test_the_json_says_what_its_schema_promises(board: Leaderboard) -> None:
    assert from_json(to_json(board)) == board
    schema = msgspec.json.schema(Leaderboard)
    assert set(msgspec.json.decode(to_json(board))) == set(schema["$defs"]["Leaderboard"]["required"])


class _Tags(HTMLParser):
    """Checks that every element that was opened is closed, in order."""

    void = frozenset({"meta", "img", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href"}]
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_report_is_well_formed_needs_nothing_else_and_escapes_what_it_is_told(board: Leaderboard) -> None:
    text = to_html(dataclasses.replace(board, source="<script>alert(1)</script>"))
    tags = _Tags()
    tags.feed(text)
    tags.close()
    assert tags.open == []
    assert "<script>" not in text
    assert all(address.startswith(("#", "data:image/svg+xml;base64,")) for address in tags.addresses)
    assert sum(address.startswith("data:") for address in tags.addresses) == 3 * 3 + 1


def test_a_purchase_after_the_cut_changes_nothing_that_was_known_before_it(
    shop: Shop, tmp_path: Path
) -> None:
    before = latest_moment(shop)
    late = datetime.fromtimestamp(before.split.end_s - 60, UTC)
    strange = [purchase(f"shopper-{row:03d}", f"late-{row}", late, "garden-17") for row in range(0, 160, 2)]
    after = latest_moment(shop_with(tmp_path, strange))
    assert after.split == before.split
    assert after.n_items == before.n_items
    for peer in peers_named(PEERS):
        lists = [
            PeerRunner(peer, Bench((moment,), 1, 2, (Task.BASKET,), 10), lambda _name, _seconds: None).at(0)
            for moment in (before, after)
        ]
        rows = np.isin(after.judged[Task.BASKET].rows, before.judged[Task.BASKET].rows)
        np.testing.assert_array_equal(lists[0].ranked[Task.BASKET], lists[1].ranked[Task.BASKET][rows])
        assert lists[0].settings == lists[1].settings
    assert len(after.judged[Task.DISCOVER].item) > len(before.judged[Task.DISCOVER].item)


def test_settings_are_chosen_before_the_cut_whatever_happens_after_it(shop: Shop) -> None:
    bench = Bench(tuple([latest_moment(shop)] * 4), 2, 2, tuple(Task), 10)
    assert list(bench.tuning(0)) == [1, 2]
    assert list(bench.tuning(1)) == [2, 3]
    assert list(bench.tuning(3)) == []


def test_a_history_shorter_than_two_windows_is_refused_with_a_remedy(shop: Shop) -> None:
    with pytest.raises(NotEnoughDataError, match="choose a shorter --window"):
        evaluate(shop, EvaluateRequest(Rules(window_days=150)), now=NOW)


def test_asking_for_more_cuts_than_there_are_says_so(shop: Shop) -> None:
    request = EvaluateRequest(RULES, cutoffs=9, tasks=(Task.REPEAT,), peers=peers_named("frequency"))
    found = evaluate(shop, request, now=CLOSED)
    assert len(found.cuts) < 9
    assert any("the history holds no more windows" in note for note in found.notes)


def test_a_shop_with_promotions_shows_ours_without_them_too(shop: Shop, board: Leaderboard) -> None:
    """One promotion of the last week teaches nothing: the guard leaves it out, and both rows are the same."""
    begin = datetime.fromtimestamp(shop.end_s(), UTC) - timedelta(days=7)
    item, number = next(iter(shop.catalogue.numbers.items()))
    week = Promotion(
        item_id=item,
        kind="display",
        active_from=begin,
        active_until=begin + timedelta(days=7),
        announced_at=begin,
    )
    told = dataclasses.replace(shop, promotions=Promotions.of([week], {item: number}))
    tasks = (Task.DISCOVER,)
    found = evaluate(told, EvaluateRequest(RULES, cutoffs=1, tasks=tasks, peers=()), now=NOW).tasks[0]
    with_row, without = found.row("ours"), found.row("without_promotions")
    assert (without.title, without.kind) == ("Rapport without promotions", "source")
    assert without.mean.metrics == with_row.mean.metrics
    assert without.mean.difference.mean == 0
    assert "without_promotions" not in {row.name for row in board.tasks[0].rows}
