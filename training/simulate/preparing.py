"""Settling what is simulated: whose playbooks, which days, which customers, which model."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from recommender.bundles import BundleMetadata, save_bundle
from recommender.bundles.registration import CHAMPION
from recommender.candidates.assortment import FALLBACK
from recommender.contacts.zones import known_zone
from recommender.engine.fallback import PopularityFallback
from recommender.engine.settings import Settings
from recommender.errors import InvalidRequestError, NotEnoughDataError, NotFoundError
from recommender.playbook.model import Playbook
from recommender.playbook.reading import default_playbook, read_playbook
from recommender.storage.log import EventLog
from recommender.types import CustomerId
from training.playbook_files import load_playbook
from training.registry import Registry
from training.simulate.plan import NO_CHANNEL, SidePlan
from training.simulate.sides import asked_channels
from training.simulate.window import Window, window_of

BUILT_IN = "no playbook"
"""Name of the side that stands for a home in which nobody declared a playbook."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A playbook with its file's bytes; None: what a home without one does."""

    name: str
    content: bytes | None
    playbook: Playbook


@dataclass(frozen=True, slots=True)
class Bundle:
    """The folder of a bundle, the version that it is, and what a person should know about the choice."""

    folder: Path
    version: str
    notes: tuple[str, ...]


def declared_in(path: Path) -> Declared:
    """Read a playbook.

    Raises
    ------
    InvalidSourceError, PlaybookError
        It is not there, or cannot be used.
    """
    playbook = load_playbook(path).playbook
    return Declared(playbook.name, path.read_bytes(), playbook)


def current_playbook(settings: Settings, log: EventLog) -> Declared:
    """Return what the home does now: its playbook's file, else what served last, else what a home without one does."""
    path = settings.playbook_file()
    if path.is_file():
        return declared_in(path)
    stored = log.newest_playbook()
    if stored is None:
        return Declared(BUILT_IN, None, default_playbook())
    playbook = read_playbook(stored.content)
    return Declared(playbook.name, stored.content, playbook)


def side_plans(
    new: Declared, against: Declared, channels: tuple[str, ...]
) -> tuple[tuple[SidePlan, SidePlan], tuple[str, ...]]:
    """Return where each playbook is asked, and what a person should know about it.

    Parameters
    ----------
    channels
        What was asked for, repeats counting once; empty: the outbound channels of each.

    Raises
    ------
    InvalidRequestError
        The new playbook does not declare a channel that was asked for.
    """
    if channels:
        return _asked(new, against, tuple(dict.fromkeys(channels)))
    own = asked_channels(new.playbook, asked_channels(against.playbook, ()))
    theirs = asked_channels(against.playbook, own)
    notes = tuple(
        f"{one.name} has no outbound channel: it is asked once a day without a channel, when the customer comes."
        for one, names in ((new, own), (against, theirs))
        if not names
    )
    plans = SidePlan(new.content, own or (NO_CHANNEL,)), SidePlan(against.content, theirs or (NO_CHANNEL,))
    return plans, notes


def _asked(
    new: Declared, against: Declared, channels: tuple[str, ...]
) -> tuple[tuple[SidePlan, SidePlan], tuple[str, ...]]:
    known = new.playbook.channels
    unknown = [name for name in channels if known and name not in known]
    if unknown:
        raise InvalidRequestError(
            "unknown channel",
            expected="one of " + ", ".join(sorted(known)),
            found=unknown[0][:80],
            remedy="declare it in the playbook, or leave --channel out",
        )
    others = against.playbook.channels
    shared = tuple(name for name in channels if not others or name in others)
    notes = tuple(
        f"{against.name} does not declare {name}: it says nothing there."
        for name in channels
        if name not in shared
    )
    return (SidePlan(new.content, channels), SidePlan(against.content, shared)), notes


def days_of(log: EventLog, playbook: Playbook, days: int, at: time, begins: date | None) -> Window:
    """Return the days: from ``begins`` on, a day or a time on it, else so many that end with the last purchase.

    Raises
    ------
    NotEnoughDataError
        There is no purchase.
    """
    zone = known_zone(playbook.time_zone) or ZoneInfo("UTC")
    newest = log.last_purchase()
    if newest is None:
        raise NotEnoughDataError(
            "there is nothing to simulate",
            expected="purchases in the log",
            found="none",
            remedy="load some with `rapport ingest SOURCE`",
        )
    first = begins.astimezone(zone).date() if isinstance(begins, datetime) else begins
    return window_of(days, at, zone, first=first, last=newest.astimezone(zone).date())


def nobody_known(log: EventLog, window: Window) -> tuple[str, ...]:
    """Return a note where every purchase came after the days, so that hardly anybody can be told anything."""
    ended = datetime.fromtimestamp(window.ends_s(window.days - 1), UTC)
    if log.order_lines(until=ended).customer_ids:
        return ()
    return (f"Nobody was known by a purchase until {window.last}: the purchases of the log begin later.",)


def sampled(log: EventLog, most: int | None) -> list[CustomerId]:
    """Return the customers of the log, or so many of them, drawn alike every time.

    Raises
    ------
    NotEnoughDataError
        There is none.
    """
    everybody = [who for who, _ in log.customers_changed_after(0)]
    if not everybody:
        raise NotEnoughDataError(
            "there is no customer to simulate", remedy="load some with `rapport ingest SOURCE`"
        )
    if most is None or most >= len(everybody):
        return sorted(everybody)
    return sorted(sorted(everybody, key=log.seed_of)[:most])


def known_among(log: EventLog, asked: Iterable[CustomerId]) -> tuple[list[CustomerId], int]:
    """Return those whom the log knows, and how many others were asked for."""
    wanted = list(asked)
    everybody = {who for who, _ in log.customers_changed_after(0)}
    known = [who for who in wanted if who in everybody]
    return known, len(wanted) - len(known)


def bundle_of(registry: Registry, log: EventLog, name: str, begins_s: int, folder: Path) -> Bundle:
    """Return the bundle that a name stands for; without any champion, what sold before the first day.

    Parameters
    ----------
    name
        Version or alias.
    begins_s
        The first moment of the window.
    folder
        Where a bundle of popularity may be written.

    Raises
    ------
    NotFoundError
        There is no such version or alias.
    """
    try:
        version = registry.version(name)
    except NotFoundError:
        if name != CHAMPION:
            raise
        return _popularity(log, begins_s, folder)
    note = (
        f"Products are ranked by model version {version.version} on every day: the model that served then is not "
        "kept apart. It may have learned from purchases of these days."
    )
    return Bundle(registry.bundle_path(version.version), version.version, (note,))


def _popularity(log: EventLog, begins_s: int, folder: Path) -> Bundle:
    begins = datetime.fromtimestamp(begins_s, UTC)
    models = PopularityFallback(log).models(begins, log.catalogue())
    save_bundle(models, folder / "popularity", metadata=BundleMetadata())
    note = "There is no model yet, so products are ranked by what sold before the first day; `rapport train` learns one."
    return Bundle(folder / "popularity", FALLBACK, (note,))
