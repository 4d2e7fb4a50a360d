"""Every fact of the condition language: how it is found for a customer, and for an item that an action is about."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Final, TypeAlias

from recommender.actions.contacting import counts_as_contact
from recommender.customers.dealings import Asked, Contact, Visit
from recommender.playbook.situation import FactValue
from recommender.types import SECONDS_PER_DAY, UInt32Array

if TYPE_CHECKING:
    from recommender.actions.situation import CustomerSituation, ItemSituation

_Found: TypeAlias = FactValue | None
_COUNTED_DAYS: Final = 30


def _time(at_s: int) -> float | None:
    return float(at_s) if at_s > 0 else None


def _rhythm(situation: "CustomerSituation") -> float | None:
    rhythm = situation.rhythm
    return rhythm.mean_days * SECONDS_PER_DAY if rhythm.days > 1 else None


def _owns(situation: "CustomerSituation", name: str) -> bool:
    return any(situation.owns(number) for number in situation.repertoire.columns.numbers_of(name))


def _bought(situation: "CustomerSituation", name: str) -> bool:
    numbers = situation.repertoire.columns.numbers_of(name)
    return any(situation.holding(number) is not None for number in numbers)


def _any_in_category(situation: "CustomerSituation", numbers: UInt32Array, name: str) -> bool:
    columns = situation.repertoire.columns
    known = numbers[numbers < len(columns)]
    return bool(columns.in_category(name)[columns.catalogue.category_number[known]].any())


def _owns_category(situation: "CustomerSituation", name: str) -> bool:
    items = situation.state.items
    return _any_in_category(situation, items.number[items.owned > 0], name)


def _bought_category(situation: "CustomerSituation", name: str) -> bool:
    return _any_in_category(situation, situation.state.items.number, name)


def _last_complaint(situation: "CustomerSituation") -> float | None:
    """Return the newest opening; complaints come by when they were opened."""
    for one in reversed(situation.dealings.complaints):
        if one.opened_s <= situation.now_s:
            return float(one.opened_s)
    return None


def _newest(rows: Sequence[Asked | Visit | Contact], now_s: int) -> float | None:
    """Return when the newest was, by now; rows come by time."""
    for one in reversed(rows):
        if one.at_s <= now_s:
            return float(one.at_s)
    return None


def _last_score(situation: "CustomerSituation") -> float | None:
    """Return the newest score by now; a later answer in words alone leaves it as old as it is."""
    scores = [
        (one.at_s if one.scored_s is None else one.scored_s, one.score)
        for one in situation.dealings.surveys
        if one.score is not None
    ]
    return max(_by(scores, situation.now_s), key=itemgetter(0), default=(0, None))[1]


def _last_rating(situation: "CustomerSituation") -> float | None:
    """Return the newest rating by now; a later review in words alone leaves it as old as it is."""
    rated = [
        (one.at_s if one.rated_s is None else one.rated_s, float(one.rating))
        for one in situation.dealings.reviews
        if one.rating is not None
    ]
    return max(_by(rated, situation.now_s), default=(0, None))[1]


def _by(told: Iterable[tuple[int, float]], now_s: int) -> list[tuple[int, float]]:
    """Return what is not dated ahead of a clock."""
    return [one for one in told if one[0] <= now_s]


def _next_appointment(situation: "CustomerSituation") -> float | None:
    now_s = situation.now_s
    coming = [one for one in situation.dealings.bookings if one.is_expected]
    return min((float(one.starts_s) for one in coming if one.starts_s >= now_s), default=None)


def _last_contact(situation: "CustomerSituation") -> float | None:
    return _newest([one for one in situation.dealings.contacts if one.status == "sent"], situation.now_s)


def _recent_contacts(situation: "CustomerSituation") -> float:
    now_s = situation.now_s
    from_s, count = now_s - _COUNTED_DAYS * SECONDS_PER_DAY, 0
    for one in reversed(situation.dealings.contacts):
        if one.at_s <= from_s:
            break
        if counts_as_contact(one, situation.moment):
            count += 1
    return float(count)


def _serviced(situation: "CustomerSituation") -> float:
    planned = situation.repertoire.is_planned
    return float(sum(unit.count for unit in situation.dealings.units if planned(unit.number)))


CUSTOMER_FACTS: Final[Mapping[str, Callable[["CustomerSituation", str], _Found]]] = {
    "customer.orders": lambda it, _: float(it.state.orders),
    "customer.lines": lambda it, _: float(it.state.lines),
    "customer.items": lambda it, _: float(len(it.state.items)),
    "customer.first_purchase": lambda it, _: _time(it.state.first_s),
    "customer.last_purchase": lambda it, _: _time(it.state.last_s),
    "customer.last_seen": lambda it, _: _time(it.dealings.last_seen_s),
    "first_purchase": lambda it, _: _time(it.state.first_s),
    "last_purchase": lambda it, _: _time(it.state.last_s),
    "last_seen": lambda it, _: _time(it.dealings.last_seen_s),
    "customer.rhythm": lambda it, _: _rhythm(it),
    "customer.language": lambda it, _: it.dealings.language,
    "customer.time_zone": lambda it, _: it.dealings.time_zone,
    "customer.new": lambda it, _: it.state.orders == 0,
    "attribute": lambda it, name: it.dealings.attributes.get(name),
    "preference": lambda it, name: it.dealings.preferences.get(name),
    "owns": _owns,
    "bought": _bought,
    "owns_category": _owns_category,
    "bought_category": _bought_category,
    "complaints.open": lambda it, _: float(len(it.open_complaints)),
    "complaints.last": lambda it, _: _last_complaint(it),
    "questions.last": lambda it, _: _newest(it.dealings.questions, it.now_s),
    "surveys.last_score": lambda it, _: _last_score(it),
    "reviews.last_rating": lambda it, _: _last_rating(it),
    "visits.last": lambda it, _: _newest(it.dealings.visits, it.now_s),
    "appointments.next": lambda it, _: _next_appointment(it),
    "contacts.last": lambda it, _: _last_contact(it),
    "contacts.count_30d": lambda it, _: _recent_contacts(it),
    "holdings.serviced": lambda it, _: _serviced(it),
    "now": lambda it, _: float(it.now_s),
    "today.month": lambda it, _: float(it.local.month),
    "today.weekday": lambda it, _: float(it.local.isoweekday()),
    "today.day": lambda it, _: float(it.local.day),
    "hour": lambda it, _: float(it.local.hour),
    "request.channel": lambda it, _: it.moment.channel,
    "request.placement": lambda it, _: it.moment.placement,
}
"""Facts of a customer by their name in the vocabulary; the argument of those that take none is empty."""


def _available(about: "ItemSituation") -> bool:
    shop, number, now_s = about.customer.repertoire.catalogue, about.number, about.customer.now_s
    if not 0 <= number < len(shop):
        return False
    return bool(shop.available[number] and shop.active_from_s[number] <= now_s < shop.active_until_s[number])


def _group(about: "ItemSituation") -> str | None:
    item = about.customer.repertoire.catalogue.item(about.number)
    return None if item is None else item.item_group_id


def _bought_at(about: "ItemSituation") -> float | None:
    if about.unit is not None:
        return float(about.unit.bought_s)
    row = about.customer.holding(about.number)
    return None if row is None else float(about.customer.state.items.last_s[row])


def _count(about: "ItemSituation") -> float:
    if about.unit is not None:
        return float(about.unit.count)
    row = about.customer.holding(about.number)
    return 0.0 if row is None else float(about.customer.state.items.owned[row])


ITEM_FACTS: Final[Mapping[str, Callable[["ItemSituation", str], _Found]]] = {
    "item.id": lambda it, _: it.customer.repertoire.catalogue.item_id(it.number),
    "item.name": lambda it, _: it.customer.repertoire.name(it.number),
    "item.category": lambda it, _: it.customer.repertoire.columns.category(it.number),
    "item.group": lambda it, _: _group(it),
    "item.price": lambda it, _: it.customer.repertoire.columns.price_of(it.number),
    "item.available": lambda it, _: _available(it),
    "item_attribute": lambda it, name: it.customer.repertoire.attribute(it.number, name),
    "holding.bought": lambda it, _: _bought_at(it),
    "holding.count": lambda it, _: _count(it),
}
"""Facts of the item, or of the units of it, that an action is about."""
