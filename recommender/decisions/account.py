"""What one decision weighed, for whoever asks later: its receipt, and counts."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from recommender.candidates.codes import Fate
from recommender.customers.dealings import StaffOverride
from recommender.customers.overrides import in_force
from recommender.data.history_kernels import StateColumns
from recommender.decisions.action_gates import Gates
from recommender.decisions.action_plan import ActionPlan
from recommender.decisions.arbitration import Chosen
from recommender.decisions.offering import Stream
from recommender.decisions.packing_kernel import packed_products
from recommender.decisions.proposed import Proposals, Proposed
from recommender.decisions.ranking import ProductRanking
from recommender.decisions.staff import StaffWord, because_of
from recommender.decisions.stops import Stop
from recommender.decisions.trace import (
    CODE_OF,
    NAME_OF,
    Gathered,
    ProductFate,
    Ranked,
    StaffSaid,
    Terms,
    Weighed,
)
from recommender.decisions.traded import Traded
from recommender.decisions.worth import Scales

_CHOSEN: Final = CODE_OF[Fate.CHOSEN.value]
_OUTRANKED: Final = CODE_OF[Fate.OUTRANKED.value]
_NOT_WORTH_SAYING: Final = CODE_OF[Fate.NOT_WORTH_SAYING.value]
_LIMITS: Final = frozenset(CODE_OF[name] for name in ("cap_reached", "too_soon", "quiet_hours"))


class Account(msgspec.Struct, eq=False):
    """Everything that a decision weighed; nothing in it changes what was decided.

    Attributes
    ----------
    asked
        The actions about ranked products that were asked for.
    """

    asked: Sequence[ActionPlan]
    ranking: ProductRanking
    streams: Sequence[Stream | Traded]
    proposals: Proposals
    chosen: Chosen
    gates: Gates
    scales: Scales
    _silent: list[tuple[int, int, Stop]] | None = None
    _judgements: list[tuple[ActionPlan, Stop | None]] | None = None

    def next_s(self) -> int | None:
        """Return when the first contact limit opens that kept something out; None: none did, or it never opens.

        Where nothing at all is said to a customer whom others are about to write, also when the first of these promises runs
        out: what they speak of is not proposed again until then.
        """
        opening = [] if self.chosen.actions else self.gates.reserved_until()
        if self.gates.limited():
            stops = self._stops(self.proposals.found())
            opening += [one.opens_s for one in stops if one.code in _LIMITS and one.opens_s is not None]
        return min(opening, default=None)

    def gated(self) -> dict[str, int]:
        """Return how many candidates each gate kept out: products, proposals, and whole actions about products."""
        counted = self.ranking.gated()
        stops = self._stops(self.proposals.all())
        for stopped in (*stops, *(stopped for _, _, stopped in self._silenced())):
            name = NAME_OF[stopped.code]
            counted[name] = counted.get(name, 0) + 1
        return counted

    def stops(self) -> set[tuple[str, int]]:
        """Return action and code of every gate that stopped a cause, or that all products of an action met."""
        found = {(plan.action.id, stopped.code) for plan, stopped in self._judged() if stopped is not None}
        sizes = self._sizes()
        met = Counter(at for at, _, _ in self._silenced())
        found |= {
            (self.asked[at].action.id, stopped.code)
            for at, _, stopped in self._silenced()
            if met[at] == sizes[at]
        }
        for one in self.proposals.all():
            found |= {(one.plan.action.id, stopped.code) for stopped in one.stops if stopped is not None}
        return found

    def gathered(self) -> Gathered:
        """Return every candidate, and what became of it."""
        lost = [(one, CODE_OF[fate.value]) for one, fate in self.chosen.lost]
        fates = {one.at: _CHOSEN for one in self.chosen.actions if one.cause is not None}
        fates |= {one.at: code for one, code in lost if one.cause is not None}
        lost_products = [
            ProductFate(one.number or 0, one.at, code) for one, code in lost if one.cause is None
        ]
        silent = [ProductFate(number, at, *stopped) for at, number, stopped in self._silenced()]
        sizes = self._sizes()
        return Gathered(
            weighed=tuple(
                [
                    row
                    for one in self.proposals.all()
                    for row in _weighed(one, fates, self.gates.evidence(one.plan))
                ]
            ),
            terms=tuple(
                [
                    _terms(plan, stopped, self.gates, self.scales, sizes.get(at, -1))
                    for at, (plan, stopped) in enumerate(self._judged())
                ]
            ),
            ranked=_ranked(self.ranking),
            fates=(*lost_products, *silent),
            staff=_staff(self.gates),
        )

    def _sizes(self) -> dict[int, int]:
        """Return how many ranked products actions are about, of those that had to be silent about some; by place."""
        places = {at for at, _, _ in self._silenced()}
        return {at: sum(stream.size_of(at) for stream in self.streams) for at in places}

    def _judged(self) -> list[tuple[ActionPlan, Stop | None]]:
        """Return the actions about ranked products, and the gate that stopped each."""
        if self._judgements is None:
            self._judgements = [(plan, self.gates.of_action(plan)) for plan in self.asked]
        return self._judgements

    def _stops(self, proposed: Iterable[Proposed]) -> list[Stop]:
        """Return what stopped causes, and whole actions about products."""
        stops = [stopped for one in proposed for stopped in one.stops if stopped is not None]
        return stops + [stopped for _, stopped in self._judged() if stopped is not None]

    def _silenced(self) -> list[tuple[int, int, Stop]]:
        """Return place of the action, number of the product and gate, where one kept an action silent about a product."""
        if self._silent is None:
            self._silent = [one for stream in self.streams for one in stream.silenced()]
        return self._silent


def _staff(gates: Gates) -> tuple[StaffSaid, ...]:
    """Return what staff said that no stopped candidate says, in the order of the dealings.

    Those are pins, boosts, suppressed items, and goodwill in the playbook's currency: of another one nothing is granted.
    """
    if gates.word is None:
        return ()
    currency = gates.ready.repertoire.playbook.currency
    return tuple(
        StaffSaid(one.kind, because_of(one), one.evidence, one.action, one.number, one.amount, one.expires_s)
        for one in in_force(gates.situation.dealings.overrides, gates.now_s)
        if (_grants(one, currency) if one.kind == "goodwill" else _moves(one, gates.now_s))
    )


def _grants(override: StaffOverride, currency: str | None) -> bool:
    return override.currency is None or currency is None or override.currency == currency


def _moves(override: StaffOverride, now_s: int) -> bool:
    """Whether an override holds, and moves candidates or stops single items."""
    word = StaffWord([override], now_s)
    return word.says_anything or bool(word.suppressed_numbers(override.action or ""))


def _ranked(ranking: ProductRanking) -> Ranked:
    products = ranking.number, ranking.probability, ranking.closed
    bought = StateColumns(*ranking.columns)
    return packed_products(
        (ranking.offers, ranking.repeats), products, (bought.number, bought.last_s), ranking.now_s
    )


def _weighed(one: Proposed, fates: Mapping[int, int], consent: str | None) -> Iterator[Weighed]:
    """Yield the causes of one action as receipts keep them; those that nobody looked at were worth less than others."""
    plan, action = one.plan, one.plan.action
    for nth, (cause, stopped, worth) in enumerate(zip(one.causes, one.stops, one.worths, strict=True)):
        factors: tuple[float, ...] = ()
        if stopped is not None:
            code, because, evidence, opens_s = stopped
        else:
            factors = () if worth is None else msgspec.structs.astuple(worth)
            rest = _OUTRANKED if worth is not None and worth.expected_value > 0 else _NOT_WORTH_SAYING
            code, because, evidence, opens_s = fates.get(one.first + nth, rest), "", consent, None
        yield Weighed(
            plan.kind,
            action.id,
            cause.item,
            action.kind,
            cause.subject,
            cause.fact,
            code,
            because,
            evidence,
            factors,
            cause.due_s,
            cause.deadline_s,
            opens_s,
            cause.since_s,
        )


def _terms(plan: ActionPlan, stopped: Stop | None, gates: Gates, scales: Scales, products: int) -> Terms:
    action = plan.action
    if stopped is not None:
        code, because, evidence, opens_s = stopped
        return Terms(plan.kind, action.id, code, because, evidence, opens_s=opens_s)
    worth = scales.of_action(plan)
    return Terms(
        plan.kind,
        action.id,
        _CHOSEN,
        "",
        gates.evidence(plan),
        worth.value,
        action.value_from_price,
        worth.context,
        worth.lever,
        worth.cost,
        products=products,
    )
