"""Counts of one side of a simulation; those of disjoint customers add up."""

from collections.abc import Mapping
from typing import TypeVar

import msgspec

_Key = TypeVar("_Key", str, int)


class Said(msgspec.Struct):
    """How often one action was said on one channel.

    ``customers`` counts each customer once; ``expected`` and ``gained`` (what accepted ones are worth) are in the
    playbook's currency, as is ``goodwill``.
    """

    times: int = 0
    customers: int = 0
    expected: float = 0.0
    goodwill: float = 0.0
    accepted: int = 0
    gained: float = 0.0


class Stopped(msgspec.Struct):
    """In how many decisions one gate stopped one action, and for how many customers at least once."""

    times: int = 0
    customers: int = 0


class Kept(msgspec.Struct):
    """What became of the promises whose window was open on some day.

    ``said`` and ``visited`` may both be true of one; ``open`` are those whose window was still open at the end,
    ``ended`` those whose unit was given back or whose plan ran out.
    """

    windows: int = 0
    said: int = 0
    visited: int = 0
    ended: int = 0
    open: int = 0
    missed: dict[str, int] = {}


class Tally(msgspec.Struct):
    """One side of a simulation for some customers.

    ``said`` is by action and channel, ``stopped`` by action and reason, ``shut`` by channel and reason: how often contact
    limits let nothing at all out, so that nobody decided. ``candidates`` counts everything that each gate
    kept out, products one by one. ``weeks`` counts customer weeks by their number of contacts.
    """

    customers: int = 0
    told: int = 0
    decisions: int = 0
    silent: int = 0
    contacts: int = 0
    ranked_anew: int = 0
    said: dict[str, dict[str, Said]] = {}
    stopped: dict[str, dict[str, Stopped]] = {}
    shut: dict[str, dict[str, Stopped]] = {}
    candidates: dict[str, int] = {}
    weeks: dict[int, int] = {}
    promises: Kept = msgspec.field(default_factory=Kept)

    def add(self, other: "Tally") -> None:
        """Add the counts of other customers."""
        for name in ("customers", "told", "decisions", "silent", "contacts", "ranked_anew"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for action, channels in other.said.items():
            own = self.said.setdefault(action, {})
            for channel, said in channels.items():
                add_fields(own.setdefault(channel, Said()), said)
        for mine, others in ((self.stopped, other.stopped), (self.shut, other.shut)):
            for name, reasons in others.items():
                for reason, stopped in reasons.items():
                    add_fields(mine.setdefault(name, {}).setdefault(reason, Stopped()), stopped)
        add_counts(self.candidates, other.candidates)
        add_counts(self.weeks, other.weeks)
        for name in ("windows", "said", "visited", "ended", "open"):
            setattr(self.promises, name, getattr(self.promises, name) + getattr(other.promises, name))
        add_counts(self.promises.missed, other.promises.missed)

    def expected(self) -> float:
        """Return the expected value of everything that was said."""
        return sum(one.expected for channels in self.said.values() for one in channels.values())


def add_counts(mine: dict[_Key, int], others: Mapping[_Key, int]) -> None:
    """Add counts by key.

    Examples
    --------
    >>> counts = {"a": 1}
    >>> add_counts(counts, {"a": 2, "b": 3})
    >>> counts
    {'a': 3, 'b': 3}
    """
    for key, count in others.items():
        mine[key] = mine.get(key, 0) + count


def add_fields(mine: Said | Stopped, other: Said | Stopped) -> None:
    """Add every field of two counts of one type."""
    for name in mine.__struct_fields__:
        setattr(mine, name, getattr(mine, name) + getattr(other, name))
