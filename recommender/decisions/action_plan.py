"""One action of a playbook, made ready to be judged: only the gates that it can fail are asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from recommender.candidates.codes import GateReason
from recommender.decisions.cooldowns import has_any
from recommender.decisions.seeds import is_held_out, salt_of
from recommender.decisions.stops import Stop, stop
from recommender.decisions.trace import KIND_POSITION
from recommender.playbook.kinds import SELLING_KINDS, ActionKind
from recommender.playbook.model import Action, Condition, Playbook

if TYPE_CHECKING:
    from recommender.decisions.action_gates import Gates


class Check(Protocol):
    """Asks one gate about an item, and of several units about the one."""

    def __call__(self, gates: "Gates", item: int | None, subject: str = "", /) -> Stop | None:
        """Return why it stops what is about an item, or about none; None: it does not."""


_RANKED: Final = frozenset({ActionKind.PRODUCT_OFFER, ActionKind.BUY_AGAIN})


@dataclass(frozen=True, slots=True, eq=False)
class ActionPlan:
    """What decisions ask of one action.

    Attributes
    ----------
    name
        Its id, as bytes.
    kind
        Position of its kind.
    is_selling
        Whether an open complaint stops it.
    is_ranked
        Whether it is about ranked products.
    lever
        Factor of its lever.
    row
        Of ranked products: which column of selectors is its own.
    checks
        Gates of the action from eligibility to suitability, in their order.
    item_checks
        Those among them that ask for facts of an item.
    action_checks
        The others.
    moments
        Factors for moments, with whether they ask for facts of an item.
    rests
        Whether any outcome keeps it away for a while; that is the last of its checks then.
    place, bit
        Its own among the actions of the playbook.
    is_itemised
        Whether what it is worth depends on the item.
    asks_item
        Whether any of its moments asks for facts of an item.
    is_single
        Of ranked products: whether they differ in more than probability and price, or a gate asks about each.
    expires
        Of repeats: whether they are left out so long after they were due.
    limit_class
        Kinds of one class are bound by the same contact limits.
    """

    action: Action
    name: str
    salt: int
    kind: int
    is_selling: bool
    is_ranked: bool
    lever: float
    row: int
    checks: tuple[Check, ...]
    item_checks: tuple[Check, ...]
    action_checks: tuple[Check, ...]
    moments: tuple[tuple[Condition, float, bool], ...]
    rests: bool
    is_itemised: bool
    asks_item: bool
    is_single: bool
    expires: bool
    limit_class: int
    place: int
    bit: int


def plan_of(
    action: Action, playbook: Playbook, place: int, row: int = -1, limit_class: int = 0
) -> ActionPlan:
    """Make one action of a playbook ready."""
    lever = playbook.levers.get(action.lever, 1.0) if action.lever is not None else 1.0
    checks = list(_checks(action, lever))
    moments = tuple((one, factor, one.asks_item) for one, factor in action.context)
    expires = action.kind is ActionKind.BUY_AGAIN and action.expiry_s is not None
    item_checks = tuple(check for check, about_item in checks if about_item)
    asks_item = any(about_item for _, _, about_item in moments)
    return ActionPlan(
        action=action,
        name=action.id,
        salt=salt_of(action.id),
        kind=KIND_POSITION[action.kind],
        is_selling=action.kind in SELLING_KINDS,
        is_ranked=action.kind in _RANKED,
        lever=lever,
        row=row,
        checks=tuple(check for check, _ in checks),
        item_checks=item_checks,
        action_checks=tuple(check for check, about_item in checks if not about_item),
        moments=moments,
        rests=has_any(action.cooldown),
        is_itemised=action.value_from_price != 0 or asks_item,
        asks_item=asks_item,
        is_single=bool(item_checks) or asks_item,
        expires=expires,
        limit_class=limit_class,
        place=place,
        bit=1 << place,
    )


def conditions_of(action: Action) -> Iterator[Condition]:
    """Yield what must hold for an action, in the order of the gates."""
    for condition in (action.audience, action.trigger, action.applicability, action.suitability):
        if condition is not None:
            yield condition


def _checks(action: Action, lever: float) -> Iterator[tuple[Check, bool]]:
    if lever == 0:
        yield _switched_off(action), False
    yield from _condition(action.audience, GateReason.NOT_IN_AUDIENCE)
    if action.from_s is not None or action.until_s is not None:
        yield _window(action), False
    if action.channels:
        yield _channel(action), False
    if action.holdout > 0:
        yield _holdout(action), False
    yield from _condition(action.trigger, GateReason.NOT_TRIGGERED)
    yield from _condition(action.applicability, GateReason.NOT_APPLICABLE)
    yield from _condition(action.suitability, GateReason.NOT_SUITABLE)
    if has_any(action.cooldown):
        yield _cooldown(action), False


def _condition(condition: Condition | None, reason: GateReason) -> Iterator[tuple[Check, bool]]:
    if condition is None:
        return
    about_item = condition.asks_item

    def check(gates: "Gates", item: int | None, _: str = "") -> Stop | None:
        asked = item if about_item else None
        if gates.holds(condition, asked):
            return None
        return stop(reason, condition.because(gates.situation_of(asked)))

    yield check, about_item


def _switched_off(action: Action) -> Check:
    because = f"its lever {action.lever} is 0"

    def check(_: "Gates", __: int | None, ___: str = "") -> Stop | None:
        return stop(GateReason.SWITCHED_OFF, because)

    return check


def _window(action: Action) -> Check:
    def check(gates: "Gates", _: int | None, __: str = "") -> Stop | None:
        if action.from_s is not None and gates.now_s < action.from_s:
            return stop(GateReason.OUTSIDE_WINDOW, "it has not begun", opens_s=action.from_s)
        if action.until_s is not None and gates.now_s >= action.until_s:
            return stop(GateReason.OUTSIDE_WINDOW, "it has ended")
        return None

    return check


def _channel(action: Action) -> Check:
    said_on = ", ".join(sorted(action.channels))

    def check(gates: "Gates", _: int | None, __: str = "") -> Stop | None:
        if gates.channel_name in action.channels:
            return None
        return stop(GateReason.OTHER_CHANNEL, f"said on {said_on}; asked for {gates.channel_name or 'none'}")

    return check


def _holdout(action: Action) -> Check:
    because = f"one of {action.holdout * 100:g}% of the customers who never get it"
    salt = salt_of(action.id)

    def check(gates: "Gates", _: int | None, __: str = "") -> Stop | None:
        is_out = is_held_out(gates.customer_seed, salt, action.holdout)
        return stop(GateReason.HELD_OUT, because) if is_out else None

    return check


def _cooldown(action: Action) -> Check:
    def check(gates: "Gates", item: int | None, subject: str = "") -> Stop | None:
        resting = gates.cooldowns.resting(action.id, item, subject)
        if resting is None:
            return None
        return stop(GateReason.COOLING_OFF, resting.because, opens_s=resting.until_s)

    return check
