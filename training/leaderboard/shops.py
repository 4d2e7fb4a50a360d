"""Where a leaderboard's purchases come from: the log of this home, a data set known by name, or any file."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from recommender.catalog import Promotions
from recommender.catalog.catalogue import Catalogue
from recommender.customers.lines import PURCHASE
from recommender.data.assembly import purchases_from, revisable_purchases_from
from recommender.data.purchases import Purchases
from recommender.errors import NotEnoughDataError
from recommender.events.adapters.timestamps import DateOrder
from recommender.storage.log import EventLog
from recommender.storage.order_lines import LoggedLines
from training.ingest import load_source, refuse_bad_rows

LOG = "log"
"""The name of the source that is this home's own log."""

_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class SourceRequest:
    """Which purchases: ``log``, a name or a file; the others say how to read it, as ``rapport ingest`` takes them."""

    name: str = LOG
    columns: Mapping[str, str] = field(default_factory=dict)
    time_zone: str | None = None
    date_order: DateOrder | None = None
    where: Mapping[str, Sequence[str]] = field(default_factory=dict)
    allow_bad: bool = False


@dataclass(frozen=True, slots=True)
class Shop:
    """Everything that happened, and what was known of it at any time.

    Attributes
    ----------
    name
        What the source was called.
    fingerprint
        Of the events.
    promotions
        Every plan ever made, with when it was announced; a file has none.
    """

    name: str
    logged: LoggedLines
    catalogue: Catalogue
    fingerprint: str
    promotions: Promotions = field(default_factory=Promotions.empty)

    def known(self, until_s: int) -> Purchases:
        """Return what was bought before a time, less what had been returned by then."""
        return purchases_from(
            self.logged.lines,
            self.logged.customer_ids,
            self.logged.item_ids,
            catalogue=self.catalogue,
            until_us=until_s * _MICROSECONDS,
        )

    def learnable(self, until_s: int) -> Purchases:
        """Return the same, from which what was known at earlier times can be asked: what ``rapport train`` learns from."""
        return revisable_purchases_from(
            self.logged.lines,
            self.logged.customer_ids,
            self.logged.item_ids,
            catalogue=self.catalogue,
            until_us=until_s * _MICROSECONDS,
        )

    def end_s(self) -> int:
        """Return the first full second after the last purchase.

        Raises
        ------
        NotEnoughDataError
            There is none.
        """
        bought_us = self.logged.lines.at_us[self.logged.lines.kind == PURCHASE]
        if len(bought_us) == 0:
            raise NotEnoughDataError(
                "there is no purchase to measure on",
                expected="purchases",
                found="none",
                remedy="load some with `rapport ingest SOURCE`, or name a --source",
            )
        return int(bought_us.max()) // _MICROSECONDS + 1


def shop_of(log: EventLog, name: str) -> Shop:
    """Read a log once."""
    return Shop(name, log.order_lines(), log.catalogue(), log.fingerprint(), log.promotions())


@contextmanager
def opened(request: SourceRequest, advance: Callable[[int], object]) -> Iterator[Shop]:
    """Read a file or a named data set, by way of a log of its own that is gone afterwards.

    Parameters
    ----------
    request
        Which one; not ``log``.
    advance
        Told how many more order lines were read.

    Raises
    ------
    InvalidSourceError
        It cannot be read, or its columns cannot be understood.
    TooManyBadRowsError
        More than 5 % of its rows are bad, and that was not allowed.
    """
    from recommender.events.adapters import SourceOptions, open_source, source_stem

    options = SourceOptions(
        request.columns, request.time_zone, date_order=request.date_order, where=request.where
    )
    source = open_source(request.name, options, now=datetime.now(UTC))
    refuse_bad_rows(source.rejected, source.counts.rows, allow_bad=request.allow_bad)
    with tempfile.TemporaryDirectory(prefix="rapport-") as folder:
        with EventLog.open(f"sqlite:///{Path(folder) / 'log.sqlite'}") as log:
            load_source(source, log, advance=advance)
            shop = shop_of(log, source_stem(request.name))
        yield shop
