"""The gates of a playbook, in their order, for one customer at one moment.

Staff -> consent -> just bought or owned -> open complaint -> eligibility -> applicability -> suitability -> contact
limits and quiet hours -> stock and expiry. Those that cannot fail here (consent on an inbound channel, a complaint that
nobody has) are left out before the first candidate comes.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, TypeAlias

from recommender.actions.proposal import Cause
from recommender.actions.situation import CustomerSituation
from recommender.actions.telling import ago
from recommender.candidates.codes import IS_COOLING_DOWN, IS_OWNED, REASON_OF_CODE, GateReason
from recommender.contacts.allowed import Allowed
from recommender.contacts.consent import consent_for, is_granted
from recommender.contacts.limits import limits_for, without_request
from recommender.decisions.action_plan import ActionPlan
from recommender.decisions.bidders import Bidders
from recommender.decisions.complaint_gate import complaint_stop
from recommender.decisions.cooldowns import Cooldowns
from recommender.decisions.prepared import Prepared
from recommender.decisions.ranking import ProductRanking
from recommender.decisions.staff import StaffWord, because_of
from recommender.decisions.stops import Stop, stop
from recommender.decisions.trace import CODE_OF
from recommender.playbook.model import Channel, Condition
from recommender.playbook.situation import Situation

Closed: TypeAlias = Mapping[int, Collection[int]]
"""By place of an action in the playbook: the products about which it must be silent, by number."""

_NONE_CLOSED: Final[Closed] = {}


class Gates:
    """Asks every gate of a playbook about the candidates of one decision; not shared between threads.

    Parameters
    ----------
    ready
        The playbook over the bundle.
    situation
        The customer now.
    channel
        Where it would be said; None where the request names none.
    customer_seed
        What holdouts are drawn by.
    """

    def __init__(
        self, ready: Prepared, situation: CustomerSituation, channel: Channel | None, customer_seed: int
    ) -> None:
        self.ready = ready
        self.situation = situation
        self.channel = channel
        self.channel_name = situation.moment.channel
        self.customer_seed = customer_seed
        self.now_s = situation.now_s
        self.policy = ready.repertoire.playbook.policy
        self.word = (
            StaffWord(situation.dealings.overrides, self.now_s) if situation.dealings.overrides else None
        )
        self._standing: dict[str, Stop | None] = {}
        self._held: dict[str, bool] = {}
        self._asked, self._free = 0, 0
        self._doubtful: tuple[int, int] | None = None
        self._consent: dict[str | None, Allowed] = {}
        self._granted: set[str | None] = set()
        self._limits: dict[int, Stop | None] = {}
        self._limited: int | None = None
        self.cooldowns = Cooldowns(situation.dealings, situation.moment, ready.rests)
        self.resting, self._silent = 0, 0
        for name in self.cooldowns.rests:
            bit = ready.plans[name].bit
            self.resting |= bit
            if name in self.cooldowns.silent:
                self._silent |= bit
        self._complaint: Stop | None = None
        if situation.dealings.complaints:
            self._complaint = complaint_stop(situation, self.policy.complaint_grace_s)
        self._dealings = situation.dealings
        if situation.moment.request_id is not None:
            self._dealings = without_request(
                situation.dealings, situation.moment.request_id, situation.moment.decision_id
            )
        self.is_outbound = channel is not None and channel.direction == "outbound"

    # What the checks of an action ask.

    def holds(self, condition: Condition, item: int | None) -> bool:
        """Whether a condition holds; of those that ask for no item the answer is kept, by their words."""
        if item is not None:
            return self._holds_of(condition, item)
        known = self._held.get(condition.text)
        if known is None:
            known = self._held[condition.text] = condition.holds(self.situation)
        return known

    def _holds_of(self, condition: Condition, item: int) -> bool:
        """Whether a condition holds of an item; where that is no matter of customers, the answer is kept for all of them."""
        answers = self.ready.item_answers.of(condition)
        known = None if answers is None else answers.get(item)
        if known is None:
            known = condition.holds(self.situation.about(item))
            if answers is not None and self.ready.item_answers.lasts(item):
                answers[item] = known
        return known

    def situation_of(self, item: int | None) -> Situation:
        """Return the situation that a condition was asked of."""
        return self.situation if item is None else self.situation.about(item)

    # Whole judgements.

    def asks_each(self, plan: ActionPlan, causes: Sequence[Cause]) -> bool:
        """Whether the gates may say different things to an action because of different causes, apart from deadlines."""
        return (
            bool(plan.item_checks)
            or self.word is not None
            or bool(plan.bit & self.resting)
            or (plan.is_selling and any(one.item is not None for one in causes))
        )

    def of_cause(self, plan: ActionPlan, cause: Cause, ranking: ProductRanking) -> Stop | None:
        """Return the first gate that stops an action because of something."""
        item = cause.item
        is_about = item is not None or cause.subject != ""
        if plan.item_checks or self.word is not None or (plan.is_selling and item is not None):
            found = self._in_turn(plan, cause, ranking)
        else:
            found = self._of_action_up_to_limits(plan)
            if found is None and plan.rests and is_about:
                found = plan.checks[-1](self, item, cause.subject)
        if found is None:
            found = _in_time(self.limits_stop(plan), cause.deadline_s)
        if found is None:
            found = self._late_stop(cause)
        if found is None and plan.is_selling and item is not None:
            found = self._stock_stop(item)
        return found

    def _in_turn(self, plan: ActionPlan, cause: Cause, ranking: ProductRanking) -> Stop | None:
        """Ask every gate up to contact limits about one cause."""
        item = cause.item
        if (found := self._first_stop(plan, item)) is not None:
            return found
        if plan.is_selling and item is not None and (found := _owned_stop(ranking, item)) is not None:
            return found
        if plan.is_selling and self._complaint is not None:
            return self._complaint
        for check in plan.checks:
            if (found := check(self, item, cause.subject)) is not None:
                return found
        return None

    def passing(self, actions: int) -> int:
        """Return which of some actions no gate stops whatever they are about, one bit each."""
        self.ask(actions)
        found = actions & self._free
        doubtful = actions & self._doubts()[0]
        while doubtful:
            plan = self.ready.in_order[doubtful.bit_length() - 1]
            doubtful ^= plan.bit
            if self._of_action_up_to_limits(plan) is None:
                found |= plan.bit
        return found & ~self.limited() if found else 0

    def limited(self) -> int:
        """Return which of all actions a contact limit stops, one bit each."""
        if self._limited is None:
            stopped = [bits for plan, bits in self.ready.bits.by_limits if self.limits_stop(plan) is not None]
            self._limited = sum(stopped)
        return self._limited

    def of_action(self, plan: ActionPlan) -> Stop | None:
        """Return the first gate that stops all ranked products of an action."""
        found = None if plan.bit & self._free else self._of_action_up_to_limits(plan)
        return self.limits_stop(plan) if found is None else found

    def _of_action_up_to_limits(self, plan: ActionPlan) -> Stop | None:
        """Return the first gate that stops an action whatever it is about, but for contact limits; asked once."""
        if not plan.bit & self._asked:
            self.ask(plan.bit)
        if plan.bit & self._free:
            return None
        name = plan.name
        if name in self._standing:
            return self._standing[name]
        found = self._standing[name] = self._of_action_in_turn(plan)
        return found

    def ask(self, actions: int) -> None:
        """Find out which of some actions no gate but contact limits stops for sure, one bit each.

        The others are asked one by one when it is their turn: what may stop them may also let them through.
        """
        bits = self.ready.bits
        free = actions & ~self._doubts()[1]
        if self.is_outbound:
            for topic, of_topic in bits.by_topic:
                if free & of_topic and self._no_consent(topic) is not None:
                    free &= ~of_topic
        held, situation = self._held, self.situation  # as holds() asks, without a call for each of many
        for text, holds, of_condition in bits.by_condition:
            if free & of_condition:
                known = held.get(text)
                if known is None:
                    known = held[text] = holds(situation)
                if not known:
                    free &= ~of_condition
        self._asked |= actions
        self._free |= free

    def _doubts(self) -> tuple[int, int]:
        """Return which actions some gate other than consent and conditions may stop, and which such a gate may or does stop."""
        if self._doubtful is None:
            self._doubtful = self._found_doubts()
        return self._doubtful

    def _found_doubts(self) -> tuple[int, int]:
        ready, name = self.ready, self.channel_name
        if self.word is not None:
            return -1, -1
        stopped = ready.holdouts.closed(self.customer_seed) | ready.bits.switched_off
        if self._complaint is not None:
            stopped |= ready.bits.selling
        for channels, bits in ready.bits.by_channels:
            if name not in channels:
                stopped |= bits
        doubtful = (ready.bits.windowed | self._silent) & ~stopped
        return doubtful, doubtful | stopped

    def _of_action_in_turn(self, plan: ActionPlan) -> Stop | None:
        if (found := self._first_stop(plan, None)) is not None:
            return found
        if plan.is_selling and self._complaint is not None:
            return self._complaint
        for check in plan.action_checks:
            if (found := check(self, None)) is not None:
                return found
        return None

    def of_product(self, plan: ActionPlan, item: int) -> Stop | None:
        """Return the first gate that stops one ranked product of an action that none stops."""
        for check in plan.item_checks:
            if (found := check(self, item)) is not None:
                return found
        return None

    def closed(self, bidders: Bidders) -> Closed:
        """Return by action the products about which staff or an outcome keep it silent; usually there are none."""
        if self.word is None and not bidders.bits & self.resting:
            return _NONE_CLOSED
        ready, bits = self.ready, bidders.bits
        plans = [ready.plans[name] for name in self.cooldowns.rests] if self.word is None else ready.in_order
        closed = {plan.place: self._closed_products(plan) for plan in plans if plan.bit & bits}
        return {place: products for place, products in closed.items() if products}

    def _closed_products(self, plan: ActionPlan) -> Collection[int]:
        resting = self.cooldowns.numbers(plan.action.id) if plan.bit & self.resting else ()
        return resting if self.word is None else {*resting, *self.word.suppressed_numbers(plan.action.id)}

    def silence(self, plan: ActionPlan, number: int) -> Stop:
        """Return why an action is silent about one of its closed products."""
        override = None
        if self.word is not None:
            override = self.word.suppressed_numbers(plan.action.id).get(number)
        if override is not None:
            because = because_of(override)
            return stop(
                GateReason.SUPPRESSED, because, evidence=override.evidence, opens_s=override.expires_s
            )
        resting = self.cooldowns.resting(plan.action.id, number)
        if resting is None:
            raise KeyError(number)
        return stop(GateReason.COOLING_OFF, resting.because, opens_s=resting.until_s)

    def evidence(self, plan: ActionPlan) -> str | None:
        """Return the event that allows an action on this channel."""
        if not self.is_outbound or self.channel is None:
            return None
        return self._consent_of(self.channel, plan.action.topic).evidence

    # The gates.

    def _first_stop(self, plan: ActionPlan, item: int | None) -> Stop | None:
        """Return what staff or the customer's consent says."""
        found = None if self.word is None else self._staff_stop(self.word, plan, item)
        return self._no_consent(plan.action.topic) if found is None and self.is_outbound else found

    @staticmethod
    def _staff_stop(word: StaffWord, plan: ActionPlan, item: int | None) -> Stop | None:
        override = word.stops(plan.action.id, item)
        if override is None:
            return None
        reason = GateReason.HELD if override.kind == "hold_all" else GateReason.SUPPRESSED
        return stop(reason, because_of(override), evidence=override.evidence, opens_s=override.expires_s)

    def _no_consent(self, topic: str | None) -> Stop | None:
        if topic in self._granted:
            return None
        channel, dealings = self.channel, self.situation.dealings
        if channel is None or is_granted(dealings, channel, topic):
            self._granted.add(topic)
            return None
        allowed = self._consent_of(channel, topic)
        return None if allowed.ok else _stop_of(allowed)

    def _consent_of(self, channel: Channel, topic: str | None) -> Allowed:
        allowed = self._consent.get(topic)
        if allowed is None:
            allowed = self._consent[topic] = consent_for(self.situation.dealings, channel, topic, self.policy)
        return allowed

    def reserved_until(self) -> list[int]:
        """Return when what other requests reserved of this customer runs out; nothing inbound, where nothing is reserved."""
        if not self.is_outbound:
            return []
        return [
            one.expires_s
            for one in self._dealings.contacts
            if one.status == "reserved" and one.expires_s is not None and one.expires_s > self.now_s
        ]

    def limits_stop(self, plan: ActionPlan) -> Stop | None:
        """Return the contact limit that stops an action, as all others of its kind."""
        if not self.is_outbound:
            return None
        limits = plan.limit_class
        if limits not in self._limits:
            self._limits[limits] = self._limit(plan)
        return self._limits[limits]

    def _limit(self, plan: ActionPlan) -> Stop | None:
        if self.channel is None:
            return None
        allowed = limits_for(
            self.ready.rules,
            self._dealings,
            channel=self.channel,
            kind=plan.action.kind,
            now_s=self.now_s,
            zone=self.situation.moment.zone,
        )
        return None if allowed.ok else _stop_of(allowed)

    def _late_stop(self, cause: Cause) -> Stop | None:
        if cause.deadline_s is None or cause.deadline_s > self.now_s:
            return None
        return stop(GateReason.EXPIRED, f"its deadline passed {ago(cause.deadline_s, self.now_s)}")

    def _stock_stop(self, item: int) -> Stop | None:
        shop = self.ready.repertoire.catalogue
        if not 0 <= item < len(shop):
            return None
        if not shop.available[item]:
            return stop(GateReason.UNAVAILABLE, "it is not available")
        if not shop.active_from_s[item] <= self.now_s < shop.active_until_s[item]:
            return stop(GateReason.NOT_ACTIVE, "it is not sold at this time")
        return None


def _stop_of(allowed: Allowed) -> Stop:
    return Stop(CODE_OF[allowed.code], allowed.because, allowed.evidence, allowed.opens_s)


def _in_time(limit: Stop | None, deadline_s: int | None) -> Stop | None:
    """Return a contact limit as a promise sees it: one that opens when it is too late opens never."""
    if limit is None or deadline_s is None or limit.opens_s is None or limit.opens_s < deadline_s:
        return limit
    return limit._replace(opens_s=None)


def _owned_stop(ranking: ProductRanking, item: int) -> Stop | None:
    """Return why an item must not be pitched: owned, or resting, and not used up."""
    code = ranking.code_as_offer(item)
    if code not in (IS_OWNED, IS_COOLING_DOWN) or ranking.is_refill(item):
        return None
    return stop(REASON_OF_CODE[code], "the customer owns it")
