"""What a run learns from: the purchases of the log before a cut-off."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from recommender.catalog import Promotions
from recommender.catalog.catalogue import Catalogue
from recommender.customers.lines import PURCHASE
from recommender.data.assembly import revisable_purchases_from
from recommender.data.purchases import Purchases
from recommender.errors import NotEnoughDataError
from recommender.storage.log import EventLog
from recommender.storage.order_lines import LoggedLines
from training.times import refuse_future


@dataclass(frozen=True, slots=True)
class LearningData:
    """Purchases before a cut-off, and the catalogue that says what they are.

    Attributes
    ----------
    purchases, catalogue
        As :func:`recommender.fitting.select_and_fit` takes them.
    as_of
        The cut-off, whole seconds, aware UTC.
    promotions
        Every plan ever made, with when it was announced.
    """

    purchases: Purchases
    catalogue: Catalogue
    as_of: datetime
    promotions: Promotions = field(default_factory=Promotions.empty)

    @property
    def until_s(self) -> int:
        """The cut-off, seconds since 1970."""
        return int(self.as_of.timestamp())


def learning_data(log: EventLog, asked: datetime | None, *, now: datetime) -> LearningData:
    """Read what there is to learn from.

    Parameters
    ----------
    log
        Where from.
    asked
        Cut-off: what happened then or later does not teach. ``None``: just after the last purchase, at most now.
    now
        The present.

    Raises
    ------
    NotEnoughDataError
        When there is no purchase before the cut-off.
    InvalidRequestError
        When the cut-off lies in the future.
    UnavailableError
        When the log does not answer.
    """
    catalogue = log.catalogue()
    logged = log.order_lines(until=asked).of_persons(log.stand_ins(until=asked))
    as_of = _cut_off(logged, asked, now)
    return LearningData(_purchases(logged, catalogue, as_of), catalogue, as_of, log.promotions())


def _cut_off(logged: LoggedLines, asked: datetime | None, now: datetime) -> datetime:
    """Return the cut-off in whole seconds."""
    if asked is not None:
        refuse_future(asked, now, option="--as-of")
        return asked.replace(microsecond=0)
    bought_us = logged.lines.at_us[logged.lines.kind == PURCHASE]
    if len(bought_us) == 0:
        return now.replace(microsecond=0)
    last = datetime.fromtimestamp(int(bought_us.max()) // 1_000_000, UTC)
    return min(last + timedelta(seconds=1), now.replace(microsecond=0))


def _purchases(logged: LoggedLines, catalogue: Catalogue, as_of: datetime) -> Purchases:
    until_us = int(as_of.timestamp()) * 1_000_000
    purchases = revisable_purchases_from(
        logged.lines, logged.customer_ids, logged.item_ids, catalogue=catalogue, until_us=until_us
    )
    if len(purchases) == 0:
        raise NotEnoughDataError(
            "there is no purchase to learn from",
            expected=f"purchases before {as_of:%Y-%m-%d %H:%M:%S} UTC",
            found="none",
            remedy="load some with `rapport ingest SOURCE`, or choose a later --as-of",
        )
    return purchases
