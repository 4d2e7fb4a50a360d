"""What a decision weighed, as its receipt keeps it; numbers are packed at once, because they are seldom read."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple, Self, TypeAlias

import msgspec
import numpy as np

from recommender.candidates.codes import IS_OWNED, Fate, GateReason
from recommender.playbook.kinds import ActionKind
from recommender.types import Float32Array, UInt32Array

_GATES: Final = tuple(GateReason)
_FATES: Final = tuple(Fate)
_KINDS: Final = tuple(ActionKind)

NEVER: Final = 65_535

FATE_FROM: Final = 128
"""Codes below are positions of :class:`GateReason`, codes from here on of :class:`Fate`; stored, so append only."""

CODE_OF: Final[dict[str, int]] = {
    **{gate.value: at for at, gate in enumerate(_GATES)},
    **{fate.value: FATE_FROM + at for at, fate in enumerate(_FATES)},
}
NAME_OF: Final[dict[int, str]] = {code: name for name, code in CODE_OF.items()}
KIND_POSITION: Final = {kind: at for at, kind in enumerate(_KINDS)}

Why: TypeAlias = GateReason | Fate


def why_of(code: int) -> Why:
    """Return what a stored code means.

    Examples
    --------
    >>> why_of(CODE_OF["no_consent"]).value, why_of(CODE_OF["chosen"]).value
    ('no_consent', 'chosen')
    """
    return _FATES[code - FATE_FROM] if code >= FATE_FROM else _GATES[code]


class Weighed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One candidate of the playbook that came from no ranking: what became of it, and its factors.

    Parameters
    ----------
    kind
        Position of its :class:`ActionKind`.
    action_id, item, source, subject, fact
        As it was proposed.
    code
        The first gate that stopped it, or its fate; see :func:`why_of`. Gates are asked in their order, so it passed
        all before.
    because
        The fact that decided; empty where none did.
    evidence
        The event behind that fact, ``source/event_id``, where there is one: the consent that allowed or forbade it.
    factors
        Propensity, value, context, lever, cost; empty where a gate stopped it before they were asked.
    due_s, deadline_s
        Of obligations.
    opens_s
        When the gate would open; None: not by time.
    since_s
        When the triggering fact happened, seconds since 1970.
    """

    kind: int
    action_id: str
    item: int | None
    source: str
    subject: str
    fact: str
    code: int
    because: str = ""
    evidence: str | None = None
    factors: tuple[float, ...] = ()
    due_s: int | None = None
    deadline_s: int | None = None
    opens_s: int | None = None
    since_s: int = 0

    @property
    def why(self) -> Why:
        """What became of it."""
        return why_of(self.code)

    @property
    def action(self) -> ActionKind:
        """Its kind."""
        return _KINDS[self.kind]


