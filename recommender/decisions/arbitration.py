"""Who comes first: what staff pinned, then promises that are nearly broken, then whatever is worth most.

Saying nothing is worth zero, and wins against everything that is worth no more.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from recommender.candidates.codes import Fate
from recommender.decisions.offering import Contender, Passing, Room, Stream, Traded, all_passing
from recommender.decisions.prepared import Prepared
from recommender.decisions.seeds import drawn, drawn_below, tie_breaker
from recommender.decisions.staff import StaffWord
from recommender.types import SECONDS_PER_DAY

NEAR_S: Final = 7 * SECONDS_PER_DAY
"""A promise is nearly broken when it is due, or when so little time is left before its deadline."""

_Place = tuple[int, int, int, int]
"""Pins or promises; which pin, or the deadline; what draws among promises of one deadline; the order of proposing."""


@dataclass(slots=True, eq=False)
class Chosen:
    """A slate, and what became of the others.

    Attributes
    ----------
    actions
        Best first.
    explored
        Whether the first was drawn.
    first_probability
        Probability of the first choice, saying nothing included.
    n_passed
        What exploration draws among; -1 where there is no exploration.
    lost
        Fate of candidates that were looked at and not taken, in their order.
    rest
        Proposals that nobody looked at: others were worth more.
    """

    actions: list[Contender] = field(default_factory=list)
    explored: bool = False
    first_probability: float = 1.0
    n_passed: int = -1
    lost: list[tuple[Contender, Fate]] = field(default_factory=list)
    rest: list[Contender] = field(default_factory=list)


class Arbitration:
    """Chooses among the contenders of one decision.

    Parameters
    ----------
    ready
        The playbook over the bundle.
    contenders
        Proposals that passed every gate.
    streams
        Ranked products, by action.
    word
        What staff says.
    now_s, seed
        The time and the randomness of the decision.
    """

    def __init__(
        self,
        ready: Prepared,
        candidates: tuple[Sequence[Contender], Sequence[Stream | Traded]],
        word: StaffWord | None,
        now_s: int,
        seed: int,
    ) -> None:
        self._ready = ready
        self._contenders, self._streams = candidates
        self._word = word
        self._now_s = now_s
        self._seed = seed
        self._most = ready.repertoire.playbook.most_per_category
        self._room = Room()
        self._subjects: set[tuple[str, int | None, str]] = set()
        self._families: dict[int, int] = {}

    def choose(self, k: int) -> Chosen:
        """Return a slate of at most ``k`` actions."""
        chosen = Chosen()
        forced = self._forced()
        for contender in forced:
            self._take(contender, chosen, k)
        queue = self._queue(forced)
        if not chosen.actions and self._ready.repertoire.playbook.epsilon > 0:
            self._explore(queue, chosen, k)
        while len(chosen.actions) < k and (best := self._popped(queue)) is not None:
            self._take(best, chosen, k)
        chosen.rest = [entry[-1] for entry in queue if entry[-1].proposal is not None]
        return chosen

    def _take(self, contender: Contender, chosen: Chosen, k: int) -> None:
        fate = Fate.OUTRANKED if len(chosen.actions) >= k else self._refusal(contender)
        if fate is not None:
            chosen.lost.append((contender, fate))
            return
        chosen.actions.append(contender)
        if contender.stream is None:
            self._subjects.add(_subject(contender))
        else:
            self._fill(contender)

    def _fill(self, contender: Contender) -> None:
        if contender.number is not None:
            self._room.taken.add(contender.number)
        family = contender.family
        if self._most is None or family < 0:
            return
        self._families[family] = self._families.get(family, 0) + 1
        if self._families[family] >= self._most:
            self._room.full.add(family)

    def _refusal(self, contender: Contender) -> Fate | None:
        """Return why a contender does not fit beside what the slate holds already."""
        if contender.stream is None:
            return Fate.SAID_ALREADY if _subject(contender) in self._subjects else None
        if contender.number in self._room.taken:
            return Fate.SAID_ALREADY
        return Fate.ENOUGH_OF_CATEGORY if contender.family in self._room.full else None

    # What comes before everything else.

    def _forced(self) -> list[Contender]:
        """Return what staff pinned, newest word first, then promises that are nearly broken, by deadline."""
        maybe = (
            self._contenders
            if self._word is not None
            else [one for one in self._contenders if one.proposal is not None and one.proposal.deadline_s]
        )
        placed = [(place, one) for one in maybe if (place := self._place(one)) is not None]
        placed += self._pinned_products()
        placed.sort(key=lambda pair: pair[0])
        return [contender for _, contender in placed]

    def _place(self, contender: Contender) -> _Place | None:
        pin = None if self._word is None else self._word.pin_place(contender.plan.action.id, contender.number)
        if pin is not None:
            return 0, pin, 0, contender.at
        proposal = contender.proposal
        if proposal is None or proposal.deadline_s is None:
            return None
        is_due = proposal.due_s is not None and proposal.due_s <= self._now_s
        if is_due or proposal.deadline_s - self._now_s <= NEAR_S:
            return 1, proposal.deadline_s, _turn(contender, self._seed), contender.at
        return None

    def _pinned_products(self) -> Iterator[tuple[_Place, Contender]]:
        if self._word is None or not self._word.pins:
            return
        for stream in self._streams:
            if isinstance(stream, Traded):
                continue  # nothing of it is pinned
            found: dict[int, int] = {}
            for place in stream.passing():
                pin = self._word.pin_place(stream.plan.action.id, stream.numbers[place])
                if pin is not None:
                    found.setdefault(pin, place)  # the likeliest product of a pinned action
            for pin, place in found.items():
                yield (0, pin, 0, place), stream.contender(place)

    # What competes.

    def _queue(self, forced: Sequence[Contender]) -> "list[_Entry]":
        before = set(map(id, forced))
        seed = self._seed
        waiting = [_entry(one, seed) for one in self._contenders if not before or id(one) not in before]
        heads = (stream.pull(self._room) for stream in self._streams)
        waiting += [_entry(one, self._seed) for one in heads if one is not None]
        heapq.heapify(waiting)
        return waiting

    def _popped(self, queue: "list[_Entry]") -> Contender | None:
        """Take the best of the queue, and put the next product of its action in its place; None: nothing is worth it."""
        if not queue or queue[0][0] >= 0:
            return None
        contender = queue[0][-1]
        following = None if contender.stream is None else contender.stream.pull(self._room)
        if following is None:
            heapq.heappop(queue)
        else:
            heapq.heapreplace(queue, _entry(following, self._seed))
        return contender

    def _explore(self, queue: "list[_Entry]", chosen: Chosen, k: int) -> None:
        """With probability epsilon draw the first action uniformly among all that passed; say how likely it was."""
        epsilon, passing = self._ready.repertoire.playbook.epsilon, all_passing(self._streams)
        chosen.n_passed = len(self._contenders) + sum(one.size for one in passing)
        if chosen.n_passed == 0:
            return
        best = queue[0][-1] if queue and queue[0][-1].expected > 0 else None
        chosen.explored = drawn(self._seed, "explore") < epsilon
        if not chosen.explored:
            chosen.first_probability = 1 - epsilon
            if best is not None:
                chosen.first_probability += epsilon / chosen.n_passed
            return
        which = drawn_below(self._seed, "which", chosen.n_passed)
        first = self._drawn(which, passing)
        is_best = best is not None and _is_same(first, best)
        chosen.first_probability = epsilon / chosen.n_passed + (1 - epsilon if is_best else 0.0)
        self._take(first, chosen, k)
        if first.proposal is not None:
            queue[:] = [entry for entry in queue if entry[-1] is not first]
            heapq.heapify(queue)

    def _drawn(self, which: int, passing: Sequence[Passing]) -> Contender:
        if which < len(self._contenders):
            return self._contenders[which]
        at = which - len(self._contenders)
        for one in passing:
            if at < one.size:
                return one.contender(at)
            at -= one.size
        raise IndexError(which)


_Entry = tuple[float, int, bytes, int, int, Contender]


def _entry(contender: Contender, seed: int) -> _Entry:
    """Order by worth; equals by a hash of their action, those of one action by their own order, promises in turns."""
    name = contender.plan.name
    at = contender.place if contender.proposal is None else contender.at
    return (-contender.expected, tie_breaker(seed, name), name, _turn(contender, seed), at, contender)


def _turn(contender: Contender, seed: int) -> int:
    """Draw among promises that are alike: of two boilers, the same one must not always come first."""
    proposal = contender.proposal
    if proposal is None or proposal.deadline_s is None:
        return 0
    return tie_breaker(seed, proposal.subject.encode())


def _subject(contender: Contender) -> tuple[str, int | None, str]:
    proposal = contender.proposal
    return contender.plan.action.id, contender.number, "" if proposal is None else proposal.subject


def _is_same(one: Contender, other: Contender) -> bool:
    if one.proposal is not None or other.proposal is not None:
        return one is other
    return one.plan is other.plan and one.place == other.place


def fate_of_rest(contender: Contender) -> Fate:
    """Return why something was never looked at."""
    return Fate.OUTRANKED if contender.expected > 0 else Fate.NOT_WORTH_SAYING
