"""What a cut knows, who judges it, and what they bought: all of it countable by hand."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from recommender.data import TemporalSplit
from recommender.evaluation import Task
from recommender.events.vocabulary import AnyEvent, Return, ReturnLine
from recommender.storage.log import EventLog
from tests.training.homes import NOW
from tests.training.small_shop import purchase
from training.leaderboard.moments import Judged, Moment, Rules, moment_at
from training.leaderboard.shops import shop_of

START = datetime(2024, 1, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def moment(folder: Path, events: list[AnyEvent], rules: Rules) -> Moment:
    with EventLog.open(f"sqlite:///{folder / 'log.sqlite'}", clock=lambda: NOW) as log:
        log.append_bulk(events)
        shop = shop_of(log, "tiny")
    cut = int(day(30).timestamp())
    return moment_at(shop, TemporalSplit(cut, cut + 28 * 86_400), rules)


EVENTS: list[AnyEvent] = [
    purchase("ann", "1", day(0), "tea", "cup"),
    purchase("bob", "2", day(1), "tea"),
    purchase("cat", "3", day(29), "tea", "pot"),
    purchase("dan", "4", day(29), "pot"),
    purchase(None, "5", day(29), "pot"),
    purchase("ann", "6", day(35), "tea", "pot"),
    purchase("bob", "7", day(36), "cup", "tea"),
    purchase("eve", "8", day(40), "tea", "cup", "hat"),
]


@pytest.fixture
def tiny(tmp_path: Path) -> Moment:
    return moment(tmp_path, EVENTS, Rules(min_buyers=2))


def ids(tiny: Moment, judged: Judged, row: int) -> set[str]:
    return {
        tiny.purchases.items.ids[item] for item in judged.item[judged.indptr[row] : judged.indptr[row + 1]]
    }


def test_the_catalogue_are_items_with_enough_buyers_a_guest_being_one(tiny: Moment) -> None:
    assert set(tiny.purchases.items.ids[: tiny.n_items]) == {"tea", "pot"}


def test_the_window_judges_new_items_and_old_ones_apart(tiny: Moment) -> None:
    customers = tiny.purchases.customers
    for task, expected in (
        (Task.DISCOVER, {"ann": {"pot"}}),
        (Task.REPEAT, {"ann": {"tea"}, "bob": {"tea"}}),
        (Task.BASKET, {"ann": {"tea", "pot"}, "bob": {"tea"}}),
    ):
        judged = tiny.judged[task]
        assert {customers[who]: ids(tiny, judged, row) for row, who in enumerate(judged.rows)} == expected


def test_who_never_bought_before_is_judged_apart(tiny: Moment) -> None:
    assert tiny.stranger_ids == ("eve",)
    assert ids(tiny, tiny.strangers, 0) == {"tea"}


def test_items_first_sold_in_the_last_window_are_new(tiny: Moment) -> None:
    new = {item for item, is_new in zip(tiny.purchases.items.ids, tiny.is_new_item, strict=False) if is_new}
    assert new == {"pot"}


def test_peers_are_given_customers_first_then_the_orders_of_guests(tiny: Moment) -> None:
    assert tiny.known.n_customers == 4
    assert tiny.known.bought.shape == (5, 2)
    assert tiny.known.baskets.customer.tolist() == [0, 1, 2, 3]
    assert tiny.known.baskets.position_from_last().tolist() == [0, 0, 0, 0]


def test_what_came_back_after_the_cut_was_still_owned_at_it(tmp_path: Path) -> None:
    returned = Return(
        source="shop",
        event_id="back",
        occurred_at=day(34),
        customer_id="ann",
        lines=(ReturnLine(item_id="tea", order_id="1"),),
    )
    after = moment(tmp_path, [*EVENTS, returned], Rules(min_buyers=2))
    ann = after.purchases.customers.index("ann")
    owned = after.histories.history(ann).item
    assert {after.purchases.items.ids[item] for item in owned} == {"tea", "cup"}


def test_a_sample_keeps_the_positives_of_whom_it_keeps(tmp_path: Path) -> None:
    one = moment(tmp_path, EVENTS, Rules(min_buyers=2, most_customers=1)).judged[Task.BASKET]
    assert len(one.rows) == 1
    assert one.counts().tolist() == [2 if one.rows[0] == 0 else 1]
    assert np.diff(one.indptr).sum() == len(one.item)
