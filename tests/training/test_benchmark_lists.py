"""How ``benchmarks quality`` reads an export: by customer and item, as shipped."""

import numpy as np
import polars as pl
import pytest

from benchmarks.quality import ranked_lists
from recommender.evaluation import Task
from tests.training.leaderboard.worlds import latest_moment, shop_with


def test_an_export_is_judged_at_the_ranks_it_shipped(tmp_path_factory: pytest.TempPathFactory) -> None:
    moment = latest_moment(shop_with(tmp_path_factory.mktemp("shop")))
    first = moment.purchases.customers[moment.judged[Task.DISCOVER].rows[0]]
    rows = pl.DataFrame(
        {
            "customer_id": [first, first, first, "stranger"],
            "rank": [1, 2, 9, 1],
            "item_id": [moment.purchases.items.ids[3], "never-sold", "coffee", "tea"],
        }
    )
    ranked = ranked_lists(rows, moment, Task.DISCOVER, 3)
    assert ranked.shape == (len(moment.judged[Task.DISCOVER].rows), 3)
    assert ranked[0].tolist() == [3, -1, -1]
    assert np.all(ranked[1:] == -1)
