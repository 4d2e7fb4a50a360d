"""What a leaderboard is: the stable form of ``rapport evaluate --json``, documented in docs/evaluate.md."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

SCHEMA: Final = "rapport.leaderboard/1"
"""Fields may be added under the same number; none changes its meaning or goes away."""

OURS: Final = "ours"
SOURCE: Final = "source-"
"""The names of our single sources begin with it."""
Kind: TypeAlias = Literal["ours", "source", "peer"]
METRICS: Final = {"ndcg": "NDCG", "recall": "recall", "map": "MAP", "hit_rate": "hit rate"}
"""Metrics with intervals, and what a person calls them."""

SEGMENT_TITLES: Final = {
    "1": "1 order",
    "2-4": "2-4 orders",
    "5+": "5+ orders",
    "new_items": "items first sold in the last window",
    "new_customers": "customers without a purchase",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean and its 95 % interval; ``None`` without anybody to average."""

    mean: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Segment:
    """NDCG of some customers (or of some items), and the paired difference to ours."""

    customers: int
    ndcg: Figure
    difference: Figure


@dataclass(frozen=True, slots=True)
class Score:
    """One method on one task, at one cut or on the mean of the cuts.

    Attributes
    ----------
    metrics
        By name: ``ndcg``, ``recall``, ``map``, ``hit_rate``, each at k.
    difference
        NDCG of this row less that of ours, paired by customer: below zero where ours leads.
    segments
        ``1``, ``2-4``, ``5+`` (orders before the cut), ``new_items`` (only items first sold within the last window before
        the cut count), ``new_customers`` (nothing bought before; no part of the other figures).
    coverage
        Share of the catalogue that anybody was shown.
    novelty
        Mean bits of what was shown.
    cold_answered
        Share of the new customers who get a list; ``None`` where the question has no sense (repeat) or nobody was new.
    fit_seconds, score_microseconds
        For learning once, and per customer for scoring and ranking. Ours includes choosing its settings.
    setting
        What was chosen for this task; empty on a mean.
    """

    metrics: Mapping[str, Figure]
    difference: Figure
    segments: Mapping[str, Segment]
    coverage: float
    novelty: float
    cold_answered: float | None
    fit_seconds: float
    score_microseconds: float
    setting: str


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One method: ours, one of our sources, or a peer; ``cuts`` in the order of the leaderboard's cuts."""

    name: str
    title: str
    kind: Kind
    source: str
    cuts: Sequence[Score]
    mean: Score


@dataclass(frozen=True, slots=True)
class Lead:
    """The best peer by NDCG, and ours over it, paired; ``None`` without a peer, or when it scored nothing."""

    best_peer: str | None
    ratio: Figure


@dataclass(frozen=True, slots=True)
class TaskBoard:
    """All methods on one task, ours first; ``lead`` on the mean of the cuts and ``cut_leads`` at each cut."""

    task: str
    rows: Sequence[BoardRow]
    lead: Lead
    cut_leads: Sequence[Lead]

    def row(self, name: str) -> BoardRow:
        """Return a row by its name."""
        return next(row for row in self.rows if row.name == name)


@dataclass(frozen=True, slots=True)
class Cut:
    """One window: known before ``begin``, judged until ``end``. ``customers`` who judge, by task."""

    begin: datetime
    end: datetime
    catalogue_items: int
    new_items: int
    customers: Mapping[str, int]
    new_customers: int


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Owned items about which ours said about the same: mean of what was said, share that came, how many."""

    predicted: float
    observed: float
    count: int


@dataclass(frozen=True, slots=True)
class Reliability:
    """How often what ours called so likely was bought again at one cut; bins of equal size."""

    error: float | None
    bins: Sequence[ReliabilityBin]


@dataclass(frozen=True, slots=True)
class Protocol:
    """What held for every row."""

    k: int
    window_days: float
    min_buyers: int
    most_customers: int
    tuning_windows: int
    settings_per_peer: int
    seed: int


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """Everything that one run measured."""

    schema: str
    created_at: datetime
    source: str
    fingerprint: str
    code_version: str
    seconds: float
    protocol: Protocol
    cuts: Sequence[Cut]
    tasks: Sequence[TaskBoard]
    reliability: Sequence[Reliability]
    notes: Sequence[str]


def to_json(board: Leaderboard) -> bytes:
    """Return the leaderboard as JSON; what does not exist is null."""
    import msgspec

    return msgspec.json.format(msgspec.json.encode(board), indent=1)


def from_json(content: bytes) -> Leaderboard:
    """Read what :func:`to_json` wrote."""
    import msgspec

    return msgspec.json.decode(content, type=Leaderboard)
