"""The fold of everything but the purchases: the events of one customer become their :class:`Dealings`."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from recommender.customers.dealing_folds.bought import BoughtLine, OrderEvent, bought_lines
from recommender.customers.dealing_folds.care import (
    bookings_of,
    questions_of,
    reviews_of,
    surveys_of,
    visits_of,
)
from recommender.customers.dealing_folds.complaints import ComplaintEvent, complaints_of
from recommender.customers.dealing_folds.contacts import ContactEvent, contacts_of
from recommender.customers.dealing_folds.former_units import former_units_of
from recommender.customers.dealing_folds.given import given_of
from recommender.customers.dealing_folds.outcomes import ShownEvent, outcomes_of
from recommender.customers.dealing_folds.reading import number_reader, seconds
from recommender.customers.dealing_folds.units import deliveries_of, gifts_of, units_of
from recommender.customers.dealing_folds.wishes import (
    ToldEvent,
    consents_of,
    overrides_of,
    special_days_of,
    told_by,
)
from recommender.customers.dealings import NO_DEALINGS, Dealings
from recommender.events.vocabulary import (
    AnyEvent,
    Appointment,
    Cart,
    ComplaintOpened,
    ComplaintResolved,
    ConsentChange,
    ContactBounced,
    ContactReleased,
    ContactReserved,
    ContactSent,
    Delivered,
    Impression,
    Occasion,
    Override,
    Preference,
    Profile,
    Question,
    Response,
    Review,
    ServiceVisit,
    SurveyAnswer,
    View,
)
from recommender.types import Float64Array, ItemId, ItemNumber

_COLUMN: Final[dict[type[AnyEvent], str]] = {
    Appointment: "appointments",
    Cart: "looks",
    ComplaintOpened: "complaints",
    ComplaintResolved: "complaints",
    ConsentChange: "consents",
    ContactBounced: "contacts",
    ContactReleased: "contacts",
    ContactReserved: "contacts",
    ContactSent: "contacts",
    Delivered: "deliveries",
    Impression: "shown",
    Occasion: "occasions",
    Override: "overrides",
    Preference: "told",
    Profile: "told",
    Question: "questions",
    Response: "shown",
    Review: "reviews",
    ServiceVisit: "visits",
    SurveyAnswer: "surveys",
    View: "looks",
}
"""Which column of :class:`_Sorted` an event belongs to; those that are missing here change no dealings."""


@dataclass(slots=True)
class _Sorted:
    """Events by what they are folded into, each in the order of the fold."""

    appointments: list[Appointment] = field(default_factory=list)
    complaints: list[ComplaintEvent] = field(default_factory=list)
    consents: list[ConsentChange] = field(default_factory=list)
    contacts: list[ContactEvent] = field(default_factory=list)
    deliveries: list[Delivered] = field(default_factory=list)
    looks: list[View | Cart] = field(default_factory=list)
    occasions: list[Occasion] = field(default_factory=list)
    overrides: list[Override] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    shown: list[ShownEvent] = field(default_factory=list)
    surveys: list[SurveyAnswer] = field(default_factory=list)
    told: list[ToldEvent] = field(default_factory=list)
    visits: list[ServiceVisit] = field(default_factory=list)

    def last_seen(self) -> datetime | None:
        """Return the newest view, cart change or impression."""
        seen = [event.occurred_at for event in self.looks[-1:]]
        seen += [event.occurred_at for event in self.shown if isinstance(event, Impression)][-1:]
        return max(seen, default=None)


@dataclass(frozen=True, slots=True)
class Purchases:
    """The order events of one customer in the order of the fold, and what was kept of their rows.

    ``has_own_lines`` says whether a line is a gift, has a serial, or is of an item whose units are told apart.
    """

    events: Sequence[OrderEvent]
    kept: Float64Array
    has_own_lines: bool


def fold_dealings(
    others: Iterable[AnyEvent],
    purchases: Purchases,
    numbers: Mapping[ItemId, ItemNumber],
    unit_items: Collection[int],
) -> Dealings:
    """Fold the events of one customer into everything but what they bought.

    Parameters
    ----------
    others
        Events besides the orders, in the order of the fold.
    purchases
        The orders.
    numbers
        Number of every item the log has seen.
    unit_items
        Items of which units are told apart also without a serial; asked for every bought line.
    """
    columns = _Sorted()
    newest: datetime | None = None
    for event in others:
        name = _COLUMN.get(type(event))
        if name is not None:
            getattr(columns, name).append(event)
            newest = event.occurred_at
    if newest is None and not purchases.has_own_lines:
        return NO_DEALINGS
    if purchases.events:
        last = purchases.events[-1].occurred_at
        newest = last if newest is None else max(newest, last)
    found = _fold(columns, purchases, numbers, (unit_items, newest))
    return NO_DEALINGS if found == NO_DEALINGS else found


def _fold(
    columns: _Sorted,
    purchases: Purchases,
    numbers: Mapping[ItemId, ItemNumber],
    asked: tuple[Collection[int], datetime | None],
) -> Dealings:
    number_of = number_reader(numbers)
    unit_items, newest = asked
    lines: tuple[BoughtLine, ...] = ()
    if purchases.has_own_lines or columns.deliveries or columns.visits or columns.appointments:
        lines = bought_lines(purchases.events, purchases.kept, number_of)
    told = told_by(columns.told)
    last_seen = columns.last_seen()
    visits = visits_of(columns.visits, number_of)
    bookings = bookings_of(columns.appointments, number_of, newest) if newest is not None else ()
    return Dealings(
        units=units_of(lines, unit_items),
        gifts=gifts_of(lines),
        deliveries=deliveries_of(columns.deliveries, lines),
        complaints=complaints_of(columns.complaints, number_of),
        questions=questions_of(columns.questions, number_of),
        visits=visits,
        bookings=bookings,
        surveys=surveys_of(columns.surveys),
        reviews=reviews_of(columns.reviews, number_of),
        consents=consents_of(columns.consents),
        contacts=contacts_of(columns.contacts, number_of),
        outcomes=outcomes_of(columns.shown, columns.contacts, number_of),
        special_days=special_days_of(columns.occasions),
        overrides=overrides_of(columns.overrides, number_of, newest) if newest is not None else (),
        preferences=told.preferences,
        attributes=told.attributes,
        time_zone=told.time_zone,
        language=told.language,
        last_seen_s=0 if last_seen is None else seconds(last_seen),
        given=given_of(columns.shown),
        told_apart=_told_apart(lines, unit_items),
        former_units=former_units_of(lines, visits, bookings),
    )


def _told_apart(lines: Iterable[BoughtLine], unit_items: Collection[int]) -> tuple[int, ...]:
    """Return of which items units were asked for: those that the state holds, too."""
    kept = {one.number for one in lines if one.kept > 0.0 and one.number in unit_items}
    return tuple(sorted(kept))
