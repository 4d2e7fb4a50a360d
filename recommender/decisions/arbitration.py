"""Who comes first: what staff pinned, then promises that are nearly broken, then whatever is worth most.

Saying nothing is worth zero, and wins against everything that is worth no more.
"""

import heapq
from collections.abc import Collection, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Final, TypeAlias

import msgspec

from recommender.candidates.codes import Fate
from recommender.decisions.contender import Contender, Passing, Room, Source
from recommender.decisions.offering import Stream, all_passing
from recommender.decisions.prepared import Prepared
from recommender.decisions.proposed import Alike, Proposals, Proposed
from recommender.decisions.seeds import drawn, drawn_below, salt_of, tie_breaker
from recommender.decisions.staff import StaffWord
from recommender.decisions.traded import Traded
from recommender.types import SECONDS_PER_DAY

NEAR_S: Final = 7 * SECONDS_PER_DAY
"""A promise is nearly broken when it is due, or when so little time is left before its deadline."""

_Place = tuple[int, float, float, int, int]
"""Pins or promises; which pin, or the deadline; minus the worth of what is pinned, or what draws among promises of one
deadline; what draws among actions; the order of proposing."""


class Chosen(msgspec.Struct, eq=False):
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
    """

    actions: list[Contender] = []
    explored: bool = False
    first_probability: float = 1.0
    n_passed: int = -1
    lost: list[tuple[Contender, Fate]] = []


class Arbitration:
    """Chooses among the contenders of one decision.

    Parameters
    ----------
    ready
        The playbook over the bundle.
    candidates
        What actions propose, and ranked products by action.
    word
        What staff says.
    now_s, seed
        The time and the randomness of the decision.
    """

    def __init__(
        self,
        ready: Prepared,
        candidates: tuple[Proposals, Sequence[Stream | Traded]],
        word: StaffWord | None,
        now_s: int,
        seed: int,
    ) -> None:
        self._ready = ready
        self._proposals, self._streams = candidates
        self._word = word
        self._now_s = now_s
        self._seed = seed
        self._most = ready.repertoire.playbook.most_per_category
        self._room = Room()
        self._subjects: set[tuple[str, int | None, str]] = set()
        self._families: dict[int, int] = {}
        self._left: dict[Source, Iterator[Contender]] = {}

    def choose(self, k: int, *, explores: bool = False) -> Chosen:
        """Return a slate of at most ``k`` actions; ``explores`` whether the first may be drawn."""
        chosen = Chosen()
        forced = self._forced()
        for alternatives in forced:
            self._take_one(alternatives, chosen, k)
        queue = self._queue({one[0].at for one in forced if one[0].cause is not None})
        if explores and not chosen.actions:
            self._explore(queue, chosen, k)
        while len(chosen.actions) < k and self._is_any(queue):
            head = queue[0][-1]
            if isinstance(head, Contender) and head.stream is not None:
                self._take_products(queue, head, self._left[head.stream], chosen, k)
            else:
                self._take(self._popped(queue), chosen, k)
        return chosen

    def _take_one(self, alternatives: Sequence[Contender], chosen: Chosen, k: int) -> None:
        """Take the first for which the slate has room; where it has none for any, the first says why."""
        taken, full, groups = self._room.taken, self._room.full, self._room.groups
        fitting = (
            one
            for one in alternatives
            if one.number not in taken and one.group not in groups and one.family not in full
        )
        self._take(next(fitting, alternatives[0]) if len(alternatives) > 1 else alternatives[0], chosen, k)

    def _take(self, contender: Contender, chosen: Chosen, k: int) -> None:
        fate: Fate | None = None
        if len(chosen.actions) >= k:
            fate = Fate.OUTRANKED
        elif contender.cause is not None:
            subject = _subject(contender, self._ready.rests.once)
            fate = Fate.SAID_ALREADY if subject in self._subjects else None
            self._subjects.add(subject)
        else:
            fate = self._fill(contender)
        if fate is None:
            chosen.actions.append(contender)
        else:
            chosen.lost.append((contender, fate))

    def _fill(self, contender: Contender) -> Fate | None:
        """Make a product part of the slate, or return why it does not fit beside what this holds already."""
        room, family, number = self._room, contender.family, contender.number
        if number in room.taken or contender.group in room.groups:
            return Fate.SAID_ALREADY
        if family in room.full:
            return Fate.ENOUGH_OF_CATEGORY
        if number is not None:
            room.taken.add(number)
        if contender.group >= 0:
            room.groups.add(contender.group)
        if self._most is not None and family >= 0:
            alike = self._families[family] = self._families.get(family, 0) + 1
            if alike >= self._most:
                room.full.add(family)
        return None

    # What comes before everything else.

    def _forced(self) -> list[Sequence[Contender]]:
        """Return what staff pinned, newest word first, then promises that are nearly broken, by deadline.

        Of the products of one pin any may come: those that it speaks of, what is worth most first.
        """
        placed: list[tuple[_Place, Sequence[Contender]]] = []
        for one in self._proposals.found():
            for nth, cause in enumerate(one.causes):
                if one.stops[nth] is None and (cause.deadline_s or self._word is not None):
                    contender = one.contender(nth)
                    place = self._place(contender)
                    if place is not None:
                        placed.append((place, [contender]))
        if self._word is not None and self._word.pins:
            placed += self._pinned_products(self._word)
        placed.sort(key=itemgetter(0))
        return [alternatives for _, alternatives in placed]

    def _place(self, contender: Contender) -> _Place | None:
        pin = None if self._word is None else self._word.pin_place(contender.plan.action.id, contender.number)
        tie = tie_breaker(self._seed, contender.plan.salt)
        if pin is not None:
            return 0, pin, -contender.expected, tie, contender.at
        cause = contender.cause
        if cause is None or cause.deadline_s is None:
            return None
        is_due = cause.due_s is not None and cause.due_s <= self._now_s
        if is_due or cause.deadline_s - self._now_s <= NEAR_S:
            return 1, cause.deadline_s, _turn(contender, self._seed), tie, contender.at
        return None

    def _pinned_products(self, word: StaffWord) -> Iterator[tuple[_Place, Sequence[Contender]]]:
        found: dict[int, list[Contender]] = {}
        for stream in self._streams:
            if isinstance(stream, Traded):
                continue  # nothing of it is pinned
            for place in stream.passing():
                pin = word.pin_place(stream.plan.action.id, stream.numbers[place])
                if pin is not None:
                    found.setdefault(pin, []).append(stream.contender(place))
        for pin, products in found.items():
            products.sort(key=lambda one: _entry(one, self._seed)[:-1])
            best = products[0]
            tie = tie_breaker(self._seed, best.plan.salt)
            yield (0, pin, -best.expected, tie, best.place), products

    # What competes.

    def _queue(self, taken: Collection[int]) -> "list[_Entry]":
        """Return the best of every action that has anything left; ``taken`` are the places of causes that were."""
        waiting = self._waiting(self._proposals.found(), taken)
        for stream in self._streams:
            left = self._left[stream] = stream.left(self._room)
            head = next(left, None)
            if head is not None:
                waiting.append(_entry(head, self._seed))
        heapq.heapify(waiting)
        return waiting

    def _waiting(self, proposed: Iterable[Proposed], taken: Collection[int] = ()) -> "list[_Entry]":
        """Return what actions propose: the first of those that are alike, and all the others."""
        waiting: list[_Entry] = []
        for one in proposed:
            left = [nth for nth in one.passing if one.first + nth not in taken] if taken else one.passing
            if left and one.common is not None:
                name = one.plan.name
                tie, at = tie_breaker(self._seed, one.plan.salt), one.first + left[0]
                waiting.append((-one.common.expected_value, tie, name, 0, at, Alike(one, left)))
            else:
                waiting += [_entry(one.contender(nth), self._seed) for nth in left]
        return waiting

    def _is_any(self, queue: "list[_Entry]") -> bool:
        """Whether anything is worth saying; what was not found yet and may be worth as much is found before."""
        expected = -queue[0][0] if queue else 0.0
        if self._proposals.bound() >= expected:
            for entry in self._waiting(self._proposals.worth_at_least(expected)):
                heapq.heappush(queue, entry)
        return bool(queue) and queue[0][0] < 0

    def _popped(self, queue: "list[_Entry]") -> Contender:
        """Take a cause off the queue, and put the next one of those that are alike in its place."""
        best = queue[0][-1]
        if isinstance(best, Contender):
            heapq.heappop(queue)
            return best
        contender = best.pull()
        if best.at >= 0:
            heapq.heapreplace(queue, (*queue[0][:4], best.at, best))
        else:
            heapq.heappop(queue)
        return contender

    def _take_products(
        self, queue: "list[_Entry]", head: Contender, left: Iterator[Contender], chosen: Chosen, k: int
    ) -> None:
        """Take the products of one stream for as long as they are worth more than everything else."""
        rival = max(0.0, self._proposals.bound(), *[-entry[0] for entry in queue[1:3]])
        fill, actions = self._fill, chosen.actions
        product: Contender | None = head
        while product is not None and (product is head or product.expected > rival):
            following = next(left, None)
            fate = fill(product)
            if fate is None:
                actions.append(product)
                if len(actions) >= k:
                    return
            else:
                chosen.lost.append((product, fate))
            product = following
        if product is None:
            heapq.heappop(queue)
        else:
            heapq.heapreplace(queue, _entry(product, self._seed))

    def _explore(self, queue: "list[_Entry]", chosen: Chosen, k: int) -> None:
        """With probability epsilon draw the first action uniformly among all that passed; say how likely it was."""
        epsilon = self._ready.repertoire.playbook.epsilon
        proposed = [(one, nth) for one in self._proposals.found() for nth in one.passing]
        passing = all_passing(self._streams)
        chosen.n_passed = len(proposed) + sum(one.size for one in passing)
        if chosen.n_passed == 0:
            return
        best = _first(queue[0]) if queue and queue[0][0] < 0 else None
        chosen.explored = is_explored(self._seed, epsilon)
        if not chosen.explored:
            chosen.first_probability = 1 - epsilon
            if best is not None:
                chosen.first_probability += epsilon / chosen.n_passed
            return
        first = _drawn(drawn_below(self._seed, "which", chosen.n_passed), proposed, passing)
        is_best = best is not None and _is_same(first, best)
        chosen.first_probability = epsilon / chosen.n_passed + (1 - epsilon if is_best else 0.0)
        self._take(first, chosen, k)
        products = [entry for entry in queue if _first(entry).cause is None]
        if first.cause is not None:
            queue[:] = [*products, *self._waiting(self._proposals.found(), {first.at})]
        else:
            causes = [entry for entry in queue if _first(entry).cause is not None]
            queue[:] = [*causes, *self._behind(products, first)]
        heapq.heapify(queue)

    def _behind(self, products: "Iterable[_Entry]", taken: Contender) -> "Iterator[_Entry]":
        """Yield what waits; instead of a product that was taken the one behind it."""
        for entry in products:
            head: Contender | None = _first(entry)
            if head is not None and _is_same(head, taken):
                head = None if head.stream is None else next(self._left[head.stream], None)
            if head is not None:
                yield _entry(head, self._seed)


def is_explored(seed: int, epsilon: float) -> bool:
    """Whether exploration draws the first action of a decision, as far as nothing comes before it."""
    return drawn(seed, "explore") < epsilon


_Entry: TypeAlias = tuple[float, int, str, int, int, Contender | Alike]
"""What orders candidates, and the candidate."""


def _first(entry: _Entry) -> Contender:
    return entry[-1].first() if isinstance(entry[-1], Alike) else entry[-1]


def _entry(contender: Contender, seed: int) -> _Entry:
    """Order by worth; equals by a hash of their action, those of one action by their own order, promises in turns."""
    name, salt = contender.plan.name, contender.plan.salt
    if contender.cause is None:
        return (-contender.expected, tie_breaker(seed, salt), name, 0, contender.place, contender)
    return (
        -contender.expected,
        tie_breaker(seed, salt),
        name,
        _turn(contender, seed),
        contender.at,
        contender,
    )


def _turn(contender: Contender, seed: int) -> int:
    """Draw among promises that are alike: of two boilers, the same one must not always come first."""
    cause = contender.cause
    if cause is None or cause.deadline_s is None:
        return 0
    return tie_breaker(seed, salt_of(cause.subject))


def _subject(contender: Contender, once: Collection[str]) -> tuple[str, int | None, str]:
    """Return what a slate says once; of actions that rest altogether when they are sent, that is anything of theirs."""
    cause, action_id = contender.cause, contender.plan.name
    if action_id in once:
        return action_id, None, ""
    return action_id, contender.number, "" if cause is None else cause.subject


def _is_same(one: Contender, other: Contender) -> bool:
    if one.cause is not None or other.cause is not None:
        return one.cause is other.cause and one.at == other.at
    return one.plan is other.plan and one.place == other.place


def _drawn(which: int, proposed: Sequence[tuple[Proposed, int]], passing: Sequence[Passing]) -> Contender:
    if which < len(proposed):
        of_action, nth = proposed[which]
        return of_action.contender(nth)
    at = which - len(proposed)
    for one in passing:
        if at < one.size:
            return one.contender(at)
        at -= one.size
    raise IndexError(which)
