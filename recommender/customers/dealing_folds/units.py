"""Units, gifts and deliveries: what has to be known of single order lines.

What returns left of each line is the fold's own word (:mod:`recommender.customers.matching`), with one rule more: a
return that names a serial takes back that unit, where the fold, which knows no serials, takes the newest. How many are
owned stays the same; only which of them. All three are read from such a trade (:func:`with_serials`).
"""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from recommender.customers.dealing_folds.bought import BoughtLine, BroughtBack, Trade
from recommender.customers.dealing_folds.bounds import MOST_DELIVERIES, MOST_GIFTS, newest
from recommender.customers.dealing_folds.reading import seconds
from recommender.customers.dealings import Delivery, Gift, Unit
from recommender.events.vocabulary import Delivered

_ALMOST_NOTHING = 1e-9
"""Share of a quantity that is an artefact of floating point, not a unit more."""


def units_of(trade: Trade, unit_items: Collection[int]) -> tuple[Unit, ...]:
    """Return what is still owned of lines with a serial and of ``unit_items``, in the order in which it was bought.

    A part of a unit counts as one, so that no holding that a plan is about goes without a unit. Gifts are no units.
    """
    return tuple(
        Unit(
            number=bought.number,
            order_id=bought.order.order_id,
            line_id=bought.line.line_id,
            serial=bought.line.serial,
            bought_s=seconds(bought.order.occurred_at),
            count=math.ceil(bought.kept * (1.0 - _ALMOST_NOTHING)),
        )
        for bought in trade.bought
        if bought.kept > 0.0
        and not bought.line.is_gift
        and (bought.line.serial is not None or bought.number in unit_items)
    )


def gifts_of(trade: Trade) -> tuple[Gift, ...]:
    """Return the newest gifts that were not returned."""
    gifts = [
        Gift(bought.number, seconds(bought.order.occurred_at), bought.line.recipient)
        for bought in trade.bought
        if bought.line.is_gift and bought.kept > 0.0
    ]
    return newest(gifts, MOST_GIFTS)


def deliveries_of(events: Sequence[Delivered], trade: Trade) -> tuple[Delivery, ...]:
    """Return the newest deliveries, given in the order of the fold, with what was kept of the lines they name."""
    of_order: dict[str, list[BoughtLine]] = {}
    for bought in trade.bought:
        if bought.kept > 0.0 and not bought.line.is_gift:
            of_order.setdefault(bought.order.order_id, []).append(bought)
    return tuple(
        Delivery(
            event.order_id,
            seconds(event.occurred_at),
            tuple(sorted({one.number for one in of_order.get(event.order_id, ()) if _names(event, one)})),
        )
        for event in newest(events, MOST_DELIVERIES)
    )


def _names(event: Delivered, bought: BoughtLine) -> bool:
    return not event.line_ids or bought.line.line_id in event.line_ids


def with_serials(trade: Trade) -> Trade:
    """Return a trade of which each line has what :func:`kept_by_serial` says is left of it."""
    if all(back.line.serial is None for back in trade.brought_back):
        return trade
    kept = kept_by_serial(trade)
    return replace(trade, bought=tuple(replace(one, kept=kept[one.row]) for one in trade.bought))


def kept_by_serial(trade: Trade) -> dict[int, float]:
    """Return what is left of each row; only items of which a serial came back differ from what the fold left."""
    kept = {bought.row: bought.kept for bought in trade.bought}
    for number in {back.number for back in trade.brought_back if back.line.serial is not None}:
        own = [bought for bought in trade.bought if bought.number == number]
        returns = [back for back in trade.brought_back if back.number == number]
        kept |= _settled(own, _matched(own, returns, trade.cancelled))
    return kept


def _matched(
    own: Sequence[BoughtLine], returns: Iterable[BroughtBack], cancelled: frozenset[str]
) -> dict[int, float]:
    """Match the returns of one item to its lines: the serial first, then as the fold does."""
    left = {bought.row: bought.line.quantity for bought in own}
    for back in returns:
        rest = back.line.quantity
        for bought in _spent_on(own, back, cancelled):
            rest = _take(left, bought, back.line.quantity, rest)
    return {bought.row: 0.0 if bought.order.order_id in cancelled else left[bought.row] for bought in own}


def _spent_on(
    own: Sequence[BoughtLine], back: BroughtBack, cancelled: frozenset[str]
) -> Iterable[BoughtLine]:
    """Return the lines that a return may be spent on, the first choice first."""
    asked = back.line
    named = [one for one in reversed(own) if one.order.order_id == asked.order_id]
    before = [one for one in reversed(own) if one.row < back.row and one.order.order_id not in cancelled]
    own_serial = [
        one
        for one in (named if asked.order_id is not None else before)
        if asked.serial is not None and one.line.serial == asked.serial
    ]
    return (*own_serial, *named, *before)


def _take(left: dict[int, float], bought: BoughtLine, asked: float, rest: float) -> float:
    """Take ``rest`` of the ``asked`` quantity out of one line; return what it could not give."""
    have = left[bought.row]
    artefact = _ALMOST_NOTHING * (bought.line.quantity + asked)
    if rest < have - artefact:
        left[bought.row] = have - rest
        return 0.0
    left[bought.row] = 0.0
    return rest - have if rest - have > artefact else 0.0


def _settled(own: Sequence[BoughtLine], matched: dict[int, float]) -> dict[int, float]:
    """Bring the sum of what is owned to the fold's, where a serial crossed from a gift or between the clocks."""
    mine = [bought for bought in own if not bought.line.is_gift]
    owed = sum(bought.kept for bought in mine) - sum(matched[bought.row] for bought in mine)
    tiny = _ALMOST_NOTHING * sum(bought.line.quantity for bought in own)
    for bought in reversed(mine):
        have = matched[bought.row]
        room = bought.line.quantity - have if owed > 0.0 else -have
        moved = min(owed, room) if owed > 0.0 else max(owed, room)
        if abs(owed) > tiny:
            matched[bought.row] = have + moved
            owed -= moved
    return matched
