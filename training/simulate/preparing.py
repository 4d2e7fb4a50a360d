"""Settling what is simulated: whose playbooks, which customers, which model."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from recommender.bundles import BundleMetadata, load_bundle, save_bundle
from recommender.bundles.registration import CHAMPION
from recommender.candidates.assortment import FALLBACK
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


def sampled(log: EventLog, most: int | None) -> list[CustomerId]:
    """Return the customers of the log, or so many of them, drawn alike every time; of several subjects of a person one.

    Raises
    ------
    NotEnoughDataError
        There is none.
    """
    stand_ins = log.stand_ins()
    everybody = [who for who, _ in log.customers_changed_after(0) if stand_ins.get(who, who) == who]
    if not everybody:
        raise NotEnoughDataError(
            "there is no customer to simulate",
            expected="orders of a known customer",
            found="no order" if log.last_purchase() is None else "only orders of guests",
            remedy="load orders that name their customer with `rapport ingest SOURCE`",
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
    path = registry.bundle_path(version.version)
    models, _ = load_bundle(path, verify=False)  # the registry saw that it is whole
    note = (
        f"Products are ranked by model version {version.version} on every day: the model that served then is not "
        f"kept apart. {_learned(models.as_of_s, begins_s)}"
    )
    return Bundle(path, version.version, (note,))


def _learned(as_of_s: int, begins_s: int) -> str:
    """Say whether a model may know what happened in the window."""
    until = f"{datetime.fromtimestamp(as_of_s, UTC):%Y-%m-%d %H:%M} UTC"
    if as_of_s <= begins_s:
        return f"It learned from what happened before {until}, and from nothing of these days."
    first = f"{datetime.fromtimestamp(begins_s, UTC):%Y-%m-%d}"
    return f"It learned from what happened before {until}, also on these days; `rapport train --as-of {first}` learns none of that."


def _popularity(log: EventLog, begins_s: int, folder: Path) -> Bundle:
    begins = datetime.fromtimestamp(begins_s, UTC)
    models = PopularityFallback(log).models(begins, log.catalogue())
    save_bundle(models, folder / "popularity", metadata=BundleMetadata())
    note = "There is no model yet, so products are ranked by what sold before the first day; `rapport train` learns one."
    if len(models.items) == 0:
        note = "There is no model yet, and nothing was sold before the first day: no product is offered on any of them."
    return Bundle(folder / "popularity", FALLBACK, (note,))
