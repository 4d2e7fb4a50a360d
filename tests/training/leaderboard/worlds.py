"""Shops in memory for the leaderboard: nothing is written anywhere."""

from collections.abc import Iterable
from pathlib import Path

from recommender.data import temporal_splits
from recommender.events.vocabulary import AnyEvent
from recommender.storage.log import EventLog
from tests.training.homes import NOW
from tests.training.small_shop import small_shop_events, small_shop_items
from training.leaderboard.moments import Moment, Rules, moment_at
from training.leaderboard.shops import Shop, shop_of

RULES = Rules(min_buyers=3)


def shop_with(folder: Path, events: Iterable[AnyEvent] = ()) -> Shop:
    """Return the small shop, and what else happened."""
    with EventLog.open(f"sqlite:///{folder / 'log.sqlite'}", clock=lambda: NOW) as log:
        log.append_bulk([*small_shop_events(), *events])
        log.put_items(small_shop_items())
        return shop_of(log, "small")


def latest_moment(shop: Shop, rules: Rules = RULES) -> Moment:
    """Return the last window of a shop."""
    end_s = shop.end_s()
    return moment_at(shop, temporal_splits(shop.known(end_s), end_s, rules.window_days, 1)[0], rules)
