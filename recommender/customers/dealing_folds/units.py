"""Units, gifts and deliveries: what has to be known of single order lines.

What is left of each line is the fold's own word (:mod:`recommender.customers.matching`), so that as many units are left
as are owned.
"""

from collections.abc import Collection, Sequence

from recommender.customers.dealing_folds.bought import BoughtLine
from recommender.customers.dealing_folds.bounds import MOST_DELIVERIES, MOST_GIFTS, newest
from recommender.customers.dealing_folds.reading import seconds
from recommender.customers.dealing_folds.replacements import replacements_of, units_in
from recommender.customers.dealings import Delivery, Gift, Unit
from recommender.events.vocabulary import Delivered


def units_of(lines: Sequence[BoughtLine], unit_items: Collection[int]) -> tuple[Unit, ...]:
    """Return what is still owned of lines with a serial and of ``unit_items``, in the order in which it was bought.

    A part of a unit counts as one, so that no holding that a plan is about goes without a unit. Gifts are no units.
    """
    replacements = replacements_of(lines)
    return tuple(
        Unit(
            number=bought.number,
            order_id=bought.order.order_id,
            line_id=bought.line.line_id,
            serial=bought.line.serial,
            bought_s=seconds(bought.order.occurred_at),
            count=units_in(bought.kept),
            promised_s=replacements.promised_s(place),
            instead_of=replacements.instead_of(place),
            moved=replacements.moved.get(place, 0),
        )
        for place, bought in enumerate(lines)
        if bought.kept > 0.0
        and not bought.line.is_gift
        and (bought.line.serial is not None or bought.number in unit_items)
    )


def gifts_of(lines: Sequence[BoughtLine]) -> tuple[Gift, ...]:
    """Return the newest gifts that were not returned."""
    gifts = [
        Gift(bought.number, seconds(bought.order.occurred_at), bought.line.recipient)
        for bought in lines
        if bought.line.is_gift and bought.kept > 0.0
    ]
    return newest(gifts, MOST_GIFTS)


def deliveries_of(events: Sequence[Delivered], lines: Sequence[BoughtLine]) -> tuple[Delivery, ...]:
    """Return the newest deliveries, given in the order of the fold, with what was kept of the lines they name."""
    of_order: dict[str, list[BoughtLine]] = {}
    for bought in lines:
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
