import numpy as np
import pytest

from recommender.data.purchases import reindexed
from recommender.fitting.config import ReplenishmentConfig
from recommender.fitting.repeat_items import item_gaps
from recommender.fitting.repeat_lessons import with_counts
from recommender.fitting.repeat_windows import RepeatCounts, added, repeat_counts, repeat_window
from recommender.models import ReplenishmentModel
from recommender.models.repeat_tables import LIFT, LIFTS
from tests.recommender.data.worlds import DAY, START, busy_shop, shop

CUT = START + 60 * DAY
WINDOW = 28 * DAY


def counts_of(lines: list[tuple[int, int, str, float]], customers: int) -> tuple[RepeatCounts, list[str]]:
    bought = shop(lines, customers)
    window = repeat_window(bought, CUT, WINDOW)
    gaps = item_gaps(window.histories, 2.0)
    return repeat_counts(window, gaps, 2.0), [str(each) for each in bought.items.ids]


def test_only_customers_who_came_are_expected_to_repeat() -> None:
    """Three owners of a and b, alike in all: one comes and buys a, one comes for c, one stays away.

    Of four pairs whose owner came one was repeated: a rate of 1/4. Over what that says of their two items (1/2), the
    first bought (1 + 1) / (1/2 + 1) and the second (0 + 1) / (1/2 + 1) times as much.
    """
    lines = [(who, 10 + who, item, 30.0) for who in range(3) for item in "ab"]
    lines += [(0, 20, "a", 70.0), (1, 21, "c", 70.0)]
    counts, ids = counts_of(lines, 3)
    numbers = {name: ids.index(name) for name in "ab"}
    for name in "ab":
        assert counts.held[numbers[name]] == 3
        assert counts.expected[numbers[name]] == pytest.approx(0.25 * (4 / 3 + 2 / 3))
    assert counts.again[numbers["a"]] == 1
    assert counts.again[numbers["b"]] == 0


def test_the_last_window_and_all_windows_lift_what_was_bought_more_than_expected() -> None:
    size = 40
    quiet = np.full(size, 5.0)
    risen = np.where(np.arange(size) < 10, 20.0, 5.0)
    plain = np.zeros((7, 11))
    last, before = (RepeatCounts(plain + 1, plain, quiet * 4, again, quiet) for again in (risen, quiet))
    numbers = np.arange(size, dtype=np.uint32)
    item = with_counts(ReplenishmentModel.neutral(size), [last, before], numbers).item
    assert item[0, LIFT] > item[0, LIFTS] > 0.1
    assert item[-1, LIFT] == pytest.approx(0.0, abs=1e-6)
    assert added([last, before]).expected.tolist() == [10.0] * size


def test_pairs_are_counted_once_in_the_hazard() -> None:
    window = repeat_window(reindexed(busy_shop()), CUT, WINDOW)
    prior = ReplenishmentConfig().gap_prior
    counts = repeat_counts(window, item_gaps(window.histories, prior), prior)
    assert counts.seen.sum() == len(window.again)
    assert counts.repeated.sum() == window.again.sum()
    assert (counts.repeated <= counts.seen).all()
    assert not counts.expected[counts.held == 0].any()
