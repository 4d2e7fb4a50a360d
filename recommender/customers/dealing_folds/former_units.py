"""Units that are no longer the customer's, as far as visits and appointments name them.

A visit of a unit that came back later must not count for another one, so that what named the unit is remembered: for
most customers nothing at all.
"""

from collections.abc import Iterable, Sequence

from recommender.customers.dealing_folds.bought import BoughtLine
from recommender.customers.dealing_folds.bounds import MOST_FORMER_UNITS, newest
from recommender.customers.dealings import Booking, FormerUnit, Visit


def former_units_of(
    lines: Iterable[BoughtLine], visits: Sequence[Visit], bookings: Sequence[Booking]
) -> tuple[FormerUnit, ...]:
    """Return the newest units that came back, were called off or given away, and that a visit or an appointment names.

    Parameters
    ----------
    lines
        What was bought, with what is left of it; of every item, so that no plan that comes or goes changes the answer.
    visits, bookings
        That are remembered.
    """
    serials = ({one.serial for one in visits} | {one.serial for one in bookings}) - {None}
    orders = {one.order_id for one in visits} - {None}
    if not serials and not orders:
        return ()
    found = [
        FormerUnit(bought.number, bought.order.order_id, bought.line.serial)
        for bought in lines
        if (bought.line.serial in serials or bought.order.order_id in orders)
        and (bought.kept <= 0.0 or bought.line.is_gift)
    ]
    return newest(tuple(dict.fromkeys(found)), MOST_FORMER_UNITS)
