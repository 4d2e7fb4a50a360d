"""What one service plan asks for one unit, at one moment."""

from typing import Final, Literal, TypeAlias

import msgspec

from recommender.customers.dealings import Booking, Unit
from recommender.playbook.model import ServicePlan

ObligationState: TypeAlias = Literal["upcoming", "due", "overdue", "lapsed", "satisfied", "ended"]

OPEN_STATES: Final = frozenset[ObligationState]({"due", "overdue"})
"""States in which a reminder is in its window."""


class Obligation(msgspec.Struct, frozen=True):
    """A promise about one unit.

    Parameters
    ----------
    plan
        The plan.
    unit
        The unit, one of what its order line holds.
    state
        ``upcoming`` before ``remind_from_s``; ``due`` until the due day is over; ``overdue`` until ``lapses_s``;
        ``lapsed`` from then on; ``satisfied`` when the last one is done; ``ended`` when the plan ran out or the unit is
        gone.
    due_s
        Where the due day begins; of what is satisfied, the last one that was done.
    remind_from_s
        From when a reminder is in its window.
    lapses_s
        The first moment that is too late; never after ``ends_s``.
    last_visit_s
        When the unit was last serviced under the plan; None: never.
    booking
        The appointment that silences the reminder: booked or moved, before it is too late and its day not over; or
        kept within the last days, when nobody has recorded yet what was done.
    ends_s
        The first moment after the plan; None: it never ends.
    position
        Which unit of its order line it is; units with a serial have lines of their own, and 0.
    """

    plan: ServicePlan
    unit: Unit
    state: ObligationState
    due_s: int
    remind_from_s: int
    lapses_s: int
    last_visit_s: int | None
    booking: Booking | None
    ends_s: int | None
    position: int = 0

    @property
    def is_open(self) -> bool:
        """Whether a reminder is in its window and no appointment silences it."""
        return self.state in OPEN_STATES and self.booking is None

    @property
    def key(self) -> str:
        """Name the unit and the plan, stable while the unit is owned.

        Examples
        --------
        >>> from recommender.playbook.model import ItemSelector, Span
        >>> plan = ServicePlan("care", "Care", ItemSelector(), Span(6), None, Span(), Span(), None, frozenset())
        >>> unit = Unit(0, "1042", "1", None, 0, 2)
        >>> Obligation(plan, unit, "due", 0, 0, 0, None, None, None, position=1).key
        'care/1042/1/1'
        """
        unit = self.unit
        own = unit.serial or f"{unit.line_id or unit.number}/{self.position}"
        return f"{self.plan.id}/{unit.order_id}/{own}"