class Terms(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What all ranked products of one action share: the gates of the action, and its factors but the propensity.

    ``code`` is that of the gate that stopped the whole action, or of ``chosen``; ``price_share`` adds that share of an
    item's price to ``value``. ``products`` is how many ranked products the action is about, where gates stopped any of them
    for this action alone; -1 where none did.
    """

    kind: int
    action_id: str
    code: int
    because: str = ""
    evidence: str | None = None
    value: float = 0.0
    price_share: float = 0.0
    context: float = 1.0
    lever: float = 1.0
    cost: float = 0.0
    opens_s: int | None = None
    products: int = -1

    @property
    def why(self) -> Why:
        """What became of it; ``chosen``: its products competed."""
        return why_of(self.code)

    @property
    def action(self) -> ActionKind:
        """Its kind."""
        return _KINDS[self.kind]


class Ranked(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The ranked products of a decision: offers and repeats, best first, then the likeliest that a gate kept out.

    Little-endian columns of equal length as bytes; read them with the methods.
    """

    offers: int = 0
    repeats: int = 0
    number: bytes = b""
    """``uint16`` where all numbers fit, else ``uint32``."""
    probability: bytes = b""
    """The first 16 bits of a ``float32``: rounded down, by less than 1/128 of itself; of those that may be said only."""
    code: bytes = b""
    """``uint8`` of those that were kept out, as compiled code counts them."""
    days: bytes = b""
    """``uint16`` of those: whole days since the item itself was last bought; :data:`NEVER` where only a variant was, or nothing."""

    def __len__(self) -> int:
        return self.offers + self.repeats + len(self.code)

    def numbers(self) -> UInt32Array:
        """Return the permanent numbers, ``uint32 [n]``."""
        width = np.uint16 if len(self.number) == 2 * len(self) else np.uint32
        return np.frombuffer(self.number, width).astype(np.uint32)

    def probabilities(self) -> Float32Array:
        """Return the probabilities of those that may be said, ``float32 [offers + repeats]``, rounded down."""
        halves = np.frombuffer(self.probability, np.uint16).astype(np.uint32) << np.uint32(16)
        return halves.view(np.float32)

    def reasons(self) -> list[GateReason]:
        """Return why each of the rest was kept out, ``[n - offers - repeats]``."""
        return [_GATES[code - IS_OWNED] for code in self.code if code >= IS_OWNED]

    def facts(self) -> list[str]:
        """Return the fact behind each of the rest, in words; empty where the reason says all."""
        days = np.frombuffer(self.days, np.uint16).tolist()
        return ["" if one == NEVER else f"bought {_days_ago(one)}" for one in days]


def _days_ago(days: int) -> str:
    return "less than a day ago" if days == 0 else "1 day ago" if days == 1 else f"{days} days ago"


class ProductFate(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What became of one ranked product under one action, where that was not by rank.

    Parameters
    ----------
    item
        Its permanent number.
    place
        Of the action, among the terms.
    code
        The gate that kept it out, or its fate; see :func:`why_of`.
    because, evidence, opens_s
        Of a gate, as :class:`Weighed` has them; receipts of earlier versions do not know.
    """

    item: int
    place: int
    code: int
    because: str = ""
    evidence: str | None = None
    opens_s: int | None = None

    @property
    def why(self) -> Why:
        """What became of it."""
        return why_of(self.code)


def wholly_stopped(
    terms: Sequence[Terms], fates: Iterable[ProductFate]
) -> dict[int, tuple[ProductFate, ...]]:
    """Return the actions no gate stopped, but all their products, by place among the terms; with these gates.

    Examples
    --------
    >>> late = [ProductFate(item, 0, CODE_OF["expired"]) for item in (7, 8)]
    >>> [list(wholly_stopped((Terms(1, "again", CODE_OF["chosen"], products=n),), late)) for n in (2, 3, -1)]
    [[0], [], []]
    """
    found: dict[int, list[ProductFate]] = {}
    for one in fates:
        if one.code < FATE_FROM and terms[one.place].code >= FATE_FROM:
            found.setdefault(one.place, []).append(one)
    return {place: tuple(some) for place, some in found.items() if len(some) == terms[place].products}


class StaffSaid(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What staff said when a decision was made, as far as no candidate says it: a pin, a boost, an item suppressed, goodwill.

    Parameters
    ----------
    kind
        ``pin``, ``boost``, ``suppress`` or ``goodwill``.
    because
        Who overruled, and why.
    evidence
        The event behind it.
    action_id, item
        What it is about; None: any.
    amount
        Factor of a boost; of goodwill what was granted, in the playbook's currency.
    until_s
        When it ends by itself, seconds since 1970.
    """

    kind: str
    because: str
    evidence: str
    action_id: str | None = None
    item: int | None = None
    amount: float | None = None
    until_s: int | None = None


class Timings(msgspec.Struct, frozen=True, array_like=True, eq=False):
    """Microseconds of each stage; two of them are always equal, because they are no part of what was decided."""

    ranking_us: float = 0.0
    gates_us: float = 0.0
    choosing_us: float = 0.0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timings)

    def __hash__(self) -> int:
        return 0


class Gathered(NamedTuple):
    """The candidates of a trace; see there."""

    weighed: tuple[Weighed, ...] = ()
    terms: tuple[Terms, ...] = ()
    ranked: Ranked = Ranked()
    fates: tuple[ProductFate, ...] = ()
    staff: tuple[StaffSaid, ...] = ()


class Trace:
    """Every candidate of a decision and what became of it; gathered when it is first read, mostly by who stores it.

    Parameters
    ----------
    weighed
        Candidates of the playbook.
    terms
        Of each action that is about ranked products.
    ranked
        These products.
    fates
        Products among ``ranked`` that lost otherwise than by rank.
    n_passed
        Candidates that passed every gate: what exploration draws among.
    timings
        How long it took.

    Examples
    --------
    >>> Trace(n_passed=3) == Trace.later(Gathered, set, 3, Timings()), Trace(n_passed=3) == Trace(n_passed=4)
    (True, False)
    """

    __slots__ = ("_found", "_gather", "_stops", "n_passed", "timings")

    def __init__(
        self,
        weighed: tuple[Weighed, ...] = (),
        terms: tuple[Terms, ...] = (),
        ranked: Ranked | None = None,
        fates: tuple[ProductFate, ...] = (),
        n_passed: int = 0,
        timings: Timings | None = None,
    ) -> None:
        self._found: Gathered | None = Gathered(weighed, terms, ranked or Ranked(), fates)
        self._gather: Callable[[], Gathered] | None = None
        self._stops: Callable[[], set[tuple[str, int]]] | None = None
        self.n_passed = n_passed
        self.timings = timings or Timings()

    @classmethod
    def of(cls, found: Gathered, n_passed: int, timings: Timings) -> Self:
        """Return the trace of a decision that was stored."""
        trace = cls(n_passed=n_passed, timings=timings)
        trace._found = found
        return trace

    @classmethod
    def later(
        cls,
        gather: Callable[[], Gathered],
        stops: Callable[[], set[tuple[str, int]]],
        n_passed: int,
        timings: Timings,
    ) -> Self:
        """Return the trace of a decision just made.

        Parameters
        ----------
        gather, stops
            What finds the candidates, and what finds :attr:`stops` alone. Both read only what never changes any more:
            they may be called much later, and by two threads at once.
        """
        trace = cls.__new__(cls)
        trace._gather, trace._stops, trace._found = gather, stops, None
        trace.n_passed, trace.timings = n_passed, timings
        return trace

    @property
    def gathered(self) -> Gathered:
        """All that takes a while to write down."""
        found = self._found
        if found is None:
            gather = self._gather
            # Another thread lets go of it only after it found the same.
            found = self._found if gather is None else gather()
            self._found, self._gather, self._stops = found, None, None
        return found or Gathered()

    @property
    def stops(self) -> set[tuple[str, int]]:
        """Action and code of every gate that stopped a candidate of the playbook, or that all products of an action met.

        Who only counts them spares the rest of what is written down.
        """
        count = self._stops
        if count is not None:
            return count()
        found = self.gathered
        parts: tuple[Weighed | Terms, ...] = (*found.weighed, *found.terms)
        stops = {(one.action_id, one.code) for one in parts if one.code < FATE_FROM}
        for place, fates in wholly_stopped(found.terms, found.fates).items():
            stops |= {(found.terms[place].action_id, one.code) for one in fates}
        return stops

    @property
    def weighed(self) -> tuple[Weighed, ...]:
        """Candidates of the playbook."""
        return self.gathered.weighed

    @property
    def terms(self) -> tuple[Terms, ...]:
        """Of each action that is about ranked products."""
        return self.gathered.terms

    @property
    def ranked(self) -> Ranked:
        """These products."""
        return self.gathered.ranked

    @property
    def fates(self) -> tuple[ProductFate, ...]:
        """Products that lost otherwise than by rank."""
        return self.gathered.fates

    @property
    def staff(self) -> tuple[StaffSaid, ...]:
        """Pins, boosts and suppressed items that were in force."""
        return self.gathered.staff

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Trace) and self.n_passed == other.n_passed and self.gathered == other.gathered
        )

    def __hash__(self) -> int:
        return hash((self.n_passed, self.gathered))

    def __repr__(self) -> str:
        return f"Trace({self.gathered!r}, n_passed={self.n_passed})"
