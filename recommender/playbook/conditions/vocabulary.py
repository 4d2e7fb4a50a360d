"""The facts and functions that a condition may ask, each with its type and what it says.

The one table from which conditions are checked and the reference in ``docs/playbook.md`` is written.
"""

import enum
from dataclasses import dataclass
from typing import Final


class ValueType(enum.StrEnum):
    """What a part of a condition is; the values are the words of error messages."""

    NUMBER = "a number"
    DURATION = "a length of time"
    TIME = "a time"
    TEXT = "a text"
    TRUTH = "true or false"


_NUMBER, _DURATION, _TIME, _TEXT, _TRUTH = ValueType


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that may be asked.

    Attributes
    ----------
    argument
        What stands in its parentheses, in words; empty: it is written without.
    is_about_item
        Only known where an action is about an item.
    """

    name: str
    type: ValueType
    doc: str
    argument: str = ""
    is_about_item: bool = False

    @property
    def form(self) -> str:
        """How it is written.

        Examples
        --------
        >>> FACTS["owns"].form, FACTS["now"].form
        ('owns("ITEM")', 'now')
        """
        return f'{self.name}("{self.argument}")' if self.argument else self.name


@dataclass(frozen=True, slots=True)
class Function:
    """A calculation over a time that gives a number of ``unit_s`` seconds each; ``sign`` 1 counts from it, -1 towards it."""

    name: str
    doc: str
    unit_s: float
    sign: int


_CUSTOMER = (
    Fact("customer.orders", _NUMBER, "Orders that were not returned or cancelled altogether."),
    Fact("customer.lines", _NUMBER, "Order lines that were not returned or cancelled."),
    Fact("customer.items", _NUMBER, "Different items bought and kept, also as gifts."),
    Fact("customer.first_purchase", _TIME, "Of the first order. Short: `first_purchase`."),
    Fact("customer.last_purchase", _TIME, "Of the newest order. Short: `last_purchase`."),
    Fact("customer.last_seen", _TIME, "Newest view, cart change or impression. Short: `last_seen`."),
    Fact("customer.rhythm", _DURATION, "Mean gap between days with an order; unknown below two orders."),
    Fact("customer.language", _TEXT, 'As the profile says, such as "de".'),
    Fact("customer.time_zone", _TEXT, 'As the profile says, such as "Europe/Berlin".'),
    Fact("customer.new", _TRUTH, "No order yet."),
    Fact("attribute", _TEXT, "An attribute of the profile.", "name"),
    Fact("preference", _TEXT, "Something the customer prefers.", "name"),
    Fact(
        "owns",
        _TRUTH,
        "The customer bought it, however long ago, and kept some of it; gifts do not count.",
        "ITEM",
    ),
    Fact("bought", _TRUTH, "Ever bought, and not all of it given back; gifts count.", "ITEM"),
    Fact("owns_category", _TRUTH, "Owns anything of a category: its path or how it begins.", "Rings/Gold"),
    Fact(
        "bought_category",
        _TRUTH,
        "Bought anything of a category that was not given back; gifts count.",
        "Rings/Gold",
    ),
)

_DEALINGS = (
    Fact("complaints.open", _NUMBER, "Complaints that are not resolved."),
    Fact("complaints.last", _TIME, "When the newest complaint was opened."),
    Fact("questions.last", _TIME, "When the customer asked the newest question."),
    Fact("surveys.last_score", _NUMBER, "Score of the newest survey answer that has one."),
    Fact("reviews.last_rating", _NUMBER, "Stars of the newest review, 1 to 5."),
    Fact("visits.last", _TIME, "The newest service visit."),
    Fact("appointments.next", _TIME, "The next booked appointment."),
    Fact("contacts.last", _TIME, "When we last came to the customer."),
    Fact("contacts.count_30d", _NUMBER, "Outbound contacts within 30 days."),
    Fact("holdings.serviced", _NUMBER, "Owned units under a service plan."),
)

_ITEM = (
    Fact("item.id", _TEXT, "Of the item the action is about.", is_about_item=True),
    Fact("item.name", _TEXT, "Its name.", is_about_item=True),
    Fact("item.category", _TEXT, 'Its path, joined by "/".', is_about_item=True),
    Fact("item.group", _TEXT, "Its group of variants.", is_about_item=True),
    Fact("item.price", _NUMBER, "Its price.", is_about_item=True),
    Fact("item.available", _TRUTH, "It can be bought now.", is_about_item=True),
    Fact("item_attribute", _TEXT, "An attribute of the item.", "name", is_about_item=True),
    Fact("holding.bought", _TIME, "When the customer last bought it.", is_about_item=True),
    Fact("holding.count", _NUMBER, "How many of it the customer owns.", is_about_item=True),
)

_MOMENT = (
    Fact("now", _TIME, "The moment of the decision."),
    Fact("today.month", _NUMBER, "1 to 12, where the customer lives."),
    Fact("today.day", _NUMBER, "1 to 31."),
    Fact("today.weekday", _NUMBER, "1 to 7, Monday is 1."),
    Fact("hour", _NUMBER, "0 to 23, where the customer lives."),
    Fact("request.channel", _TEXT, "The channel of the decision."),
    Fact("request.placement", _TEXT, "Where on the channel, as the caller says."),
)

FACTS: Final = {fact.name: fact for fact in (*_CUSTOMER, *_DEALINGS, *_ITEM, *_MOMENT)}
"""Every fact by its full name."""

OF_A_CATEGORY: Final = frozenset({"owns_category", "bought_category"})
"""Facts whose argument is a category: one path, never all of them."""

SHORT_FORMS: Final = {
    "first_purchase": "customer.first_purchase",
    "last_purchase": "customer.last_purchase",
    "last_seen": "customer.last_seen",
}

FUNCTIONS: Final = {
    function.name: function
    for function in (
        Function("days_since", "Days from a time until now, with fractions.", 86_400.0, 1),
        Function("hours_since", "Hours from a time until now, with fractions.", 3_600.0, 1),
        Function("days_until", "Days from now until a time, with fractions.", 86_400.0, -1),
    )
}

UNIT_SECONDS: Final = {
    "second": 1.0,
    "minute": 60.0,
    "hour": 3_600.0,
    "day": 86_400.0,
    "week": 604_800.0,
}
"""Units of a length of time; each may also be written with an s."""


def full_name(name: str) -> str:
    """Return the name of a fact in full.

    Examples
    --------
    >>> full_name("last_seen")
    'customer.last_seen'
    """
    return SHORT_FORMS.get(name, name)
